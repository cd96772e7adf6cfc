"""Assign inventory: all of a shipment from one warehouse, or it waits and takes nothing, unless its market splits it (SH1-SH3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.shelves import Place, Shelves, Waiter, lock_shelves, waiting_before
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Job, Outcome
from fulfillment.orders.guards import on_shipments, open_for_work
from fulfillment.orders.queries import FloorSet, Line, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.orders.states import SHIPMENT, ShipmentStatus
from fulfillment.shipments.preorder import Preorders
from fulfillment.shipments.queue import fill, needs_of, wait
from fulfillment.shipments.release import release_assigned
from fulfillment.shipments.source import Sources, fill_in_parts, may_be_shared
from fulfillment.timeline.changes import Changes

_STOP_WAITING = text("DELETE FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[]))")
_HEAD_OF_QUEUE = text("""
SELECT shipment_id, order_id, priority, since, not_before FROM waiting_line
 WHERE product_id = :product
   AND (-priority, since, shipment_id) > (-CAST(:priority AS bigint), CAST(:since AS timestamptz), CAST(:last AS bigint))
 ORDER BY priority DESC, since, shipment_id LIMIT :most
""")
_LEFT = text("""
SELECT DISTINCT product_id FROM stock WHERE product_id = ANY (CAST(:ids AS bigint[])) AND on_hand - allocated > safety
""")
_TRIED_AT_ONCE: Final = 500
_BEFORE_ALL: Final = {"priority": 2**31, "since": "-infinity", "last": 0}


def assign(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """
    Give each shipment its units from the best warehouse that has all of them, in the order of the queue.

    By default that is the first by priority. A shipment that is short awaits inventory, or is split as its market says; a
    later one never takes a unit that an earlier waiting one needs, unless that one's market fills greedily.
    """
    causes = {job.subject_id: job.cause for job in jobs}
    preorders = Preorders(jobs)
    floor = lock_shipments(session, list(causes), (job.order_id for job in jobs))
    guards = (*on_shipments(floor, open_for_work), preorders.or_covered(floor))
    allowed, refused = SHIPMENT.admit("assign_inventory", floor.asked, guards=guards)
    preorders.stand_by_payment(session, floor, allowed)
    lines = lines_of(session, (shipment.id for shipment in allowed))
    needs = {shipment.id: needs_of(lines[shipment.id]) for shipment in allowed}
    shelves = lock_shelves(session, (product for each in needs.values() for product in each), at=at)
    changes = Changes(at=at)
    no_longer_waiting: list[int] = []
    filled: list[tuple[ShipmentUnderLock, int, Cause]] = []
    sources = Sources(session, floor, allowed)
    for shipment in _in_turn(session, floor, allowed, needs, shelves, preorders, at=at):
        order, cause, needed = floor.order_of(shipment), causes[shipment.id], needs[shipment.id]
        was = shipment.status
        parts = _given(session, changes, floor, shipment, lines[shipment.id], needed, shelves, sources, cause)
        if parts:
            filled += parts
            if was == ShipmentStatus.AWAITING_INVENTORY:
                no_longer_waiting.append(shipment.id)
            continue
        if not (order.fills_greedily or preorders.is_ahead(shipment, at)):
            for product_id, quantity in needed.items():
                shelves.keep(product_id, quantity, only=shipment.warehouse_id)
        if shipment.status == ShipmentStatus.PENDING:
            place = preorders.place_of(order, shipment)
            wait(changes, order, shipment, needed, cause, since=place.since, not_before=preorders.date_of(shipment))
    release_assigned(changes, floor, filled)
    if no_longer_waiting:
        session.execute(_STOP_WAITING, {"ids": no_longer_waiting})
    changes.write(session)
    return Outcome(done=[shipment.id for shipment in allowed], refused=refused)


def _given(
    session: Session,
    changes: Changes,
    floor: FloorSet,
    shipment: ShipmentUnderLock,
    lines: list[Line],
    needed: Mapping[int, int],
    shelves: Shelves,
    sources: Sources,
    cause: Cause,
) -> list[tuple[ShipmentUnderLock, int, Cause]]:
    """Fill a shipment, whole or in parts as its market wants it; give what was filled, each with its entry, or nothing."""
    order = floor.order_of(shipment)
    choice = sources.choose(shelves, shipment, needed)
    if choice.warehouse_id is not None:
        shelves.take(choice.warehouse_id, needed)
        entry = fill(changes, order, shipment, choice.warehouse_id, lines, cause, sourced=choice.told)
        return [(shipment, entry, cause)]
    if not may_be_shared(lines, order):
        return []
    parcels, rest = sources.share(shelves, shipment, needed)
    if not parcels:
        return []
    for parcel in parcels:
        shelves.take(parcel.warehouse_id, parcel.pieces)
    if not order.fills_greedily:
        for product_id, quantity in rest.items():
            shelves.keep(product_id, quantity)
    return fill_in_parts(session, changes, floor, shipment, lines, parcels, rest, cause)


def assign_waiting(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Try again, in order, the shipments that wait for products of which there is more now."""
    waiting: dict[int, Job] = {}
    further: dict[int, tuple[Job, dict[str, Any]]] = {}
    for job in jobs:
        start = job.argument.get("after") or _BEFORE_ALL
        parameters = {"product": job.subject_id, "most": _TRIED_AT_ONCE, **cast("dict[str, Any]", start)}
        head = session.execute(_HEAD_OF_QUEUE, parameters).all()
        for row in head:
            stands = {"since": row.since, "not_before": row.not_before}
            waiting.setdefault(row.shipment_id, Job(row.shipment_id, job.cause, row.order_id, stands))
        if len(head) == _TRIED_AT_ONCE:
            last = head[-1]
            after = {"priority": last.priority, "since": last.since.isoformat(), "last": last.shipment_id}
            further[job.subject_id] = (job, after)
    # All at once: order locks taken after stock locks would meet another set the other way round.
    assign(session, list(waiting.values()), at=at)
    _go_further(session, further, at=at)
    return Outcome(done=[job.subject_id for job in jobs])


