"""What was told of parcels, for people. Reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_EVENTS = text("""
SELECT e.status AS state, e.occurred_at, e.received_at, e.carrier, e.tracking_number, e.description, e.location,
       e.actor AS told_by
  FROM parcel p JOIN tracking_event e ON e.order_id = p.order_id AND e.parcel_id = p.id
 WHERE p.id = :id ORDER BY e.occurred_at, e.received_at, e.id
""")


def events_of(session: Session, parcel_id: int) -> list[dict[str, Any]]:
    """Give what was told of a parcel, in the order in which it happened."""
    return [dict(row) for row in session.execute(_EVENTS, {"id": parcel_id}).mappings()]
