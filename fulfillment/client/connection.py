"""
One keep-alive connection to the API.

The loads of benches run beside the system they measure, so a request must cost little: no library, one `send`, and as
few `recv` as the answer needs.
"""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit
from uuid import uuid4

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_CHUNK: Final = 65_536


class Disconnected(ConnectionError):
    """The other side closed the connection before its answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    def expect(self, *statuses: int) -> Any:
        """Give the body where the status is one of these; raise RuntimeError with the beginning of the answer else."""
        if self.status not in statuses:
            raise RuntimeError(f"expected {statuses}, got {self.status}: {self.body[:500].decode(errors='replace')}")
        return self.json


class Connection:
    """Requests one after the other. Raises OSError where the server cannot be reached or cuts the connection."""

    def __init__(self, url: str, api_key: str, *, timeout: float = 30) -> None:
        """Connect to nothing yet. `timeout` is in seconds, for each wait on the socket."""
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._headers = f"Host: {parts.netloc}\r\nAuthorization: Bearer {api_key}\r\n"
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, path: str) -> Answer:
        """Read."""
        return self._send(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())

    def post(self, path: str, body: object, *, key: str | None = None, wait: int | None = None) -> Answer:
        """Command, under an idempotency key (a fresh one unless given); `wait` seconds at most for its outcome."""
        prefer = f"Prefer: wait={wait}\r\n" if wait else ""
        return self._say("POST", path, body, f"{prefer}Idempotency-Key: {key or uuid4().hex}\r\n")

    def patch(self, path: str, body: object) -> Answer:
        """Change something, whatever its version is."""
        return self._say("PATCH", path, body, "If-Match: *\r\n")

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, method: str, path: str, body: object, headers: str) -> Answer:
        content = json.dumps(body, separators=(",", ":")).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\n{self._headers}{headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return self._send(head.encode() + content)

    def _send(self, message: bytes) -> Answer:
        """Send once more where a kept connection turns out to be closed: every command has its idempotency key."""
        kept = self._socket is not None
        try:
            return self._exchange(message)
        except ConnectionError:
            self.close()
            if not kept:
                raise
            return self._exchange(message)
        except OSError:
            self.close()
            raise

    def _exchange(self, message: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(message)
        received = b""
        while (end := received.find(_END)) < 0:
            received += self._more()
        found = _LENGTH.search(received, 0, end + 2)
        whole = end + len(_END) + (int(found[1]) if found else 0)
        while len(received) < whole:
            received += self._more()
        return Answer(int(received[9:12]), received[end + len(_END) : whole])

    def _more(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(_CHUNK)
        if not part:
            raise Disconnected("the server closed the connection")
        return part
