"""The gateway over HTTP. Whatever the other side does, each request of a set gets its own answer."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import httpcore
import httpx

from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.deadline import DeadlineTransport
from fulfillment.payments.gateway.port import Answer, History, Request

ANSWER_BYTES = 64 * 1024  # An answer is some 400 bytes; more is not from a gateway, and must not fill our memory.
HISTORY_BYTES = 1024 * 1024  # Some 5,000 transactions of one authorization.

Item = TypeVar("Item")
Found = TypeVar("Found")


class HttpGateway:
    """
    A gateway at an address.

    Every exchange ends within `total` seconds, a connection within `connect`, and a wait for bytes within `read`. A
    set is sent `concurrency` at a time. Nothing is repeated, followed, or taken from proxy variables. Connections and
    threads are made at the first use in a process, since a worker forks and neither survives a fork.
    """

    def __init__(
        self, url: str, *, connect: float = 3.0, read: float = 10.0, total: float = 15.0, concurrency: int = 8
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout = httpx.Timeout(connect=connect, read=read, write=read, pool=total)
        self._total = total
        self._concurrency = concurrency
        self._lock = threading.Lock()
        self._open: _Open | None = None

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """Ask for these operations, several at a time."""
        return self._each(self._send_one, requests)

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """Ask by their keys what became of these requests, several at a time."""
        return self._each(self._find_one, requests)

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """Ask for everything that happened to these authorizations, several at a time."""
        return self._each(self._history_of, references)

    def close(self) -> None:
        """Close the connections and end the threads of this process."""
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None and opened.pid == os.getpid():
            opened.threads.shutdown(wait=True)
            opened.client.close()

    def _send_one(self, client: httpx.Client, request: Request) -> Answer:
        try:
            asked = client.build_request(
                "POST", wire.path(request), json=wire.body(request), headers={"Idempotency-Key": request.key}
            )
        except (ValueError, TypeError) as wrong:
            return wire.refused("invalid_request", str(wrong))  # nothing was sent
        outcome = _exchange(client, asked)
        return outcome if isinstance(outcome, Answer) else wire.read_sent(request, *outcome)

    def _find_one(self, client: httpx.Client, request: Request) -> Answer | None:
        try:
            asked = client.build_request("GET", f"/v1/operations/{quote(request.key, safe='')}")
        except (ValueError, TypeError) as wrong:
            return wire.unknown("invalid_request", str(wrong))
        outcome = _exchange(client, asked)
        return outcome if isinstance(outcome, Answer) else wire.read_found(request, *outcome)

    def _history_of(self, client: httpx.Client, reference: str) -> History | Answer:
        try:
            asked = client.build_request("GET", f"/v1/authorizations/{quote(reference, safe='')}/transactions")
        except (ValueError, TypeError) as wrong:
            return wire.unknown("invalid_request", str(wrong))
        outcome = _exchange(client, asked, most=HISTORY_BYTES)
        return outcome if isinstance(outcome, Answer) else wire.read_history(reference, *outcome)

    def _each(self, ask: Callable[[httpx.Client, Item], Found], items: Sequence[Item]) -> list[Found]:
        opened = self._opened()
        if len(items) == 1:  # A set of one, which is the idle case, needs no other thread.
            return [ask(opened.client, items[0])]
        return list(opened.threads.map(lambda item: ask(opened.client, item), items))

    def _opened(self) -> "_Open":
        with self._lock:
            if self._open is None or self._open.pid != os.getpid():
                self._open = self._connect()
            return self._open

    def _connect(self) -> "_Open":
        client = httpx.Client(
            base_url=self._url,
            timeout=self._timeout,
            transport=DeadlineTransport(seconds=self._total, connections=self._concurrency),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "fulfillment"},
            follow_redirects=False,
            trust_env=False,
        )
        return _Open(os.getpid(), client, ThreadPoolExecutor(self._concurrency, thread_name_prefix="gateway"))


@dataclass(frozen=True, slots=True)
class _Open:
    """What one process holds open. The threads of the executor start when they are first needed."""

    pid: int
    client: httpx.Client
    threads: ThreadPoolExecutor


def _exchange(client: httpx.Client, request: httpx.Request, *, most: int = ANSWER_BYTES) -> tuple[int, bytes] | Answer:
    """The status and body, of at most so many bytes, of one exchange, or why there are none."""
    try:
        response = client.send(request, stream=True)
        try:
            content = _limited(response, most)
        finally:
            response.close()
    except (httpx.TimeoutException, httpcore.TimeoutException) as late:
        return wire.unknown("timeout", f"{type(late).__name__}: {late}")
    except Exception as broken:  # noqa: BLE001  one member must not fail its set, whatever the other side sends
        return wire.unknown("connection", f"{type(broken).__name__}: {broken}")
    if content is None:
        return wire.unknown("too_large", f"The answer was larger than {most} bytes.")
    return response.status_code, content


def _limited(response: httpx.Response, most: int) -> bytes | None:
    """The body as it was sent, undecoded, or None when it is too large to be an answer."""
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)
