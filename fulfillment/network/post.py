"""A post to an address that somebody else chose: a status and the first bytes of what was said, or why there are none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

import httpcore
import httpx

from fulfillment.network.deadline import DeadlineTransport
from fulfillment.network.outward import AddressRefused, Neighbors, addresses_of, refuse_url
from fulfillment.network.per_process import PerProcess

Item = TypeVar("Item")
Found = TypeVar("Found")

CONNECT_SECONDS: Final = 5.0
ALL_SECONDS: Final = 15.0
FIRST_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came of one post. `status` None: nobody answered, and `code` says how: address_refused, timeout, connection.

    `said` are the first bytes of the answer as text, or why there is none.
    """

    status: int | None
    said: str
    milliseconds: int
    code: str | None = None


Post = Callable[[str, bytes, Mapping[str, str]], Answer]
"""Posts a body with its headers to an address, once."""


class Outward(Protocol):
    """Posts to addresses that others chose."""

    neighbors: Neighbors
    """The hosts inside that may be reached all the same."""

    def each(self, work: Callable[[Post, Item], Found], items: Sequence[Item]) -> list[Found]:
        """Do some work of posts for each item, several at a time; what they give comes in the order of the items."""
        ...

    def close(self) -> None:
        """Let go of connections and threads."""
        ...


class HttpOutward:
    """Posts by HTTP: nothing is followed, repeated, kept as a cookie, or taken from proxy variables."""

    def __init__(self, neighbors: Neighbors, *, concurrency: int = 8) -> None:
        """Connect to nothing yet; of many lines of posts, `concurrency` are at work at a time."""
        self.neighbors = neighbors
        self._open = PerProcess(partial(_connected, neighbors, concurrency), httpx.Client.close, concurrency)

    def each(self, work: Callable[[Post, Item], Found], items: Sequence[Item]) -> list[Found]:
        """See Outward.each."""
        return self._open.each(lambda client, item: work(partial(_post, client, self.neighbors), item), items)

    def close(self) -> None:
        """See Outward.close."""
        self._open.close()


def _connected(neighbors: Neighbors, concurrency: int) -> httpx.Client:
    return httpx.Client(
        timeout=httpx.Timeout(connect=CONNECT_SECONDS, read=ALL_SECONDS, write=ALL_SECONDS, pool=ALL_SECONDS),
        transport=DeadlineTransport(
            seconds=ALL_SECONDS,
            connections=concurrency,
            addresses_of=lambda host, port: addresses_of(host, port, neighbors),
        ),
        headers={"Accept-Encoding": "identity", "User-Agent": "fulfillment-webhooks"},
        follow_redirects=False,
        trust_env=False,
    )


def _post(client: httpx.Client, neighbors: Neighbors, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post once. Whatever the other side does has an answer, and an end."""
    began = time.monotonic()
    try:
        refuse_url(url, neighbors)
        request = client.build_request("POST", url, content=body, headers=dict(headers))
        response = client.send(request, stream=True)
        try:
            said = _first_bytes(response)
        finally:
            response.close()
            client.cookies.clear()
    except AddressRefused as refused:
        return Answer(None, refused.detail, _since(began), "address_refused")
    except (httpx.TimeoutException, httpcore.TimeoutException) as late:
        return Answer(None, f"{type(late).__name__}: {late}"[:FIRST_BYTES], _since(began), "timeout")
    except Exception as broken:  # noqa: BLE001  whatever the other side sends, it is one post that failed
        return Answer(None, f"{type(broken).__name__}: {broken}"[:FIRST_BYTES], _since(began), "connection")
    return Answer(response.status_code, said, _since(began))


def _first_bytes(response: httpx.Response) -> str:
    """Read no more than is kept: the rest of a long answer is left with whoever sends it."""
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) >= FIRST_BYTES:
            break
    text = bytes(content[:FIRST_BYTES]).decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in text).strip()


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
