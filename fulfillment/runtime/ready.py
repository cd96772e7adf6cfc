"""How to know that a process works: by what it does, never by the time that went by."""

import socket
import urllib.error
import urllib.request
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port of the loopback address on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def reached_at(host: str) -> str:
    """Where what listens on `host` is reached from this machine, as it stands in an address."""
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        return LOOPBACK
    return f"[{host}]" if ":" in host else host


def why_not_free(host: str, port: int) -> str | None:
    """Why nothing new can listen there; None where it can.

    Asked without SO_REUSEPORT: two servers that both set it get each a part of the requests, and neither complains.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def port_answers(port: int) -> bool:
    """Whether somebody takes connections on this port of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def http_answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def announced(file: Path) -> bool:
    """Whether the process wrote the file by which it says that it is ready (`FULFILLMENT_READY_FILE`)."""
    return file.exists()
