"""Silent: parcels that left with a label, and of which their carrier has told nothing for days, need a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import lock_orders
from fulfillment.shipments.states import DeliveryState
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.problems import open_problem
from fulfillment.tracking.queries import Tracked
from fulfillment.tracking.states import ProblemKind

# Labels that are three months old are past help.
_SILENT = text("""
SELECT l.parcel_id, l.order_id, l.shipment_id
  FROM label l JOIN parcel p ON p.id = l.parcel_id JOIN shipment s ON s.id = l.shipment_id
  JOIN purchase_order o ON o.id = l.order_id JOIN market m ON m.id = o.market_id
 WHERE l.status = 'bought' AND l.unwanted_at IS NULL AND l.carrier = ANY (CAST(:carriers AS text[]))
   AND l.status_since > CAST(:at AS timestamptz) - interval '90 days'
   AND s.status = 'shipped' AND m.parcels_silent_after_days > 0
   AND s.shipped_at <= CAST(:at AS timestamptz) - make_interval(days => CAST(m.parcels_silent_after_days AS int))
   AND (CAST(:parcel AS bigint) IS NULL OR p.id = :parcel)
   AND NOT EXISTS (SELECT FROM parcel_delivery d WHERE d.id = p.id)
   AND NOT EXISTS (SELECT FROM parcel_problem b WHERE b.order_id = p.order_id AND b.parcel_id = p.id)
 ORDER BY s.shipped_at, p.id LIMIT 500
""")


def silent_parcels(session: Session, carriers: Iterable[str], *, at: datetime) -> Sequence[int]:
    """
    Give parcels that left longer ago than their market waits for a word of their carrier.

    Of carriers alone whose events are taken: the others cannot tell.
    """
    return [row.parcel_id for row in _found(session, carriers, None, at)]


def note_silence(session: Session, parcel_id: int, carriers: Iterable[str], *, cause: Cause, at: datetime) -> bool:
    """Say that a silent parcel needs a person, unless its carrier has told something meanwhile; tell whether it does."""
    carriers = list(carriers)
    for row in _found(session, carriers, parcel_id, at):
        orders = lock_orders(session, [row.order_id])
        if not _found(session, carriers, parcel_id, at):  # as it is under the lock
            return False
        changes = Changes(at=at)
        parcel = Tracked(row.parcel_id, row.order_id, row.shipment_id, DeliveryState.NONE, is_new=True)
        open_problem(session, changes, orders[row.order_id], parcel, ProblemKind.SILENT, cause)
        return changes.write(session)
    return False


def _found(session: Session, carriers: Iterable[str], parcel_id: int | None, at: datetime) -> Sequence[Row[Any]]:
    return session.execute(_SILENT, {"carriers": sorted(carriers), "parcel": parcel_id, "at": at}).all()
