"""What was told of parcels, and which of them need a person. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_EVENTS = text("""
SELECT e.status AS state, e.occurred_at, e.received_at, e.carrier, e.tracking_number, e.description, e.location,
       e.actor AS told_by
  FROM parcel p JOIN tracking_event e ON e.order_id = p.order_id AND e.parcel_id = p.id
 WHERE p.id = :id ORDER BY e.occurred_at, e.received_at, e.id
""")
_PROBLEMS = """
SELECT b.id AS problem_id, b.kind, b.status, b.opened_at, b.hold_id, b.return_id, b.resolution, b.note, b.reship_id, b.ended_at,
       b.ended_by, p.id, p.shipment_id, s.number AS shipment, o.number AS order_number, w.code AS warehouse,
       coalesce(p.tracking_number, s.tracking_number) AS tracking_number, coalesce(d.status, 'none') AS delivery_state,
       d.status_since
  FROM parcel_problem b JOIN parcel p ON p.id = b.parcel_id JOIN shipment s ON s.id = p.shipment_id
  JOIN purchase_order o ON o.id = b.order_id
  LEFT JOIN warehouse w ON w.id = s.warehouse_id LEFT JOIN parcel_delivery d ON d.id = p.id
"""
_IN_TROUBLE = text(f"""{_PROBLEMS}
 WHERE b.status = 'open' AND (CAST(:kind AS text) IS NULL OR b.kind = :kind)
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
   AND (CAST(:after AS timestamptz) IS NULL OR (b.opened_at, b.id) > (CAST(:after AS timestamptz), :after_id))
 ORDER BY b.opened_at, b.id LIMIT :limit
""")
_OF_PARCEL = text(f"{_PROBLEMS} WHERE b.parcel_id = :id ORDER BY b.opened_at DESC, b.id DESC LIMIT 1")


def parcels_in_trouble(
    session: Session,
    *,
    kind: str | None,
    only: Iterable[str] | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """List parcels that need a person, the one that waits the longest first; `only` are the caller's warehouses."""
    at, last = after or (None, None)
    asked = {"kind": kind, "only": None if only is None else sorted(only), "after": at, "after_id": last}
    return session.execute(_IN_TROUBLE, {**asked, "limit": limit}).mappings().all()


def last_problem(session: Session, parcel_id: int) -> RowMapping | None:
    """Give the latest problem of a parcel, whether it is open or not."""
    return session.execute(_OF_PARCEL, {"id": parcel_id}).mappings().one_or_none()


def events_of(session: Session, parcel_id: int) -> list[dict[str, Any]]:
    """Give what was told of a parcel, in the order in which it happened."""
    return [dict(row) for row in session.execute(_EVENTS, {"id": parcel_id}).mappings()]
