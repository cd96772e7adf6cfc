"""What an adapter holds open in one process: a client and the threads that use it."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

Client = TypeVar("Client")
Item = TypeVar("Item")
Found = TypeVar("Found")


class PerProcess(Generic[Client]):
    """
    A client that is made at the first use in a process, since a worker forks and no connection or thread survives that.

    A set is asked `concurrency` at a time. After `close` the next use makes a new client.
    """

    def __init__(self, connect: Callable[[], Client], disconnect: Callable[[Client], None], concurrency: int) -> None:
        self._connect = connect
        self._disconnect = disconnect
        self._concurrency = concurrency
        self._lock = threading.Lock()
        self.opened: Opened[Client] | None = None

    def each(self, ask: Callable[[Client, Item], Found], items: Sequence[Item]) -> list[Found]:
        """Ask for every item, several at a time; the answers come in the order of the items."""
        opened = self._open()
        if len(items) == 1:  # A set of one, which is the idle case, needs no other thread.
            return [ask(opened.client, items[0])]
        return list(opened.threads.map(lambda item: ask(opened.client, item), items))

    def close(self) -> None:
        """End the threads of this process and close its connections."""
        with self._lock:
            opened, self.opened = self.opened, None
        if opened is not None and opened.pid == os.getpid():
            opened.threads.shutdown(wait=True)
            self._disconnect(opened.client)

    def _open(self) -> "Opened[Client]":
        with self._lock:
            if self.opened is None or self.opened.pid != os.getpid():
                threads = ThreadPoolExecutor(self._concurrency, thread_name_prefix="network")
                self.opened = Opened(os.getpid(), self._connect(), threads)
            return self.opened


@dataclass(frozen=True, slots=True)
class Opened(Generic[Client]):
    """What one process holds open. The threads of the executor start when they are first needed."""

    pid: int
    client: Client
    threads: ThreadPoolExecutor
