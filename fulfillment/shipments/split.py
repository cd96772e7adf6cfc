"""Split: some pieces of a shipment become a shipment of their own, to the same address; its money is shared to the last unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import lock_stock, record
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import prorate_with_own
from fulfillment.orders.guards import not_on_hold, open_for_work
from fulfillment.orders.models import LineItem, PurchaseOrder, Shipment
from fulfillment.orders.queries import FloorSet, Line, OrderUnderLock, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.orders.states import ShipmentStatus
from fulfillment.shipments.queue import fill, queue_anew
from fulfillment.shipments.release import release_assigned
from fulfillment.timeline.changes import Changes

_SHIPMENT = text("""
SELECT form_id, needs_shipping, ship_to, shipping_method FROM shipment WHERE id = :id
""")
_ROWS = text("SELECT * FROM line_item WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id")
_SPLITTABLE = (
    ShipmentStatus.PENDING,
    ShipmentStatus.AWAITING_INVENTORY,
    ShipmentStatus.INVENTORY_ASSIGNED,
    ShipmentStatus.RELEASED,
)
_UNBOUND = (ShipmentStatus.PENDING, ShipmentStatus.AWAITING_INVENTORY)


@dataclass(frozen=True, slots=True)
class SplitOff:
    """A shipment that was begun in a change, and what is in it."""

    shipment: ShipmentUnderLock
    lines: list[Line]


def split(
    session: Session, shipment_id: int, pieces: Mapping[int, int], *, cause: Cause, at: datetime
) -> ShipmentUnderLock:
    """
    Let some pieces of a shipment (by line) travel by themselves; give their shipment.

    What is allocated stays with the shipment as far as it needs it, so pieces that were waited for go first and are waited
    for after it as before. What the way costs, the shipment keeps. Raises NotFound, Invalid, or Conflict where it is being
    packed, done, on hold, or nothing would be left in it.
    """
    floor = lock_shipments(session, [shipment_id])
    if not floor.asked:
        raise NotFound(f"no shipment {shipment_id}")
    [shipment] = floor.asked
    order = floor.order_of(shipment)
    if (refusal := refusal_to_split(order, shipment)) is not None:
        raise refusal.as_error()
    lines = lines_of(session, [shipment.id])[shipment.id]
    if shipment.warehouse_id is not None:
        lock_stock(session, [(each.product_id, shipment.warehouse_id) for each in lines if each.product_id is not None])
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    before = shipment.status
    off = split_off(session, changes, floor, shipment, lines, pieces, cause)
    if before == ShipmentStatus.AWAITING_INVENTORY:
        queue_anew(session, changes, order, [(shipment, lines), (off.shipment, off.lines)], cause)
    elif before == ShipmentStatus.PENDING:
        if order.covered_at is not None:
            changes.publish("shipment.covered", off.shipment.id, cause, order_id=order.id)
    elif shipment.warehouse_id is not None:
        entry = fill(changes, order, off.shipment, shipment.warehouse_id, off.lines, cause)
        release_assigned(changes, floor, [(off.shipment, entry, cause)])
    changes.write(session)
    return off.shipment


def refusal_to_split(order: OrderUnderLock, shipment: ShipmentUnderLock) -> Refusal | None:
    """Say why a shipment must not be split now: held, done, in the hands of a packer, or nothing that travels."""
    refusal = open_for_work(order, shipment.id) or not_on_hold(order, shipment.id)
    if refusal is not None:
        return refusal
    if not shipment.needs_shipping:
        return Refusal(
            shipment.id,
            guard="needs_no_shipping",
            reason=f"nothing in shipment {shipment.number} needs shipping",
            remedy="nothing is to be done: it completes by itself once it is covered",
        )
    if shipment.status in _SPLITTABLE:
        return None
    packing = shipment.status == ShipmentStatus.PACKING
    return Refusal(
        shipment.id,
        guard="packing" if packing else "shipment_closed",
        reason=f"shipment {shipment.number} is {'being packed' if packing else shipment.status}",
        remedy="take it off its picklist first, or report what is missing as a short pick"
        if packing
        else "split another",
    )


def split_off(
    session: Session,
    changes: Changes,
    floor: FloorSet,
    shipment: ShipmentUnderLock,
    lines: list[Line],
    pieces: Mapping[int, int],
    cause: Cause,
) -> SplitOff:
    """
    Begin a pending shipment with these pieces (by line) of a locked one, and take them out of `lines`.

    Pieces that are not allocated go first, and none that were picked; stock rows of what moves allocated must be locked. The
    caller moves the new shipment on. Raises NotFound, Invalid, or Conflict where nothing would be left.
    """
    order = floor.order_of(shipment)
    known = {line.id: line for line in lines}
    _refuse_misfit(shipment, known, pieces)
    ids = iter(take_ids(session, 1 + len(pieces)))
    new = _begin(session, changes, floor, shipment, next(ids))
    rows = {row["id"]: dict(row) for row in session.execute(_ROWS, {"ids": sorted(pieces)}).mappings()}
    moved: list[Line] = []
    for line_id in sorted(pieces):
        line = known[line_id]
        part = _part(changes, line, rows[line_id], pieces[line_id], next(ids), new.id, shipment.warehouse_id, cause)
        if part is line:
            lines.remove(line)
        moved.append(part)
    amount = sum(line.amount for line in moved)
    shipment.amount -= amount
    new.amount = amount
    if any(line.allocated for line in moved):
        new.warehouse_id = shipment.warehouse_id
    changes.set(Shipment, new.id, amount=amount, warehouse_id=new.warehouse_id)
    if shipment.status in _UNBOUND and not any(line.allocated for line in lines):
        shipment.warehouse_id = None  # nothing of it lies there any more
    changes.set(Shipment, shipment.id, amount=shipment.amount, warehouse_id=shipment.warehouse_id)
    detail = {
        "from": shipment.number,
        "to": new.number,
        "pieces": [{"sku": rows[line_id]["sku"], "quantity": pieces[line_id]} for line_id in sorted(pieces)],
        "amount": amount,
    }
    for each in (shipment, new):
        changes.note("shipment", each.id, order.id, "split", cause, detail)
    return SplitOff(new, moved)


def _refuse_misfit(shipment: ShipmentUnderLock, known: Mapping[int, Line], pieces: Mapping[int, int]) -> None:
    for line_id, quantity in pieces.items():
        _refuse_unless_there(shipment, known, line_id, quantity)
    if all(pieces.get(line.id) == line.quantity for line in known.values()):
        raise Conflict(
            f"nothing would be left in shipment {shipment.number}",
            code="split_leaves_nothing",
            guard="something_stays",
            remedy="leave a piece in it",
        )


def _refuse_unless_there(shipment: ShipmentUnderLock, known: Mapping[int, Line], line_id: int, quantity: int) -> None:
    if (line := known.get(line_id)) is None:
        raise NotFound(f"line {line_id} is not in shipment {shipment.number}", remedy="read the shipment again")
    if quantity < 1:
        raise Invalid(f"line {line_id}: {quantity} pieces", code="no_pieces", remedy="leave the line out")
    free = line.quantity - max(line.picked, line.refunded_quantity)
    if quantity > free:
        raise Conflict(
            f"line {line_id}: {quantity} pieces to split off, {free} may go",
            code="too_many_pieces",
            guard="pieces_there",
            remedy="name fewer: pieces that were picked or refunded stay where they are",
            members={"line_id": line_id, "most": free},
        )


def _begin(
    session: Session, changes: Changes, floor: FloorSet, shipment: ShipmentUnderLock, new_id: int
) -> ShipmentUnderLock:
    siblings = floor.by_order[shipment.order_id]
    number = f"{floor.order_of(shipment).number}-{len(siblings) + 1}"
    new = ShipmentUnderLock(new_id, shipment.order_id, number, ShipmentStatus.PENDING, True, 0, None, None, False)
    row: dict[str, Any] = dict(session.execute(_SHIPMENT, {"id": shipment.id}).mappings().one())
    changes.begin(
        Shipment,
        {
            **row,
            "id": new.id,
            "order_id": new.order_id,
            "number": number,
            "status": new.status,
            "shipping_amount": 0,
            "amount": 0,
            "warehouse_id": None,
            "picklist_id": None,
            "tracking_number": None,
            "shipped_at": None,
            "status_since": changes.at,
        },
    )
    siblings.append(new)
    return new


def _part(
    changes: Changes,
    line: Line,
    row: dict[str, Any],
    quantity: int,
    new_id: int,
    shipment_id: int,
    warehouse_id: int | None,
    cause: Cause,
) -> Line:
    """Give the pieces that go: the line itself where all of it goes, else a further row with its share of the money."""
    if quantity == line.quantity:
        line.shipment_id = shipment_id
        changes.set(LineItem, line.id, shipment_id=shipment_id)
        return line
    allocated = max(0, quantity - (line.quantity - line.allocated)) if line.product_id is not None else 0
    stays = line.quantity - quantity
    (off, own_off), (off_goes, own_off_goes) = prorate_with_own(row["discount"], row["own_discount"], [stays, quantity])
    (tax, own_tax), (tax_goes, own_tax_goes) = prorate_with_own(row["tax"], row["own_tax"], [stays, quantity])
    goes = {"discount": off_goes, "own_discount": own_off_goes, "tax": tax_goes, "own_tax": own_tax_goes}
    remains = {"discount": off, "own_discount": own_off, "tax": tax, "own_tax": own_tax}
    amount = row["price"] * quantity - off_goes + tax_goes
    line.amount -= amount
    line.quantity = stays
    line.allocated -= allocated
    changes.set(LineItem, line.id, quantity=stays, allocated=line.allocated, amount=line.amount, **remains)
    new = Line(new_id, line.order_id, shipment_id, line.product_id, quantity, allocated, 0, 0, 0, amount)
    counts = {"quantity": quantity, "allocated": allocated, "picked": 0, "refunded_quantity": 0, "amount": amount}
    changes.begin(LineItem, {**row, **goes, **counts, "id": new_id, "shipment_id": shipment_id})
    if allocated and line.product_id is not None and warehouse_id is not None:
        for kind, line_id in ((MovementKind.DEALLOCATED, line.id), (MovementKind.ALLOCATED, new_id)):
            record(changes, kind, line.product_id, warehouse_id, allocated, cause, line_id=line_id)
    return new
