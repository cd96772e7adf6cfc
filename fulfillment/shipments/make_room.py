"""Make room: pieces go that were promised, so shipments lose their assignment, the last in the queue first, and wait again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import Level, record
from fulfillment.inventory.on_hand import lock_levels
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import LineItem, PurchaseOrder, Shipment
from fulfillment.orders.queries import FloorSet, Line, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.orders.states import SHIPMENT, ShipmentStatus
from fulfillment.shipments.queue import queue_anew
from fulfillment.timeline.changes import Changes

# Whoever was never covered has no place in the queue, and loses first; then the last in it.
_PROMISED = text("""
SELECT s.id, s.order_id, l.product_id, sum(l.allocated)::bigint AS pieces
  FROM shipment s JOIN line_item l ON l.shipment_id = s.id JOIN purchase_order o ON o.id = s.order_id
 WHERE s.status IN ('pending', 'awaiting_inventory', 'inventory_assigned', 'released')
   AND s.warehouse_id = :warehouse AND l.product_id = ANY (CAST(:products AS bigint[])) AND l.allocated > 0
 GROUP BY s.id, s.order_id, l.product_id, o.id
 ORDER BY (o.covered_at IS NULL) DESC, o.priority, coalesce(o.covered_at, o.placed_at) DESC, s.id DESC
""")
_LEVELS = text("""
SELECT product_id, on_hand - allocated AS free FROM stock
 WHERE warehouse_id = :warehouse AND product_id = ANY (CAST(:products AS bigint[]))
