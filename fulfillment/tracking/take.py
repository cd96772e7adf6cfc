"""Take: a carrier tells something of a parcel. It is a fact, and moves the delivery state alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.events import TrackingEvent
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import lock_orders
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.follow import follow
from fulfillment.tracking.queries import Target, boxed, targets_of

_KEEP = text("""
INSERT INTO tracking_event (order_id, shipment_id, parcel_id, carrier, event_id, tracking_number, status, description,
                            location, actor, occurred_at, received_at)
VALUES (:order_id, :shipment_id, :parcel_id, :carrier, :event_id, :tracking_number, :status, :description, :location,
        :actor, least(CAST(:occurred_at AS timestamptz), CAST(:at AS timestamptz)), :at)
ON CONFLICT DO NOTHING RETURNING 1
""")
_IS_KEPT = text("SELECT EXISTS (SELECT FROM tracking_event WHERE carrier = :carrier AND event_id = :event_id)")
_UNMATCHED = text("SELECT count(*) FROM tracking_event WHERE order_id IS NULL AND tracking_number = :number")
_MOST_UNMATCHED: Final = 1000


def take_event(session: Session, carrier: str, event: TrackingEvent, *, cause: Cause, at: datetime) -> bool:
    """
    Keep what a carrier tells of a parcel, and bring the parcel and its items to where they are by it; tell whether it was new.

    Told again it changes nothing; late or out of order it is history. What nobody here has the number of is kept, and told
    to the parcel that gets it.
    """
    if session.execute(_IS_KEPT, {"carrier": carrier, "event_id": event.id}).scalar_one():
        return False
    changes = Changes(at=at)
    targets = targets_of(session, event.tracking_number)
    orders = lock_orders(session, (target.order_id for target in targets))
    targets = boxed(session, changes, targets, event.tracking_number, cause)
    row: dict[str, Any] = {
        "carrier": carrier,
        "event_id": event.id,
        "tracking_number": event.tracking_number,
        "status": event.scan,
        "description": event.description,
        "location": event.location,
        "actor": cause.actor,
        "occurred_at": event.occurred_at,
        "at": at,
    }
    if not targets:
        return _keep_unmatched(session, row)
    is_new = [session.execute(_KEEP, {**row, **_of(target)}).one_or_none() is not None for target in targets]
    if any(is_new):
        follow(session, changes, orders, {target.shipment_id for target in targets}, cause)
    else:
        changes.write(session)
    return any(is_new)


def _keep_unmatched(session: Session, row: dict[str, Any]) -> bool:
    """Keep an event of a number that nobody here knows; of one number so many, then no more."""
    if session.execute(_UNMATCHED, {"number": row["tracking_number"]}).scalar_one() >= _MOST_UNMATCHED:
        return False
    nowhere = {"order_id": None, "shipment_id": None, "parcel_id": None}
    return session.execute(_KEEP, {**row, **nowhere}).one_or_none() is not None


def _of(target: Target) -> dict[str, int | None]:
    return {"order_id": target.order_id, "shipment_id": target.shipment_id, "parcel_id": target.parcel_id}
