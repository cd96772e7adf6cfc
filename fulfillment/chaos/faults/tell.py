"""What a Redis is told that is to forget everything."""

from __future__ import annotations

import socket
from contextlib import suppress
from urllib.parse import urlsplit


def forget_everything(url: str) -> None:
    """Tell a Redis to forget every key, as whoever shares it may; one that cannot be reached has nothing to forget."""
    parts = urlsplit(url)
    said = [f"AUTH {parts.password}"] if parts.password else []
    with suppress(OSError), socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=5) as link:
        for line in [*said, "FLUSHALL"]:
            link.sendall(f"{line}\r\n".encode())
            link.recv(100)
