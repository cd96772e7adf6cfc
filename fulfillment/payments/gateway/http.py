"""The gateway over HTTP. Whatever the other side does, each request of a set gets its own answer."""

from collections.abc import Sequence
from urllib.parse import quote

import httpx

from fulfillment.network.exchange import Limits, Unanswered, exchange, per_process
from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.port import Answer, History, Request

ANSWER_BYTES = 64 * 1024  # An answer is some 400 bytes; more is not from a gateway, and must not fill our memory.
HISTORY_BYTES = 1024 * 1024  # Some 5,000 transactions of one authorization.


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
        self._process = per_process(url, Limits(connect, read, total, concurrency))

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
    outcome = exchange(client, request, most=most)
    return wire.unknown(outcome.code, outcome.message) if isinstance(outcome, Unanswered) else outcome
