"""
Short pick: pieces are not where they should be. They leave the books, and their line is sourced again.

What is there of the shipment ships, and is paid, alone; or the whole waits, as its market or the picker says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.bins import bin_ids
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import record
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.inventory.places import whereabouts
from fulfillment.inventory.shelves import read_shelves, waiting_before
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import LineItem, PurchaseOrder, Shipment
from fulfillment.orders.queries import Line, OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import SHIPMENT
from fulfillment.picking.close import put_all_down
from fulfillment.picking.sheet import Sheet, lock_sheet, shipments_of_lines
from fulfillment.shipments.pick import refusal_to_pick
from fulfillment.shipments.picklist import close_worked_off
from fulfillment.shipments.queue import place_in_queue, queue_anew
from fulfillment.shipments.split import split_off
from fulfillment.timeline.changes import Changes

_SKU = text("SELECT sku FROM product WHERE id = :id")


class ShortReason(StrEnum):
    """Why pieces were not picked."""

    OUT_OF_STOCK = "out_of_stock"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_FOUND = "not_found"


class Then(StrEnum):
    """What becomes of the rest of the shipment: it ships alone, or waits with the missing pieces."""

    SPLIT = "split"
    WAIT = "wait"


class Became(StrEnum):
    """What became of the missing pieces: others lie in this warehouse, they wait apart, or all of it waits."""

    TAKE_OTHERS = "take_others"
    SPLIT = "split"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Short:
    """Pieces of a line that are missing, all that is not picked of it where `quantity` is None; in this bin, where it is known."""

    line_id: int
    reason: ShortReason
    quantity: int | None = None
    bin: str | None = None
    then: Then | None = None


@dataclass(frozen=True, slots=True)
class ShortPicked:
    """What became of it, and the shipment that the missing pieces are in now."""

    quantity: int
    became: Became
    shipment_id: int


def short_pick(session: Session, picklist_id: int, short: Short, *, cause: Cause, at: datetime) -> ShortPicked:
    """
    Write off what is missing of a line, with its reason, and let the line have other pieces.

    Are there free ones in this warehouse for which nobody waits before, it stays and is picked from them. Else `then`
    decides, or the market: where it splits shipments the missing pieces go into one of their own that is sourced anew.
    Raises NotFound, Invalid for an unknown bin, Conflict where so many are not missing, the shipment is held or canceled, or
    the picklist is completed or another picker's.
    """
    changes = Changes(at=at)
    sheet = lock_sheet(session, changes, picklist_id, shipments_of_lines(session, picklist_id, [short.line_id]), cause)
    line = sheet.line(short.line_id)
    shipment = sheet.shipments[line.shipment_id]
    order = sheet.floor.order_of(shipment)
    if (refusal := refusal_to_pick(order, shipment)) is not None:
        raise refusal.as_error()
    quantity = _missing(line, short.quantity)
    bin_ids(session, sheet.warehouse_id, [short.bin])
    became = _find_others(session, sheet, order, shipment, line, quantity, at=at)
    if became != Became.TAKE_OTHERS:
        _take_away(changes, sheet, line, quantity, cause)
    _write_off(session, changes, sheet, line, quantity, short, cause, freed=became != Became.TAKE_OTHERS)
    ends_in = shipment
    if became != Became.TAKE_OTHERS:
        became, ends_in = _source_again(session, changes, sheet, order, shipment, line, quantity, short.then, cause)
    changes.raise_version(PurchaseOrder, order)
    detail = {"line_id": line.id, "quantity": quantity, "reason": short.reason, "became": became}
    changes.note("shipment", shipment.id, order.id, "short_pick", cause, detail)
    changes.write(session)
    return ShortPicked(quantity, became, ends_in.id)


def _missing(line: Line, quantity: int | None) -> int:
    missing = line.quantity - line.picked
    if line.product_id is None or missing == 0 or (quantity or 0) > missing:
        raise Conflict(
            f"line {line.id}: {missing} pieces are not picked yet",
            code="nothing_missing" if not missing or line.product_id is None else "too_many_pieces",
            guard="pieces_missing",
            remedy="unpick first what is not there after all, or name fewer",
            members={"line_id": line.id, "most": missing},
        )
    return missing if quantity is None else quantity


def _find_others(
    session: Session,
    sheet: Sheet,
    order: OrderUnderLock,
    shipment: ShipmentUnderLock,
    line: Line,
    quantity: int,
    *,
    at: datetime,
) -> Became | None:
    """Say whether this warehouse has as many free pieces besides, for which nobody waits who comes before."""
    assert line.product_id is not None, "charges are not picked"
    shelves = read_shelves(session, [line.product_id], at=at)
    before = waiting_before(
        session, [line.product_id], place_in_queue(order, shipment), leaving_out=[shipment.id], at=at
    )
    for waiter in before:
        shelves.keep(waiter.product_id, waiter.quantity, only=waiter.warehouse_id)
    enough = shelves.available(line.product_id, sheet.warehouse_id) >= quantity
    return Became.TAKE_OTHERS if enough else None


def _take_away(changes: Changes, sheet: Sheet, line: Line, quantity: int, cause: Cause) -> None:
    assert line.product_id is not None, "charges are not picked"
    line.allocated -= quantity
    changes.set(LineItem, line.id, allocated=line.allocated)
    record(changes, MovementKind.DEALLOCATED, line.product_id, sheet.warehouse_id, quantity, cause, line_id=line.id)


def _write_off(
    session: Session,
    changes: Changes,
    sheet: Sheet,
    line: Line,
    quantity: int,
    short: Short,
    cause: Cause,
    *,
    freed: bool,
) -> None:
    """Take the pieces off the books: in the bin that was named, then as the bins are walked, then beside them."""
    assert line.product_id is not None, "charges are not picked"
    key = (line.product_id, sheet.warehouse_id)
    lying = whereabouts(session, {key: sheet.stock[key]})[key]
    bins = dict(
        sorted(lying.bins.items(), key=lambda each: lying.codes[each[0]] != short.bin)
    )  # stable: walked as before
    lying.bins = bins
    sku = session.execute(_SKU, {"id": line.product_id}).scalar_one()
    counts = [
        Count(line.product_id, sku, -pieces, lying.codes[bin_id]) for bin_id, pieces in lying.take_anywhere(quantity)
    ]
    if rest := quantity + sum(each.quantity for each in counts):
        counts.append(Count(line.product_id, sku, -rest))
    given_back = {line.product_id: quantity} if freed else {}
    why = Why(reason=short.reason, note=f"line {line.id}")
    change_on_hand(
        session, changes, MovementKind.SHORT_PICKED, sheet.warehouse_id, counts, cause, why, freed=given_back
    )


def _source_again(
    session: Session,
    changes: Changes,
    sheet: Sheet,
    order: OrderUnderLock,
    shipment: ShipmentUnderLock,
    line: Line,
    quantity: int,
    then: Then | None,
    cause: Cause,
) -> tuple[Became, ShipmentUnderLock]:
    lines = sheet.lines[shipment.id]
    rest = sum(each.quantity for each in lines) - quantity
    splits = order.splits != "never" if then is None else then == Then.SPLIT
    if splits and rest:
        off = split_off(session, changes, sheet.floor, shipment, lines, {line.id: quantity}, cause)
        queue_anew(session, changes, order, [(off.shipment, off.lines)], cause)
        return Became.SPLIT, off.shipment
    _let_wait(session, changes, sheet, order, shipment, lines, cause)
    return Became.WAITS, shipment


def _let_wait(
    session: Session,
    changes: Changes,
    sheet: Sheet,
    order: OrderUnderLock,
    shipment: ShipmentUnderLock,
    lines: list[Line],
    cause: Cause,
) -> None:
    """Take a shipment off the list: it holds nothing any more, so that any warehouse may fill it, and keeps its place."""
    put_all_down(session, changes, sheet, {shipment.id: lines}, {}, cause)
    for each in lines:
        if each.allocated and each.product_id is not None:
            _take_away(changes, sheet, each, each.allocated, cause)
            changes.publish("stock.gained", each.product_id, cause)
    close_worked_off(session, changes, [shipment], {shipment.id: cause})
    shipment.picklist_id = shipment.warehouse_id = None
    changes.move(
        SHIPMENT,
        Shipment,
        shipment,
        "reopen",
        cause,
        picklist_id=None,
        warehouse_id=None,
        status_since=changes.at,
    )
    queue_anew(session, changes, order, [(shipment, lines)], cause)
