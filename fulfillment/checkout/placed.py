"""An order that is being placed: everything has its id before anything is written. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from fulfillment.checkout.parcel_out import ShipmentToBe
from fulfillment.checkout.price import PricedLine
from fulfillment.checkout.reserve import ToReserve
from fulfillment.kernel.immutable import immutable


@immutable
class PlacedShipment:
    """A shipment of an order that was just placed."""

    id: int
    number: str
    content: ShipmentToBe
    lines: Sequence[tuple[int, PricedLine]]
    """(id, line)"""

    @property
    def needs_shipping(self) -> bool:
        """Whether anything in it goes to a carrier."""
        return self.content.needs_shipping


@immutable
class Placed:
    """An order that was just placed. `total` is minor units of `currency`; `held_for` are the reasons of its holds."""

    id: int
    form_ids: Mapping[str, int]
    number: str
    currency: str
    total: int
    shipments: Sequence[PlacedShipment]
    held_for: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By reason the kinds of the rules that named it."""

    @property
    def reservable(self) -> list[ToReserve]:
        """The lines whose units must be there now, by shipment."""
        return [
            ToReserve(
                shipment.id,
                line_id,
                line.product.id,
                line.product.sku,
                line.part.quantity,
                shipment.content.destination.ship_to,
            )
            for shipment in self.shipments
            if shipment.needs_shipping
            for line_id, line in shipment.lines
            if line.product is not None and line.product.denies_shortage
        ]
