"""What the verbs ask about labels. They stand still while their order is locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.port import Consignment, Place, Purchase
from fulfillment.kernel.errors import NotFound


@dataclass(slots=True)
class LabelUnderLock:
    """A label of a locked order, with what the carrier must be told."""

    id: int
    order_id: int
    shipment_id: int
    parcel_id: int
    position: int
    dispatch_id: int | None
    key: str
    carrier: str
    services: list[str]
    service: str | None
    weight_grams: int
    ship_from: dict[str, Any]
    ship_to: dict[str, Any]
    status: str
    sends: int
    unwanted_at: datetime | None
    reference: str | None
    tracking_number: str | None
    created_at: datetime
    shipment_number: str

    @property
    def consignment(self) -> Consignment:
        """The parcel as the carrier sees it."""
        return Consignment(self.weight_grams, place(self.ship_from), place(self.ship_to))

    @property
    def purchase(self) -> Purchase:
        """What is asked of the carrier, the same however often it is asked."""
        assert self.service is not None
        about = f"{self.shipment_number}, parcel {self.position}"
        return Purchase(self.key, self.service, self.consignment, about)


_SELECT: Final = """
SELECT l.id, l.order_id, l.shipment_id, l.parcel_id, l.position, l.dispatch_id, l.key, l.carrier, l.services, l.service,
       l.weight_grams, l.ship_from, l.ship_to, l.status, l.sends, l.unwanted_at, l.reference, l.tracking_number, l.created_at,
       s.number
  FROM label l JOIN shipment s ON s.id = l.shipment_id
"""
WANTED: Final = "l.unwanted_at IS NULL AND l.status <> 'failed'"
"""The condition of the one label of a parcel that somebody wants."""

_BY_ID = text(f"{_SELECT} WHERE l.id = ANY (CAST(:ids AS bigint[])) ORDER BY l.id")
_WANTED = text(f"{_SELECT} WHERE l.parcel_id = ANY (CAST(:ids AS bigint[])) AND {WANTED} ORDER BY l.id")
_WANTED_OF = text(f"""
{_SELECT} JOIN parcel p ON p.id = l.parcel_id
 WHERE p.shipment_id = ANY (CAST(:ids AS bigint[])) AND {WANTED} ORDER BY l.id
""")
_ORDER_OF = text("SELECT order_id FROM label WHERE id = :id")


def labels(session: Session, label_ids: Iterable[int]) -> dict[int, LabelUnderLock]:
    """Give labels by id; those that do not exist are left out."""
    return {row.id: LabelUnderLock(*row) for row in session.execute(_BY_ID, {"ids": sorted(set(label_ids))})}


def wanted_labels(session: Session, parcel_ids: Iterable[int]) -> dict[int, LabelUnderLock]:
    """Give the label of each parcel that has one that somebody wants, by parcel."""
    return {row.parcel_id: LabelUnderLock(*row) for row in session.execute(_WANTED, {"ids": sorted(set(parcel_ids))})}


def wanted_labels_of(session: Session, shipment_ids: Iterable[int]) -> list[LabelUnderLock]:
    """Give the labels that somebody wants of all parcels of these shipments."""
    return [LabelUnderLock(*row) for row in session.execute(_WANTED_OF, {"ids": sorted(set(shipment_ids))})]


def order_of_label(session: Session, label_id: int) -> int:
    """Give the order that a label is of. Raises NotFound."""
    order_id: int | None = session.scalar(_ORDER_OF, {"id": label_id})
    if order_id is None:
        raise NotFound(f"no label {label_id}")
    return order_id


def place(written: Mapping[str, Any]) -> Place:
    """Read an address as orders keep it."""
    parts = ("line1", "line2", "city", "region", "postal_code")
    return Place(
        written["name"], written["country"], **{part: written[part] for part in parts if written.get(part) is not None}
    )