def _go_further(session: Session, further: Mapping[int, tuple[Job, dict[str, Any]]], *, at: datetime) -> None:
    """Promise to try the rest of the queues, of those products of which anything is left."""
    if not further:
        return
    changes = Changes(at=at)
    for product_id in sorted(session.execute(_LEFT, {"ids": sorted(further)}).scalars()):
        job, after = further[product_id]
        changes.publish("stock.gained", product_id, job.cause, argument={"after": after})
    changes.write(session)


def _in_turn(
    session: Session,
    floor: FloorSet,
    shipments: Sequence[ShipmentUnderLock],
    needs: Mapping[int, Mapping[int, int]],
    shelves: Shelves,
    preorders: Preorders,
    *,
    at: datetime,
) -> Iterator[ShipmentUnderLock]:
    """Give the shipments by their place in the queue; before each, keep aside what those ahead of it wait for."""
    places = sorted((preorders.place_of(floor.order_of(shipment), shipment), shipment.id) for shipment in shipments)
    by_id = {shipment.id: shipment for shipment in shipments}
    waiters = iter(_waiters(session, places, needs, shelves, at=at))
    ahead = next(waiters, None)
    for place, shipment_id in places:
        while ahead is not None and ahead.place < place:
            shelves.keep(ahead.product_id, ahead.quantity, only=ahead.warehouse_id)
            ahead = next(waiters, None)
        yield by_id[shipment_id]


def _waiters(
    session: Session,
    places: Sequence[tuple[Place, int]],
    needs: Mapping[int, Mapping[int, int]],
    shelves: Shelves,
    *,
    at: datetime,
) -> list[Waiter]:
    """Give the others ahead in the queue, for products of which there is anything to keep."""
    wanted = {product for each in needs.values() for product in each}
    products = [product for product in wanted if shelves.has_any(product)]
    if not products:
        return []
    asked = (shipment_id for _, shipment_id in places)
    return waiting_before(session, products, places[-1][0], at=at, leaving_out=asked)
