"""Release: let the warehouse work a shipment (SH4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Job, Outcome, Refusal
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


def release_assigned(
    changes: Changes, floor: FloorSet, assigned: Iterable[tuple[ShipmentUnderLock, int, Cause]]
) -> None:
    """
    Release, in the change that gives them their inventory, the shipments of markets that release by themselves.

    `assigned` are shipments, each with the entry of its assignment and that one's cause. One on hold stays assigned: the
    end of its hold asks again.
    """
    for shipment, entry, cause in assigned:
        if floor.order_of(shipment).releases_automatically and admit_release(floor, [shipment])[0]:
            release_admitted(changes, shipment, cause, because=entry)


def _release(
    session: Session, floor: FloorSet, shipments: Sequence[ShipmentUnderLock], jobs: Sequence[Job], *, at: datetime
) -> Outcome:
    causes = {job.subject_id: job.cause for job in jobs}
    allowed, refused = admit_release(floor, shipments)
    changes = Changes(at=at)
    for shipment in allowed:
        release_admitted(changes, shipment, causes[shipment.id])
    changes.write(session)
    return Outcome(done=[shipment.id for shipment in allowed], refused=refused)


def admit_release(
    floor: FloorSet, shipments: Iterable[ShipmentUnderLock]
) -> tuple[list[ShipmentUnderLock], list[Refusal]]:
    """Part shipments into those that may be released and the refusals of the others (OL6, OL8, SH4)."""
    return SHIPMENT.admit("release", shipments, guards=on_shipments(floor, open_for_work, not_on_hold, covered))


def release_admitted(
    changes: Changes, shipment: ShipmentUnderLock, cause: Cause, *, because: int | None = None
) -> None:
    """Release a shipment that `admit_release` has let through."""
    entry = changes.move(SHIPMENT, Shipment, shipment, "release", cause, because=because, status_since=changes.at)
    changes.publish("shipment.released", shipment.id, cause, order_id=shipment.order_id, because=entry)
