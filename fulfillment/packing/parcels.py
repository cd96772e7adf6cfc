"""Parcels as the floor sees them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ParcelItemView:
    """Pieces of one line in a parcel."""

    line_id: int
    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParcelView:
    """A parcel, what is in it, and where its carrier says it is. The weight is in grams, everything included."""

    id: int
    shipment_id: int
    position: int
    weight_grams: int | None
    tracking_number: str | None
    created_at: datetime
    created_by: str
    warehouse: str | None
    delivery_state: str
    delivery_state_since: datetime | None
    delivered_at: datetime | None
    problem: str | None
    items: list[ParcelItemView] = field(default_factory=list)


_PARCELS: Final = """
SELECT p.id, p.shipment_id, p.position, p.weight_grams, p.tracking_number, p.created_at, p.created_by, w.code AS warehouse,
       coalesce(d.status, 'none') AS delivery_state, d.status_since, d.delivered_at,
       b.kind AS problem
  FROM parcel p JOIN shipment s ON s.id = p.shipment_id LEFT JOIN warehouse w ON w.id = s.warehouse_id
       LEFT JOIN parcel_delivery d ON d.id = p.id
       LEFT JOIN parcel_problem b ON b.parcel_id = p.id AND b.status = 'open'
"""
_ONE = text(f"{_PARCELS} WHERE p.id = :id")
_OF_SHIPMENT = text(f"{_PARCELS} WHERE p.shipment_id = :id ORDER BY p.position")
_ITEMS = text("""
SELECT i.parcel_id, i.line_id, l.sku, l.name, i.quantity FROM parcel_item i JOIN line_item l ON l.id = i.line_id
 WHERE i.parcel_id = ANY (CAST(:ids AS bigint[])) ORDER BY i.parcel_id, l.position, l.id
""")


def find_parcel(session: Session, parcel_id: int) -> ParcelView:
    """Give one parcel. Raises NotFound."""
    found = [ParcelView(*row) for row in session.execute(_ONE, {"id": parcel_id})]
    if not found:
        raise NotFound(f"no parcel {parcel_id}", remedy="read the parcels of its shipment")
    return _filled(session, found)[0]


def parcels_of(session: Session, shipment_id: int) -> list[ParcelView]:
    """Give the parcels of a shipment, by position."""
    return _filled(session, [ParcelView(*row) for row in session.execute(_OF_SHIPMENT, {"id": shipment_id})])


def _filled(session: Session, parcels: Sequence[ParcelView]) -> list[ParcelView]:
    by_id = {parcel.id: parcel for parcel in parcels}
    for row in session.execute(_ITEMS, {"ids": list(by_id)}) if by_id else ():
        by_id[row.parcel_id].items.append(ParcelItemView(row.line_id, row.sku, row.name, row.quantity))
    return list(parcels)
