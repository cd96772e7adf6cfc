"""What a mail about a parcel says of it: what lies in it, its number, and where it was to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.notifications.context import MailLine

# One of which nothing is said holds all of its shipment. What a piece of it cost nobody is told: it may be a part of a line.
_PARCELS = text("""
SELECT p.id, s.number, coalesce(p.tracking_number, s.tracking_number) AS tracking_number, s.ship_to, l.name, l.sku,
       coalesce(i.quantity, l.quantity) AS quantity
  FROM parcel p JOIN shipment s ON s.id = p.shipment_id JOIN line_item l ON l.shipment_id = s.id
  LEFT JOIN parcel_item i ON i.parcel_id = p.id AND i.line_id = l.id
 WHERE p.id = ANY (CAST(:ids AS bigint[]))
   AND (i.line_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM parcel_item o JOIN parcel q ON q.id = o.parcel_id WHERE q.shipment_id = s.id))
 ORDER BY p.id, l.position, l.id
""")


@dataclass(slots=True)
class MailedParcel:
    """A parcel as a mail tells of it."""

    shipment_number: str
    tracking_number: str | None
    ship_to: dict[str, Any] | None
    lines: tuple[MailLine, ...] = ()


def read_parcels(session: Session, parcel_ids: Iterable[int]) -> dict[int, MailedParcel]:
    """Give parcels by id; one that is gone is left out."""
    found: dict[int, MailedParcel] = {}
    for row in session.execute(_PARCELS, {"ids": sorted(set(parcel_ids))}):
        parcel = found.setdefault(row.id, MailedParcel(row.number, row.tracking_number, row.ship_to))
        parcel.lines += (MailLine(row.name, row.sku, row.quantity, 0),)
    return found
