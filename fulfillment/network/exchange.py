"""One exchange of a set: a request goes out, and a status and a body come back, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass

import httpcore
import httpx

from fulfillment.network.deadline import DeadlineTransport
from fulfillment.network.per_process import PerProcess


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How long one party may take: an exchange ends within `total` seconds, a connection within `connect`, a wait within `read`.

    A set is sent `concurrency` at a time.
    """

    connect: float = 3.0
    read: float = 10.0
    total: float = 15.0
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer that can be read came: why, as a stable code and for people. The request may have had its effect."""

    code: str
    message: str


def per_process(url: str, limits: Limits) -> PerProcess[httpx.Client]:
    """
    Give what speaks to an address. Nothing is repeated, followed, or taken from proxy variables.

    Connections and threads are made at the first use in a process, since a worker forks and neither survives a fork.
    """

    def connected() -> httpx.Client:
        return httpx.Client(
            base_url=url.rstrip("/"),
            timeout=httpx.Timeout(connect=limits.connect, read=limits.read, write=limits.read, pool=limits.total),
            transport=DeadlineTransport(seconds=limits.total, connections=limits.concurrency),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "fulfillment"},
            follow_redirects=False,
            trust_env=False,
        )

    return PerProcess(connected, httpx.Client.close, limits.concurrency)


def exchange(client: httpx.Client, request: httpx.Request, *, most: int) -> tuple[int, bytes] | Unanswered:
    """Give the status and body, of at most `most` bytes, of one exchange, or why there are none."""
    try:
        response = client.send(request, stream=True)
        try:
            content = _limited(response, most)
        finally:
            response.close()
    except (httpx.TimeoutException, httpcore.TimeoutException) as late:
        return Unanswered("timeout", f"{type(late).__name__}: {late}")
    except Exception as broken:  # noqa: BLE001  one member must not fail its set, whatever the other side sends
        return Unanswered("connection", f"{type(broken).__name__}: {broken}")
    if content is None:
        return Unanswered("too_large", f"The answer was larger than {most} bytes.")
    return response.status_code, content


def _limited(response: httpx.Response, most: int) -> bytes | None:
    """The body as it was sent, undecoded, or None when it is too large to be an answer."""
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)
