"""Release: let the warehouse work a shipment (SH4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.job import Job, Outcome
from fulfillment.orders.guards import covered, not_on_hold, on_shipments, open_for_work
from fulfillment.orders.models import Shipment
from fulfillment.orders.queries import FloorSet, ShipmentUnderLock, lock_shipments
from fulfillment.orders.states import SHIPMENT
from fulfillment.timeline.changes import Changes


def release(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Let the warehouse work these shipments; refuse, one by one, those on hold or not covered (OL6, OL8)."""
    floor = lock_shipments(session, [job.subject_id for job in jobs], (job.order_id for job in jobs))
    return _release(session, floor, floor.asked, jobs, at=at)


def release_if_automatic(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Release the shipments of markets that release by themselves; leave the others to a person."""
    floor = lock_shipments(session, [job.subject_id for job in jobs], (job.order_id for job in jobs))
    automatic = [shipment for shipment in floor.asked if floor.order_of(shipment).releases_automatically]
    return _release(session, floor, automatic, jobs, at=at)


def _release(
    session: Session, floor: FloorSet, shipments: Sequence[ShipmentUnderLock], jobs: Sequence[Job], *, at: datetime
) -> Outcome:
    causes = {job.subject_id: job.cause for job in jobs}
    guards = on_shipments(floor, open_for_work, not_on_hold, covered)
    allowed, refused = SHIPMENT.admit("release", shipments, guards=guards)
    changes = Changes(at=at)
    for shipment in allowed:
        cause = causes[shipment.id]
        entry = changes.move(SHIPMENT, Shipment, shipment, "release", cause, status_since=at)
        changes.publish("shipment.released", shipment.id, cause, order_id=shipment.order_id, because=entry)
    changes.write(session)
    return Outcome(done=[shipment.id for shipment in allowed], refused=refused)
