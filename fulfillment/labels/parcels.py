"""Parcels as labels need them: weight, contents, where from and where to, and by which carrier. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.port import Consignment
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.job import Refusal
from fulfillment.labels.queries import place


@dataclass(frozen=True, slots=True)
class ParcelToLabel:
    """A parcel, and the carrier that the shipping method of its shipment is bound to, if any. The weight is in grams."""

    id: int
    position: int
    shipment_id: int
    order_id: int
    shipment_number: str
    weight_grams: int | None
    pieces: int
    ship_to: dict[str, Any]
    shipping_method: str | None
    warehouse: str | None
    warehouse_name: str | None
    country: str | None
    region: str | None
    postal_code: str | None
    carrier: str | None
    services: list[str] | None

    @property
    def ship_from(self) -> dict[str, Any]:
        """The warehouse as an address."""
        parts = {"country": self.country, "region": self.region, "postal_code": self.postal_code}
        known = {name: value for name, value in parts.items() if value is not None}
        return {"name": self.warehouse_name or self.warehouse, **known}

    @property
    def consignment(self) -> Consignment:
        """The parcel as a carrier sees it; it must have been admitted."""
        assert self.weight_grams is not None
        return Consignment(self.weight_grams, place(self.ship_from), place(self.ship_to))


_SELECT: Final = """
SELECT p.id, p.position, s.id, s.order_id, s.number, p.weight_grams,
       CAST((SELECT coalesce(sum(i.quantity), 0) FROM parcel_item i WHERE i.parcel_id = p.id) AS bigint),
       s.ship_to, s.shipping_method, w.code, w.name, w.country, w.region, w.postal_code, c.carrier, c.services
  FROM parcel p JOIN shipment s ON s.id = p.shipment_id LEFT JOIN warehouse w ON w.id = s.warehouse_id
       LEFT JOIN shipping_carrier c ON c.method = s.shipping_method
"""
_ONE = text(f"{_SELECT} WHERE p.id = :id")
_OF_SHIPMENT = text(f"{_SELECT} WHERE s.id = :id ORDER BY p.position")
# Only where all of a shipment is in parcels, by a method that labels what is packed, from a place that is known.
_TO_LABEL = text(f"""
{_SELECT}
 WHERE s.id = :id AND c.buys = 'when_packed' AND p.weight_grams IS NOT NULL AND w.country IS NOT NULL
   AND NOT EXISTS (SELECT FROM line_item i WHERE i.shipment_id = s.id AND i.packed < i.quantity)
   AND EXISTS (SELECT FROM parcel_item i WHERE i.parcel_id = p.id)
   AND NOT EXISTS (SELECT FROM label l WHERE l.parcel_id = p.id AND l.unwanted_at IS NULL)
 ORDER BY p.position
""")  # noqa: S608 - our own names only


def parcel_to_label(session: Session, parcel_id: int) -> ParcelToLabel:
    """Give one parcel. Raises NotFound."""
    if (row := session.execute(_ONE, {"id": parcel_id}).one_or_none()) is None:
        raise NotFound(f"no parcel {parcel_id}", remedy="read the parcels of its shipment")
    return ParcelToLabel(*row)


def parcels_to_label(session: Session, shipment_id: int) -> list[ParcelToLabel]:
    """Give the parcels of a shipment, by position."""
    return [ParcelToLabel(*row) for row in session.execute(_OF_SHIPMENT, {"id": shipment_id})]


def parcels_to_label_by_themselves(session: Session, shipment_id: int) -> Sequence[ParcelToLabel]:
    """Give those parcels of a shipment for which a label is bought now that all is packed; one that was refused waits for a person."""
    return [ParcelToLabel(*row) for row in session.execute(_TO_LABEL, {"id": shipment_id})]


def refusal_to_label(parcel: ParcelToLabel) -> Refusal | None:
    """Say why no label can be asked for: no carrier, nobody knows where from, nothing inside, or not weighed."""
    if parcel.carrier is None:
        return Refusal(
            parcel.id,
            guard="no_carrier",
            reason=f"shipment {parcel.shipment_number} goes by {parcel.shipping_method or 'no method'}, which is bound to no carrier",
            remedy=f"bind it: PATCH /v1/shipping-methods/{parcel.shipping_method}, or enter the number of a label made elsewhere"
            if parcel.shipping_method
            else "enter the tracking number of a label made elsewhere",
        )
    if parcel.country is None:
        return Refusal(
            parcel.id,
            guard="no_origin",
            reason=f"nobody knows in which country warehouse {parcel.warehouse} lies",
            remedy=f"say so: PATCH /v1/warehouses/{parcel.warehouse}",
        )
    if not parcel.pieces:
        return Refusal(
            parcel.id,
            guard="empty_parcel",
            reason=f"parcel {parcel.position} of shipment {parcel.shipment_number} is empty",
            remedy=f"put something in: POST /v1/parcels/{parcel.id}/items",
        )
    if parcel.weight_grams is None:
        return Refusal(
            parcel.id,
            guard="not_weighed",
            reason=f"nobody has said what parcel {parcel.position} of shipment {parcel.shipment_number} weighs",
            remedy=f"weigh it: PATCH /v1/parcels/{parcel.id} with weight_grams",
        )
    return None
