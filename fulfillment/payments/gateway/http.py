"""The gateway over HTTP. Whatever the other side does, each request of a set gets its own answer."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

import httpcore
import httpx

from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.deadline import DeadlineTransport
from fulfillment.payments.gateway.per_process import PerProcess
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
        def connected() -> httpx.Client:
            return httpx.Client(
                base_url=url.rstrip("/"),
                timeout=httpx.Timeout(connect=connect, read=read, write=read, pool=total),
                transport=DeadlineTransport(seconds=total, connections=concurrency),
                headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "fulfillment"},
                follow_redirects=False,
                trust_env=False,
            )

        self._process = PerProcess(connected, httpx.Client.close, concurrency)

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """Ask for these operations, several at a time."""
        return self._process.each(self._send_one, requests)

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """Ask by their keys what became of these requests, several at a time."""
        return self._process.each(self._find_one, requests)

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """Ask for everything that happened to these authorizations, several at a time."""
        return self._process.each(self._history_of, references)

    def close(self) -> None:
        """Close the connections and end the threads of this process."""
        self._process.close()

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
