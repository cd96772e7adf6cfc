"""Picklists: a person asks for one, and the shipments on it are packed (SH5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.kernel.job import Job, Outcome, Refusal
from fulfillment.orders.guards import ShipmentGuard, covered, not_on_hold, on_shipments, open_for_work
from fulfillment.orders.models import Shipment
from fulfillment.orders.queries import FloorSet, ShipmentUnderLock, lock_shipments
from fulfillment.orders.states import SHIPMENT, ShipmentStatus
from fulfillment.shipments.models import Picklist
from fulfillment.shipments.release import admit_release, release_admitted
from fulfillment.shipments.states import PICKLIST, PicklistStatus
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps

_WHERE = text("""
SELECT id, order_id, status, warehouse_id FROM shipment WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id
""")


def request_picklist(
    session: Session, shipment_ids: Sequence[int], *, client_id: int | None, cause: Cause, at: datetime
) -> tuple[int, int]:
    """
    Open a picklist and ask for these shipments to be put on it; give the ids of the picklist and of the operation.

    All must be released and lie in one warehouse. Raises NotFound for a shipment that does not exist, Conflict else.
    """
    rows = session.execute(_WHERE, {"ids": sorted(set(shipment_ids))}).all()
    warehouse_id = _one_place(shipment_ids, rows)
    [picklist_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(Picklist, open_picklist(picklist_id, warehouse_id, cause, at))
    operation_id = request_steps(
        session,
        "picklist.requested",
        [(row.id, row.order_id) for row in rows],
        kind="picklist",
        client_id=client_id,
        cause=cause,
        at=at,
        argument={"picklist_id": picklist_id},
        result={"picklist_id": picklist_id},
        changes=changes,
    )
    return picklist_id, operation_id


def _one_place(shipment_ids: Sequence[int], rows: Sequence[Row[Any]]) -> int:
    """Give the warehouse in which all of these released shipments lie. Raises NotFound or Conflict."""
    if missing := set(shipment_ids) - {row.id for row in rows}:
        raise NotFound(f"no shipment {', '.join(map(str, sorted(missing)))}", members={"missing": sorted(missing)})
    warehouses = {row.warehouse_id for row in rows}
    if unready := [row.id for row in rows if not SHIPMENT.allows(row.status, "add_to_picklist")]:
        raise Conflict(
            f"not released: shipment {', '.join(map(str, unready[:20]))}",
            guard="status",
            code="status",
            remedy="leave them out, or release them first",
            members={"shipment_ids": unready},
        )
    if len(warehouses) > 1:
        raise Conflict(
            "the shipments lie in several warehouses",
            code="several_warehouses",
            guard="one_warehouse",
            remedy="make a picklist for each warehouse",
        )
    [warehouse_id] = warehouses
    return int(warehouse_id)


def open_picklist(
    picklist_id: int, warehouse_id: int, cause: Cause, at: datetime, *, wave_id: int | None = None
) -> dict[str, Any]:
    """Give the row of a picklist on which nothing is yet."""
    return {
        "id": picklist_id,
        "warehouse_id": warehouse_id,
        "status": PicklistStatus.OPEN,
        "created_at": at,
        "created_by": cause.actor,
        "wave_id": wave_id,
    }


def add_to_picklist(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """
    Put released shipments on their picklist, if it is still open: they are packing now (SH5).

    With `release` in the job's argument, one that is only assigned is released before, in the same change (SH4).
    """
    by_shipment = {job.subject_id: job for job in jobs}
    floor = lock_shipments(session, list(by_shipment), (job.order_id for job in jobs))
    wanted = {job.subject_id: cast("int", job.argument["picklist_id"]) for job in jobs}
    # Locked: nobody may complete a picklist while a shipment is put on it.
    still_open = {row.id for row in session.execute(_LOCK_PICKLISTS, {"ids": sorted(set(wanted.values()))})}
    changes = Changes(at=at)
    unreleased = _release_before(changes, floor, by_shipment)
    ready = [each for each in floor.asked if each.id not in unreleased]
    allowed, refused = admit_to_picklist(floor, ready, _on_an_open_picklist(wanted, still_open))
    for shipment in allowed:
        job, picklist_id = by_shipment[shipment.id], wanted[shipment.id]
        entry = changes.move(
            SHIPMENT,
            Shipment,
            shipment,
            "add_to_picklist",
            job.cause,
            detail={"picklist_id": picklist_id},
            picklist_id=picklist_id,
            status_since=at,
        )
        changes.publish("shipment.packing", shipment.id, job.cause, order_id=shipment.order_id, because=entry)
    left_empty = still_open - {wanted[shipment.id] for shipment in allowed}
    for picklist_id, cause in {wanted[job.subject_id]: job.cause for job in jobs}.items():
        if picklist_id in left_empty:
            changes.publish("picklist.shortened", picklist_id, cause)
    changes.write(session)
    return Outcome(done=[shipment.id for shipment in allowed], refused=[*refused, *unreleased.values()])


def _release_before(changes: Changes, floor: FloorSet, jobs: Mapping[int, Job]) -> dict[int, Refusal]:
    """Release what is asked to be released first; give the refusals of those that may not be, by shipment."""
    asked = [
        shipment
        for shipment in floor.asked
        if jobs[shipment.id].argument.get("release") and shipment.status == ShipmentStatus.INVENTORY_ASSIGNED
    ]
    if not asked:
        return {}
    allowed, refused = admit_release(floor, asked)
    for shipment in allowed:
        release_admitted(changes, shipment, jobs[shipment.id].cause)
    return {refusal.subject_id: refusal for refusal in refused}


def admit_to_picklist(
    floor: FloorSet, shipments: Iterable[ShipmentUnderLock], *further: ShipmentGuard
) -> tuple[list[ShipmentUnderLock], list[Refusal]]:
    """Part shipments into those that may be packed and the refusals of the others (SH5, OL6, OL8)."""
    guards = (*on_shipments(floor, open_for_work, not_on_hold, covered), *further)
    return SHIPMENT.admit("add_to_picklist", shipments, guards=guards)


def _on_an_open_picklist(wanted: Mapping[int, int], still_open: Collection[int]) -> ShipmentGuard:
    """What waited until the others of its picklist had left must not join it: nobody looks at that paper again."""

    def guard(shipment: ShipmentUnderLock) -> Refusal | None:
        if wanted[shipment.id] in still_open:
            return None
        return Refusal(
            shipment.id,
            guard="picklist_closed",
            reason=f"picklist {wanted[shipment.id]} is completed",
            remedy="make a new picklist",
        )

    return guard


_LOCK_PICKLISTS = text("""
SELECT id, status FROM picklist WHERE id = ANY (CAST(:ids AS bigint[])) AND status = 'open' ORDER BY id FOR NO KEY UPDATE
""")
_STILL_ON = text("""
SELECT DISTINCT picklist_id FROM shipment
 WHERE picklist_id = ANY (CAST(:ids AS bigint[])) AND status NOT IN ('shipped', 'canceled')
   AND id <> ALL (CAST(:done AS bigint[]))