""")
_SKUS = text("SELECT sku FROM product WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY sku")
_LOSES: Final = frozenset(
    {
        ShipmentStatus.PENDING,
        ShipmentStatus.AWAITING_INVENTORY,
        ShipmentStatus.INVENTORY_ASSIGNED,
        ShipmentStatus.RELEASED,
    }
)


@dataclass(frozen=True, slots=True)
class Room:
    """What was given back, in pieces by product, and the shipments that lost it."""

    freed: Mapping[int, int]
    shipments: Sequence[ShipmentUnderLock]


def make_room(
    session: Session,
    changes: Changes,
    warehouse_id: int,
    leaving: Mapping[int, int],
    cause: Cause,
    *,
    reason: str,
    besides: Collection[int] = (),
) -> Room:
    """
    Take assignments away until these pieces (by product) may leave a warehouse without anybody being oversold.

    A shipment loses all that it has there, goes back to its place in the queue, and is tried anew, in any warehouse. Locks
    orders, then stock, also that of products that the caller changes `besides`. Where so many are not there at all, nobody
    loses anything: `change_on_hand` refuses it. Raises Conflict where pieces are promised to shipments that are being packed,
    or where others took stock meanwhile.
    """
    promised = _promised(session, warehouse_id, leaving)
    wanted = _last_ones(promised, _short_now(session, warehouse_id, leaving))
    floor = lock_shipments(session, list(wanted), wanted.values())
    losing = [each for each in floor.asked if each.warehouse_id == warehouse_id and each.status in _LOSES]
    lines = lines_of(session, (shipment.id for shipment in losing))
    held = {line.product_id for each in lines.values() for line in each if line.product_id is not None}
    stock = lock_levels(session, warehouse_id, {*held, *leaving, *besides})
    short = _short(leaving, stock)
    _refuse_without_room(session, warehouse_id, wanted, short, lines)
    losing = _needed(promised, losing, lines, short)
    for order_id in {shipment.order_id for shipment in losing}:
        changes.raise_version(PurchaseOrder, floor.orders[order_id])
    freed: dict[int, int] = {}
    for shipment in losing:
        for product_id, pieces in _give_back(changes, shipment, lines[shipment.id], cause).items():
            freed[product_id] = freed.get(product_id, 0) + pieces
        _wait_again(session, changes, floor, shipment, lines[shipment.id], cause, reason)
    for product_id in sorted(freed):
        changes.publish("stock.gained", product_id, cause)
    return Room(freed, losing)


def _promised(session: Session, warehouse_id: int, leaving: Mapping[int, int]) -> list[Row[Any]]:
    return list(session.execute(_PROMISED, {"warehouse": warehouse_id, "products": sorted(leaving)}))


def _short_now(session: Session, warehouse_id: int, leaving: Mapping[int, int]) -> dict[int, int]:
    rows = session.execute(_LEVELS, {"warehouse": warehouse_id, "products": sorted(leaving)})
    free = {row.product_id: row.free for row in rows}
    return {product: pieces - free.get(product, 0) for product, pieces in leaving.items()}


def _short(leaving: Mapping[int, int], stock: Mapping[tuple[int, int], Level]) -> dict[int, int]:
    levels = {product: level for (product, _), level in stock.items()}
    if any(pieces > levels[product].on_hand for product, pieces in leaving.items()):
        return {}
    short = {product: pieces - levels[product].free for product, pieces in leaving.items()}
    return {product: pieces for product, pieces in short.items() if pieces > 0}


def _last_ones(promised: Iterable[Row[Any]], short: Mapping[int, int]) -> dict[int, int]:
    """Give the shipments (with their orders) whose pieces fill what is short, the last in the queue first."""
    left = dict(short)
    chosen: dict[int, int] = {}
    for row in promised:
        if left[row.product_id] > 0:
            chosen[row.id] = row.order_id
            left[row.product_id] -= row.pieces
    return chosen


def _needed(
    promised: Iterable[Row[Any]],
    losing: Iterable[ShipmentUnderLock],
    lines: Mapping[int, Sequence[Line]],
    short: Mapping[int, int],
) -> list[ShipmentUnderLock]:
    """Leave those alone that need not lose anything any more: pieces may have become free before they were locked."""
    left = dict(short)
    by_id = {shipment.id: shipment for shipment in losing}
    needed: list[ShipmentUnderLock] = []
    for shipment_id in dict.fromkeys(row.id for row in promised if row.id in by_id):
        held = [line for line in lines[shipment_id] if line.allocated and left.get(line.product_id or 0, 0) > 0]
        if held:
            needed.append(by_id[shipment_id])
        for line in lines[shipment_id] if held else ():
            if line.product_id in left:
                left[line.product_id] -= line.allocated
    return needed


def _refuse_without_room(
    session: Session,
    warehouse_id: int,
    wanted: Collection[int],
    short: Mapping[int, int],
    lines: Mapping[int, Sequence[Line]],
) -> None:
    left = dict(short)
    for line in (line for each in lines.values() for line in each):
        if line.product_id in left:
            left[line.product_id] -= line.allocated
    lacking = {product: pieces for product, pieces in left.items() if pieces > 0}
    if not lacking:
        return
    skus = list(session.execute(_SKUS, {"ids": sorted(lacking)}).scalars())
    if any(row.id not in wanted for row in _promised(session, warehouse_id, lacking)):
        raise Conflict(
            f"the stock of {', '.join(skus[:10])} changed meanwhile",
            code="changed_meanwhile",
            remedy="send it again",
            members={"skus": skus},
        )
    raise Conflict(
        f"pieces of {', '.join(skus[:10])} are promised to shipments that are being packed",
        code="being_packed",
        guard="being_packed",
        remedy="report what is missing as a short pick, or take those shipments off their picklist first",
        members={"skus": skus},
    )


def _give_back(changes: Changes, shipment: ShipmentUnderLock, lines: Iterable[Line], cause: Cause) -> dict[int, int]:
    freed: dict[int, int] = {}
    for line in lines:
        if line.allocated and line.product_id is not None and shipment.warehouse_id is not None:
            key = line.product_id, shipment.warehouse_id
            record(changes, MovementKind.DEALLOCATED, *key, line.allocated, cause, line_id=line.id)
            freed[line.product_id] = freed.get(line.product_id, 0) + line.allocated
            changes.set(LineItem, line.id, allocated=0)
            line.allocated = 0
    return freed


def _wait_again(
    session: Session,
    changes: Changes,
    floor: FloorSet,
    shipment: ShipmentUnderLock,
    lines: Sequence[Line],
    cause: Cause,
    reason: str,
) -> None:
    order, at = floor.order_of(shipment), changes.at
    detail = {"reason": reason, "warehouse_id": shipment.warehouse_id}
    entry = changes.note("shipment", shipment.id, order.id, "lose_assignment", cause, detail)
    shipment.warehouse_id = None
    changes.set(Shipment, shipment.id, warehouse_id=None)
    if shipment.status == ShipmentStatus.RELEASED:
        changes.move(SHIPMENT, Shipment, shipment, "withdraw", cause, because=entry, status_since=at)
    if shipment.status == ShipmentStatus.INVENTORY_ASSIGNED:
        changes.move(SHIPMENT, Shipment, shipment, "reopen", cause, because=entry, status_since=at)
    if order.covered_at is not None:
        queue_anew(session, changes, order, [(shipment, lines)], cause)
