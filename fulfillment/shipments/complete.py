"""Complete: the goods are handed to the carrier, stock leaves, and the money is taken (SH6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.inventory.models import BinMovementKind, MovementKind
from fulfillment.inventory.movements import Level, lock_stock, record
from fulfillment.inventory.places import Key, take_anywhere, whereabouts
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Job, Outcome, Refusal
from fulfillment.orders.guards import covered, not_on_hold, on_shipments, open_for_work
from fulfillment.orders.models import LineItem, Shipment
from fulfillment.orders.progress import follow_shipments
from fulfillment.orders.queries import FloorSet, Line, OrderUnderLock, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.orders.states import SHIPMENT
from fulfillment.shipments.labeled import Labels, labeled, labels_wanted
from fulfillment.shipments.picklist import close_worked_off
from fulfillment.timeline.changes import Changes


def complete(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """
    Ship: every piece of each shipment leaves its warehouse, and its capture is promised.

    Needs the picks of all its lines, and once it has parcels all pieces in them, or `confirm_all` in the job's argument; by a
    method that demands them also the labels of its parcels. A `tracking_number` may come with it (SH10).
    """
    by_shipment = {job.subject_id: job for job in jobs}
    floor = lock_shipments(session, list(by_shipment), (job.order_id for job in jobs))
    lines = lines_of(session, (shipment.id for shipment in floor.asked))
    confirmed = {job.subject_id for job in jobs if job.argument.get("confirm_all")}
    wanted = labels_wanted(session, floor.asked)
    allowed, refused = admit_completion(floor, floor.asked, lines, confirmed=confirmed, labels=wanted)
    stock = lock_stock(session, _keys(allowed, lines))
    changes = Changes(at=at)
    _take_from_bins(session, changes, stock, allowed, lines, {job.subject_id: job.cause for job in jobs})
    for shipment in allowed:
        job = by_shipment[shipment.id]
        _take_from_stock(changes, shipment, lines[shipment.id], job.cause)
        # Without one, that which was entered before stays.
        tracking = {name: job.argument[name] for name in ("tracking_number",) if job.argument.get(name)}
        _ship(changes, floor.order_of(shipment), shipment, "complete", job.cause, **tracking)
    causes = {job.subject_id: job.cause for job in jobs}
    close_worked_off(session, changes, allowed, causes)
    _follow(changes, floor, allowed, causes)
    changes.write(session)
    return Outcome(done=[shipment.id for shipment in allowed], refused=refused)


def complete_unshippable(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Complete shipments of items that need no shipping, as soon as they are covered: no hand is needed (OL17, AD6)."""
    causes = {job.subject_id: job.cause for job in jobs}
    floor = lock_shipments(session, list(causes), (job.order_id for job in jobs))
    asked = [shipment for shipment in floor.asked if not shipment.needs_shipping]
    guards = on_shipments(floor, open_for_work, not_on_hold, covered)
    allowed, refused = SHIPMENT.admit("complete_unshippable", asked, guards=guards)
    changes = Changes(at=at)
    for shipment in allowed:
        _ship(changes, floor.order_of(shipment), shipment, "complete_unshippable", causes[shipment.id])
    _follow(changes, floor, allowed, causes)
    changes.write(session)
    return Outcome(done=[shipment.id for shipment in allowed], refused=refused)


def admit_completion(
    floor: FloorSet,
    shipments: Iterable[ShipmentUnderLock],
    lines: Mapping[int, Sequence[Line]],
    *,
    confirmed: Collection[int] = (),
    labels: Labels = MappingProxyType({}),
) -> tuple[list[ShipmentUnderLock], list[Refusal]]:
    """
    Part shipments into those that may ship and the refusals of the others (SH6, OL6, OL8).

    All pieces of `lines` (by shipment) must be picked, and of one that has parcels packed, but for shipments that
    somebody `confirmed`. `labels` are the parcels of those that must not leave without one.
    """
    guards = (
        *on_shipments(floor, open_for_work, not_on_hold, covered),
        _picked(lines, confirmed),
        _packed(lines, confirmed),
        labeled(labels),
    )
    return SHIPMENT.admit("complete", shipments, guards=guards)