""")
_STILL_TO_COME = text("""
SELECT DISTINCT CAST(argument ->> 'picklist_id' AS bigint) FROM dispatch
 WHERE step = 'shipments.add_to_picklist' AND CAST(argument ->> 'picklist_id' AS bigint) = ANY (CAST(:ids AS bigint[]))
""")


class _OpenPicklist:
    """A locked picklist, as a subject of its machine. It belongs to no one order."""

    order_id = None

    def __init__(self, picklist_id: int, status: str) -> None:
        self.id = picklist_id
        self.status = status


def close_picklist(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Complete picklists of which the rest was canceled or refused; those that a shipment is about to join stay open."""
    changes = Changes(at=at)
    causes = {job.subject_id: job.cause for job in jobs}
    # Looked at first: a shipment that joins meanwhile is seen on the picklist.
    to_come = set(session.execute(_STILL_TO_COME, {"ids": sorted(causes)}).scalars())
    _close_if_done(
        session, changes, {key: cause for key, cause in causes.items() if key not in to_come}, leaving_out=()
    )
    changes.write(session)
    return Outcome(done=[job.subject_id for job in jobs])


def close_worked_off(
    session: Session, changes: Changes, shipments: Sequence[ShipmentUnderLock], causes: Mapping[int, Cause]
) -> None:
    """Complete the picklists on which nothing is left to do once these shipments, whose moves are in `changes`, are done."""
    touched = {each.picklist_id: causes[each.id] for each in shipments if each.picklist_id is not None}
    _close_if_done(session, changes, touched, leaving_out=[shipment.id for shipment in shipments])


def _close_if_done(
    session: Session, changes: Changes, picklists: Mapping[int, Cause], *, leaving_out: Sequence[int]
) -> None:
    if not picklists:
        return
    # Locked first and counted after: whoever waited for the lock must see what the other has done.
    locked = session.execute(_LOCK_PICKLISTS, {"ids": sorted(picklists)}).all()
    busy = set(session.execute(_STILL_ON, {"ids": sorted(picklists), "done": list(leaving_out)}).scalars())
    for row in locked:
        if row.id not in busy:
            picklist = _OpenPicklist(row.id, row.status)
            changes.move(PICKLIST, Picklist, picklist, "complete_picklist", picklists[row.id], completed_at=changes.at)
