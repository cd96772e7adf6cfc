"""A carrier over HTTP. Whatever the other side does, each request of a set gets its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import httpx

from fulfillment.carriers import manifest_wire, wire
from fulfillment.carriers.port import Answer, Consignment, Manifest, ManifestAnswer, Purchase, Rate, Service
from fulfillment.network.exchange import Limits, Unanswered, exchange, per_process

ANSWER_BYTES: Final = 2 * 1024 * 1024  # With the paper of a label inside.


class HttpCarrier:
    """A carrier at an address. Connections and threads are made at the first use in a process."""

    def __init__(
        self, url: str, *, connect: float = 3.0, read: float = 10.0, total: float = 15.0, concurrency: int = 8
    ) -> None:
        self._process = per_process(url, Limits(connect, read, total, concurrency))

    def services(self) -> list[Service] | Answer:
        """Ask which services there are."""
        [answer] = self._process.each(self._services, [None])
        return answer

    def rates(self, consignments: Sequence[Consignment]) -> list[list[Rate] | Answer]:
        """Ask what each would cost, several at a time."""
        return self._process.each(self._rates_of, consignments)

    def buy(self, purchases: Sequence[Purchase]) -> list[Answer]:
        """Buy these labels, several at a time."""
        return self._process.each(self._buy_one, purchases)

    def find(self, purchases: Sequence[Purchase]) -> list[Answer | None]:
        """Ask by their keys what became of these purchases, several at a time."""
        return self._process.each(self._find_one, purchases)

    def void(self, references: Sequence[str]) -> list[Answer]:
        """Give these labels back, several at a time."""
        return self._process.each(self._void_one, references)

    def close_manifests(self, manifests: Sequence[Manifest]) -> list[ManifestAnswer]:
        """Tell which parcels were handed over together, several manifests at a time."""
        return self._process.each(self._close_one, manifests)

    def find_manifests(self, manifests: Sequence[Manifest]) -> list[ManifestAnswer | None]:
        """Ask by their keys what became of these manifests, several at a time."""
        return self._process.each(self._find_manifest, manifests)

    def close(self) -> None:
        """Close the connections and end the threads of this process."""
        self._process.close()

    def _services(self, client: httpx.Client, _: None) -> list[Service] | Answer:
        outcome = _asked(client, "GET", "/v1/services")
        return outcome if isinstance(outcome, Answer) else wire.read_services(*outcome)

    def _rates_of(self, client: httpx.Client, asked: Consignment) -> list[Rate] | Answer:
        outcome = _asked(client, "POST", "/v1/rates", json=wire.consignment(asked))
        return outcome if isinstance(outcome, Answer) else wire.read_rates(*outcome)

    def _buy_one(self, client: httpx.Client, asked: Purchase) -> Answer:
        key = {"Idempotency-Key": asked.key}
        outcome = _asked(client, "POST", "/v1/labels", json=wire.purchase(asked), headers=key)
        return outcome if isinstance(outcome, Answer) else wire.read_bought(asked, *outcome)

    def _find_one(self, client: httpx.Client, asked: Purchase) -> Answer | None:
        outcome = _asked(client, "GET", f"/v1/operations/{quote(asked.key, safe='')}")
        return outcome if isinstance(outcome, Answer) else wire.read_found(asked, *outcome)

    def _void_one(self, client: httpx.Client, reference: str) -> Answer:
        outcome = _asked(client, "POST", f"/v1/labels/{quote(reference, safe='')}/voids")
        return outcome if isinstance(outcome, Answer) else wire.read_voided(reference, *outcome)

    def _close_one(self, client: httpx.Client, asked: Manifest) -> ManifestAnswer:
        key = {"Idempotency-Key": asked.key}
        body = {"references": list(asked.references)}
        outcome = _asked(client, "POST", "/v1/manifests", json=body, headers=key)
        return (
            manifest_wire.unheard(outcome)
            if isinstance(outcome, Answer)
            else manifest_wire.read_closed(asked, *outcome)
        )

    def _find_manifest(self, client: httpx.Client, asked: Manifest) -> ManifestAnswer | None:
        outcome = _asked(client, "GET", f"/v1/manifests/{quote(asked.key, safe='')}")
        return (
            manifest_wire.unheard(outcome) if isinstance(outcome, Answer) else manifest_wire.read_found(asked, *outcome)
        )


def _asked(client: httpx.Client, method: str, path: str, **sent: Any) -> tuple[int, bytes] | Answer:
    """The status and body of one exchange, or why there are none."""
    try:
        request = client.build_request(method, path, **sent)
    except (ValueError, TypeError) as wrong:
        return wire.refused("invalid_request", str(wrong))  # nothing was sent
    outcome = exchange(client, request, most=ANSWER_BYTES)
    return wire.unknown(outcome.code, outcome.message) if isinstance(outcome, Unanswered) else outcome
