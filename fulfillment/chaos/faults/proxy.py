"""A link that can go wrong: a small TCP proxy between our processes and the database, the broker or the gateway."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Final, Self

from fulfillment.runtime.ready import LOOPBACK

_CHUNK: Final = 65_536
_SLOW_SECONDS: Final = 0.1  # for each piece of what is said, in each direction
_RESET: Final = struct.pack("ii", 1, 0)  # close at once, and say RST in place of FIN


class Mode(Enum):
    """How a link behaves."""

    WELL = auto()
    REFUSED = auto()
    """Who connects is reset at once."""
    NO_ANSWER = auto()
    """What we say arrives; what is answered waits until the link is well again."""
    ANSWER_LOST = auto()
    """What we say arrives; at the first answer the connection is reset."""
    BLACK_HOLE = auto()
    """Whoever connects is let in, and nothing arrives anywhere."""
    SLOW = auto()
    """Each piece takes a while."""


Target = tuple[str, int] | Path


class _Connection:
    """Both sides of one connection. `is_dead` half-opens it: nobody is told, and nothing arrives any more."""

    def __init__(self, ours: asyncio.StreamWriter, theirs: asyncio.StreamWriter | None = None) -> None:
        self.ours = ours
        self.theirs = theirs
        self.is_dead = False

    def reset(self) -> None:
        for side in filter(None, (self.ours, self.theirs)):
            with suppress(OSError):
                side.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            side.transport.abort()


class Proxy:
    """Takes connections on a port of its own and passes them on. Use it as a context manager; it runs in a thread."""

    def __init__(self, target: Target) -> None:
        """`target` is a host and a port, or the path of a socket."""
        self._target = target
        self._mode = Mode.WELL
        self._connections: set[_Connection] = set()
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._take, LOOPBACK, 0), self._loop)
        self._server = started.result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def behave(self, mode: Mode) -> None:
        """From here on the link behaves like this, connections that are open too."""
        self._loop.call_soon_threadsafe(self._behave, mode)

    def reset_all(self) -> None:
        """Reset every connection."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def forget_all(self) -> None:
        """Half-open every connection: neither side is told, and nothing arrives on them ever again. New ones are well."""
        self._loop.call_soon_threadsafe(self._forget_all)

    def _behave(self, mode: Mode) -> None:
        self._mode = mode
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _passes(self, connection: _Connection, *, is_answer: bool) -> bool:
        waits = self._mode is Mode.BLACK_HOLE or (is_answer and self._mode is Mode.NO_ANSWER)
        return not (connection.is_dead or waits)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def _reset_all(self) -> None:
        for connection in list(self._connections):
            connection.reset()

    def _forget_all(self) -> None:
        for connection in self._connections:
            connection.is_dead = True

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        if self._mode is Mode.REFUSED:
            connection.reset()
            return
        self._connections.add(connection)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._until(lambda: self._mode is not Mode.BLACK_HOLE)
            back, connection.theirs = await self._connected()
            await asyncio.gather(
                self._pass(connection, reader, connection.theirs, is_answer=False),
                self._pass(connection, back, writer, is_answer=True),
            )
        except OSError:
            connection.reset()
        finally:
            self._connections.discard(connection)
            self._tasks.discard(task)
            for side in filter(None, (connection.ours, connection.theirs)):
                side.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(str(self._target))
        return await asyncio.open_connection(*self._target)

    async def _pass(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while said := await reader.read(_CHUNK):
            if is_answer and self._mode is Mode.ANSWER_LOST:
                connection.reset()
                return
            if self._mode is Mode.SLOW:
                await asyncio.sleep(_SLOW_SECONDS)
            await self._until(lambda: self._passes(connection, is_answer=is_answer))
            writer.write(said)
            await writer.drain()
        await self._until(lambda: not connection.is_dead)  # Who has gone does not say so.
        with suppress(OSError):
            writer.write_eof()

    async def _end(self) -> None:
        self._server.close()
        self._reset_all()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
