"""Match: what came for a tracking number before anybody here knew it is told to its parcel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import lock_orders
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.follow import follow
from fulfillment.tracking.queries import boxed, targets_of

_MATCH = text("""
WITH early AS (DELETE FROM tracking_event WHERE order_id IS NULL AND tracking_number = :number RETURNING *)
INSERT INTO tracking_event (order_id, shipment_id, parcel_id, carrier, event_id, tracking_number, status, description,
                            location, actor, occurred_at, received_at)
SELECT t.order_id, t.shipment_id, t.parcel_id, e.carrier, e.event_id, e.tracking_number, e.status, e.description,
       e.location, e.actor, e.occurred_at, e.received_at
  FROM early e CROSS JOIN unnest(CAST(:orders AS bigint[]), CAST(:shipments AS bigint[]), CAST(:parcels AS bigint[]))
                          AS t (order_id, shipment_id, parcel_id)
ON CONFLICT DO NOTHING RETURNING 1
""")
_NUMBERS = text("""
SELECT DISTINCT e.tracking_number FROM parcel p JOIN shipment s ON s.id = p.shipment_id
  JOIN tracking_event e ON e.order_id IS NULL AND e.tracking_number IN (p.tracking_number, s.tracking_number)
 WHERE p.id = ANY (CAST(:ids AS bigint[])) ORDER BY 1
""")


_MATCHABLE = text("""
SELECT DISTINCT e.tracking_number FROM tracking_event e
 WHERE e.order_id IS NULL
   AND (EXISTS (SELECT FROM parcel p WHERE p.tracking_number = e.tracking_number)
        OR EXISTS (SELECT FROM shipment s WHERE s.tracking_number = e.tracking_number
                      AND (s.status = 'shipped' OR EXISTS (SELECT FROM parcel p WHERE p.shipment_id = s.id))))
 ORDER BY 1 LIMIT 500
""")


def matchable_numbers(session: Session) -> Sequence[str]:
    """Give numbers of which something was told that waits for a parcel, and that a parcel or shipment has by now."""
    return session.execute(_MATCHABLE).scalars().all()


def catch_up(session: Session, parcel_ids: Sequence[int], *, cause: Cause, at: datetime) -> int:
    """Tell parcels what came for their numbers before anybody here knew these; give how many events that were."""
    numbers = session.execute(_NUMBERS, {"ids": sorted(parcel_ids)}).scalars().all()
    return sum(match(session, number, cause=cause, at=at) for number in numbers)


def match(session: Session, number: str, *, cause: Cause, at: datetime) -> int:
    """Tell the parcels of a number what came for it before anybody here knew it; give how many events that were."""
    changes = Changes(at=at)
    targets = targets_of(session, number)
    orders = lock_orders(session, (target.order_id for target in targets))
    targets = boxed(session, changes, targets, number, cause)
    if not targets:
        return 0
    columns = {
        "orders": [target.order_id for target in targets],
        "shipments": [target.shipment_id for target in targets],
        "parcels": [target.parcel_id for target in targets],
    }
    told = len(session.execute(_MATCH, {"number": number, **columns}).all())
    if told:
        follow(session, changes, orders, {target.shipment_id for target in targets}, cause)
    else:
        changes.write(session)
    return told // len(targets)