def _picked(
    lines: Mapping[int, Sequence[Line]], confirmed: Collection[int]
) -> Callable[[ShipmentUnderLock], Refusal | None]:
    def guard(shipment: ShipmentUnderLock) -> Refusal | None:
        if shipment.id in confirmed:
            return None
        missing = sum(line.quantity - line.picked for line in lines[shipment.id])
        if missing == 0:
            return None
        return Refusal(
            shipment.id,
            guard="not_picked",
            reason=f"{missing} pieces of shipment {shipment.number} are not picked",
            remedy="record the picks, or complete with confirm_all",
        )

    return guard


def _packed(
    lines: Mapping[int, Sequence[Line]], confirmed: Collection[int]
) -> Callable[[ShipmentUnderLock], Refusal | None]:
    """Nobody forgets what lies beside the box: a shipment that is packed in parcels is packed whole."""

    def guard(shipment: ShipmentUnderLock) -> Refusal | None:
        packed = sum(line.packed for line in lines[shipment.id])
        missing = sum(line.quantity for line in lines[shipment.id]) - packed
        if shipment.id in confirmed or not packed or not missing:
            return None
        return Refusal(
            shipment.id,
            guard="not_packed",
            reason=f"{missing} pieces of shipment {shipment.number} are in no parcel",
            remedy="put them into a parcel, or unpack its parcels",
        )

    return guard


def _keys(shipments: Sequence[ShipmentUnderLock], lines: Mapping[int, Sequence[Line]]) -> list[tuple[int, int]]:
    return [
        (line.product_id, shipment.warehouse_id)
        for shipment in shipments
        for line in lines[shipment.id]
        if line.product_id is not None and shipment.warehouse_id is not None
    ]


def _take_from_stock(changes: Changes, shipment: ShipmentUnderLock, lines: Sequence[Line], cause: Cause) -> None:
    for line in lines:
        if line.product_id is not None and shipment.warehouse_id is not None:
            record(
                changes,
                MovementKind.SHIPPED,
                line.product_id,
                shipment.warehouse_id,
                line.quantity,
                cause,
                line_id=line.id,
            )
            changes.set(LineItem, line.id, allocated=0)


def _take_from_bins(
    session: Session,
    changes: Changes,
    stock: Mapping[Key, Level],
    shipments: Sequence[ShipmentUnderLock],
    lines: Mapping[int, Sequence[Line]],
    causes: Mapping[int, Cause],
) -> None:
    """Pieces that leave without having been picked were taken as their bins are walked."""
    if not (binned := {key: level for key, level in stock.items() if level.in_bins}):
        return
    lying = whereabouts(session, binned)
    for shipment in shipments:
        for line in lines[shipment.id]:
            key = (line.product_id or 0, shipment.warehouse_id or 0)
            if key in lying and line.picked < line.quantity:
                unpicked = line.quantity - line.picked
                cause = causes[shipment.id]
                take_anywhere(changes, BinMovementKind.SHIPPED, key, unpicked, lying[key], cause, line_id=line.id)


def _ship(
    changes: Changes, order: OrderUnderLock, shipment: ShipmentUnderLock, verb: str, cause: Cause, **columns: Any
) -> None:
    entry = changes.move(
        SHIPMENT, Shipment, shipment, verb, cause, shipped_at=changes.at, status_since=changes.at, **columns
    )
    unmailed = () if order.customer_email and shipment.needs_shipping else ("notifications.shipped",)
    changes.publish("shipment.shipped", shipment.id, cause, order_id=order.id, because=entry, leaving_out=unmailed)


def _follow(
    changes: Changes, floor: FloorSet, shipped: Sequence[ShipmentUnderLock], causes: Mapping[int, Cause]
) -> None:
    """Let each order follow its shipments, once, because of the last of them."""
    last = {shipment.order_id: causes[shipment.id] for shipment in shipped}
    for order_id, cause in last.items():
        follow_shipments(changes, floor.orders[order_id], floor.by_order[order_id], cause)
