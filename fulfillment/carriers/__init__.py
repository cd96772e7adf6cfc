"""Carriers: one port, and the adapters behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fulfillment.carriers.events import SignedTracking, TrackingReader
from fulfillment.carriers.http import HttpCarrier
from fulfillment.carriers.port import Carrier

SIMULATED: Final = "simulated"
"""The code of the simulated carrier, as shipping methods name it."""

NO_CARRIER: Final = "none:"
"""The address that says that there is no carrier: then labels are made elsewhere."""


def make_carriers(url: str | None) -> Mapping[str, Carrier]:
    """
    Give the carriers by their codes; none where no address is given.

    Raises ValueError for an address that is none of a carrier.
    """
    if url is None or url == NO_CARRIER:
        return {}
    if url.startswith(("http://", "https://")):
        return {SIMULATED: HttpCarrier(url)}
    raise ValueError(f"CARRIER_URL must start with http:// or https://, or be '{NO_CARRIER}'; it is {url!r}")


def make_tracking_readers(secret: str | None) -> Mapping[str, TrackingReader]:
    """Give what reads the events of each carrier, by its code; none where no secret is set: nothing can be believed."""
    return {} if secret is None else {SIMULATED: SignedTracking(secret)}
