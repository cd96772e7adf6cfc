"""Stock follows an edit: what is not needed any more is free at once, what is needed besides is assigned anew (SH1 to SH3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.checkout.reserve import ToReserve, reserve
from fulfillment.editing.content import Content, EditedShipment, Part
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import record
from fulfillment.inventory.shelves import lock_shelves
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import Shipment
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.orders.states import SHIPMENT, ShipmentStatus
from fulfillment.timeline.changes import Changes

_STOP_WAITING = text("DELETE FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[])) RETURNING product_id")


def follow_stock(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    before: Content,
    after: Content,
    cause: Cause,
) -> None:
    """
    Move units as the edit moved pieces, writing into `after` what is allocated and from where.

    Raises Conflict `out_of_stock` where a product that denies a shortage is short.
    """
    touched = _touched_products(before, after)
    if not touched:
        return
    # All at once and before anything moves, in the order that all verbs use.
    lock_shelves(session, touched, at=changes.at)
    freed = _move(changes, before, after, cause)
    _reserve(session, changes, order, after, cause)
    for shipment in after.shipments.values():
        if not shipment.is_done and not any(part.allocated for _, part in after.rows_in(shipment.id)):
            shipment.warehouse_id = None
    for product_id in sorted(freed):
        changes.publish("stock.gained", product_id, cause)


def follow_states(
    session: Session,
    changes: Changes,
    before: Content,
    after: Content,
    touched: Iterable[EditedShipment],
    cause: Cause,
    *,
    because: int | None,
) -> list[EditedShipment]:
    """
    Move shipments where the edit has brought them; give those that are to go on from where they are now.

    One that was released is withdrawn; one that lacks pieces, or that waited for others than now, is to be assigned again
    with what it has; one in which nothing is left is canceled.
    """
    moved: list[EditedShipment] = []
    stopped: list[int] = []
    at = changes.at
    for shipment in (after.shipments[each.id] for each in touched):
        rows = after.rows_in(shipment.id)
        if not rows:
            changes.move(SHIPMENT, Shipment, shipment, "cancel", cause, because=because, status_since=at)
            stopped.append(shipment.id)
            continue
        if shipment.status == ShipmentStatus.RELEASED:
            changes.move(SHIPMENT, Shipment, shipment, "withdraw", cause, because=because, status_since=at)
            moved.append(shipment)
        if _must_be_assigned_again(before, after, shipment):
            changes.move(SHIPMENT, Shipment, shipment, "reopen", cause, because=because, status_since=at)
            stopped.append(shipment.id)
            moved.append(shipment)
    for product_id in sorted(set(session.execute(_STOP_WAITING, {"ids": stopped}).scalars()) if stopped else ()):
        changes.publish("stock.gained", product_id, cause)
    new = [shipment for shipment in after.shipments.values() if shipment.id not in before.shipments]
    return list({shipment.id: shipment for shipment in [*moved, *new]}.values())


def _must_be_assigned_again(before: Content, after: Content, shipment: EditedShipment) -> bool:
    if _pieces(before, shipment.id) == _pieces(after, shipment.id):
        return False
    if shipment.status == ShipmentStatus.AWAITING_INVENTORY:
        return True
    missing = any(part.allocated < part.quantity for _, part in after.rows_in(shipment.id))
    return shipment.status == ShipmentStatus.INVENTORY_ASSIGNED and missing


def _touched_products(before: Content, after: Content) -> set[int]:
    """The products of which pieces come, go or change places."""
    was, now = _by_row(before), _by_row(after)
    rows = [*before.rows, *after.rows]
    return {
        item.product.id
        for item, part in rows
        if item.product is not None and item.needs_shipping and was.get(part.id) != now.get(part.id)
    }


def _by_row(content: Content) -> dict[int, tuple[int, int]]:
    return {part.id: (part.shipment_id, part.quantity) for _, part in content.rows}


def _pieces(content: Content, shipment_id: int) -> list[tuple[int, int, int, int | None]]:
    warehouse_id = content.shipments[shipment_id].warehouse_id
    return [(part.id, part.quantity, part.allocated, warehouse_id) for _, part in content.rows_in(shipment_id)]


def _move(changes: Changes, before: Content, after: Content, cause: Cause) -> set[int]:
    """Take from each row what it does not need any more, give it to the rows split off, and the rest back; give what products."""
    now = {part.id: part for _, part in after.rows}
    freed: set[int] = set()
    for item, was in before.rows:
        warehouse_id = before.shipments[was.shipment_id].warehouse_id
        if item.product is None or warehouse_id is None or not was.allocated:
            continue
        product_id = item.product.id
        spare = was.allocated - _kept(after, now.get(was.id), was, warehouse_id)
        if spare:
            record(changes, MovementKind.DEALLOCATED, product_id, warehouse_id, spare, cause, line_id=was.id)
        for part in now.values():
            if part.source == was.id and after.shipments[part.shipment_id].warehouse_id == warehouse_id:
                part.allocated = min(spare, part.quantity)
                spare -= part.allocated
                if part.allocated:
                    record(
                        changes,
                        MovementKind.ALLOCATED,
                        product_id,
                        warehouse_id,
                        part.allocated,
                        cause,
                        line_id=part.id,
                    )
        if spare:
            freed.add(product_id)
    return freed


def _kept(after: Content, now: Part | None, was: Part, warehouse_id: int) -> int:
    """Let a row keep what it needs of what it has, unless its pieces go with others that lie elsewhere."""
    if now is None:
        return 0
    fits = after.shipments[now.shipment_id].warehouse_id == warehouse_id
    now.allocated = min(was.allocated, now.quantity) if fits else 0
    return now.allocated


def _reserve(session: Session, changes: Changes, order: OrderUnderLock, after: Content, cause: Cause) -> None:
    """Take at once what may not be short."""
    wanted = [
        (part, _lacking(part, item.product.id, item.sku, after.shipments[part.shipment_id]))
        for item, part in after.rows
        if item.product is not None and item.needs_shipping and item.product.denies_shortage
        if part.allocated < part.quantity and not after.shipments[part.shipment_id].is_done
    ]
    held = {
        part.shipment_id: after.shipments[part.shipment_id].warehouse_id for _, part in after.rows if part.allocated
    }
    since: datetime | None = order.covered_at
    found = reserve(
        session,
        changes,
        [line for _, line in wanted],
        order.priority,
        cause,
        warehouses=held,
        since=since,
        sourcing=order.sourcing or (),
    )
    for part, line in wanted:
        part.allocated = part.quantity
        after.shipments[line.shipment_id].warehouse_id = found[line.shipment_id]


def _lacking(part: Part, product_id: int, sku: str, shipment: EditedShipment) -> ToReserve:
    missing = part.quantity - part.allocated
    return ToReserve(part.shipment_id, part.id, product_id, sku, missing, shipment.ship_to)
