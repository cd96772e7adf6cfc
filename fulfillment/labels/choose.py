"""Choose: of the services that a shipping method goes by, the one that costs least. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fulfillment.carriers.port import Rate


def cheapest(rates: Iterable[Rate], services: Sequence[str]) -> Rate | None:
    """Give the cheapest rate among `services`, of two alike that of the service named first; None where none takes the parcel."""
    allowed = [rate for rate in rates if rate.service in services]
    return min(allowed, key=lambda each: (each.amount, services.index(each.service)), default=None)
