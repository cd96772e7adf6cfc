"""Pieces: what was paid for some pieces of a line, to the last minor unit, with or without their share of the shipping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.kernel.money import prorate
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.orders.states import ShipmentStatus
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Pieces of one line that a refund pays back."""

    line_id: int
    quantity: int


# Whole shipments: the share that a line bears of the shipping depends on the lines beside it.
_LINES = text("""
SELECT l.id, l.shipment_id, l.quantity, l.refunded_quantity, l.amount, s.number, s.status, s.amount AS shipment_amount
  FROM line_item l JOIN shipment s ON s.id = l.shipment_id
 WHERE l.shipment_id IN (SELECT shipment_id FROM line_item
                          WHERE id = ANY (CAST(:ids AS bigint[])) AND order_id = :order_id)
 ORDER BY l.shipment_id, l.id
""")


def refund_pieces(
    session: Session, changes: Changes, order: OrderUnderLock, pieces: Sequence[RefundedLine], *, with_shipping: bool
) -> int:
    """
    Count pieces as refunded, and give what was paid for them in minor units: price, discount and tax.

    `with_shipping` adds what the shipment cost beyond its lines, shared out by what these cost. All pieces together always
    give exactly what the line, and with their shipping the shipment, cost. Raises Invalid for a line named twice, NotFound
    for one of another order, Conflict beyond the pieces not refunded yet or for a shipment that was canceled.
    """
    worth, counted = _appraised(session, order, pieces, with_shipping=with_shipping)
    for line_id, quantity in counted.items():
        changes.set(LineItem, line_id, refunded_quantity=quantity)
    return worth


def worth_of_pieces(
    session: Session, order: OrderUnderLock, pieces: Sequence[RefundedLine], *, with_shipping: bool
) -> int:
    """Give what `refund_pieces` would, and count nothing. Raises what that does."""
    return _appraised(session, order, pieces, with_shipping=with_shipping)[0]


def _appraised(
    session: Session, order: OrderUnderLock, pieces: Sequence[RefundedLine], *, with_shipping: bool
) -> tuple[int, dict[int, int]]:
    """Give what was paid for pieces, and how many of each line are refunded with them."""
    if len({each.line_id for each in pieces}) < len(pieces):
        raise Invalid("a line is named twice", code="duplicate_line")
    if not pieces:
        return 0, {}
    rows = session.execute(_LINES, {"ids": [each.line_id for each in pieces], "order_id": order.id}).all()
    lines = {row.id: row for row in rows}
    shipping = _shares_of_shipping(rows) if with_shipping else {}
    worth = 0
    counted: dict[int, int] = {}
    for each in pieces:
        if (line := lines.get(each.line_id)) is None:
            raise NotFound(f"order {order.number} has no line {each.line_id}")
        _refuse_pieces(line, each.quantity)
        after = line.refunded_quantity + each.quantity
        # The difference of two running shares: all pieces together always give the whole.
        for whole in (line.amount, shipping.get(line.id, 0)):
            worth += whole * after // line.quantity - whole * line.refunded_quantity // line.quantity
        counted[line.id] = after
    return worth, counted


def _refuse_pieces(line: Row[Any], quantity: int) -> None:
    if line.status == ShipmentStatus.CANCELED:
        raise Conflict(
            f"line {line.id}: shipment {line.number} was canceled, nothing is paid for it any more",
            code="shipment_canceled",
            guard="shipment_canceled",
            remedy="what was paid for it goes back by itself: read the order's explanation",
            members={"line_id": line.id},
        )
    if line.refunded_quantity + quantity > line.quantity:
        raise Conflict(
            f"line {line.id}: {line.quantity - line.refunded_quantity} pieces are not refunded yet",
            code="over_refund",
            guard="over_refund",
            members={"line_id": line.id, "most": line.quantity - line.refunded_quantity},
        )


def _shares_of_shipping(lines: Sequence[Row[Any]]) -> dict[int, int]:
    """Give what each line bears of what its shipment costs beyond its lines."""
    shares: dict[int, int] = {}
    for shipment_id in {line.shipment_id for line in lines}:
        together = [line for line in lines if line.shipment_id == shipment_id]
        amounts = [line.amount for line in together]
        beyond = together[0].shipment_amount - sum(amounts)
        shares |= zip((line.id for line in together), prorate(beyond, amounts), strict=True)
    return shares
