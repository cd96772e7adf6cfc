"""What a person may ask of the money of an order: a capture, a refund, a void (PY4). Steps carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.orders.models import LineItem, PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.payments.guards import (
    most_to_capture,
    received_by_hand,
    refusal_to_capture,
    refusal_to_refund,
    refusal_to_void,
)
from fulfillment.payments.intend import intend
from fulfillment.payments.models import AttemptKind, Payment
from fulfillment.payments.queries import PaymentUnderLock, payments_of
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when. `client_id` is the API key's."""

    client_id: int | None
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Pieces of one line that a refund pays back."""

    line_id: int
    quantity: int


def request_capture(session: Session, payment_id: int, *, amount: int | None, asked: Asked) -> tuple[int, int]:
    """
    Ask for a capture, full or partial (PY4); give the ids of the attempt and of the operation.

    Raises Conflict `over_capture` beyond what is authorized or still due.
    """
    order, payment, siblings = _locked(session, payment_id)
    amount = most_to_capture(order, payment, siblings) if amount is None else amount
    if (refusal := refusal_to_capture(order, payment, siblings, amount)) is not None:
        raise refusal.as_error()
    return _ask(session, order, payment, AttemptKind.CAPTURE, amount, asked=asked)


def request_refund(
    session: Session,
    payment_id: int,
    *,
    amount: int | None,
    lines: Sequence[RefundedLine] = (),
    reason: str,
    asked: Asked,
) -> tuple[int, int]:
    """
    Ask for a refund: of an amount, of pieces of lines, or of all that is kept; give the attempt and the operation.

    Pieces without an `amount` give what was paid for them, to the last minor unit. Raises Conflict `over_refund` beyond
    what is kept or beyond the pieces not refunded yet, NotFound for a line of another order.
    """
    order, payment, _ = _locked(session, payment_id)
    if (refusal := received_by_hand(payment, to_pay_back=True)) is not None:
        raise refusal.as_error()
    changes = Changes(at=asked.at)
    worth = _refund_lines(session, changes, order, lines)
    if amount is None:
        amount = worth if lines else payment.refundable
    if (refusal := refusal_to_refund(order, payment, amount)) is not None:
        raise refusal.as_error()
    listed = [{"line_id": line.line_id, "quantity": line.quantity} for line in lines]
    return _ask(
        session, order, payment, AttemptKind.REFUND, amount, asked=asked, changes=changes, reason=reason, lines=listed
    )


def request_void(session: Session, payment_id: int, *, asked: Asked) -> tuple[int, int]:
    """
    Ask for what is still authorized to be given back; give the attempt and the operation.

    Raises Conflict `nothing_open`, or `capture_due` while goods have left that are not captured yet: a void would count
    at once against what their capture may take.
    """
    order, payment, _ = _locked(session, payment_id)
    if (refusal := refusal_to_void(order, payment, shipments_of(session, [order.id])[order.id])) is not None:
        raise refusal.as_error()
    return _ask(session, order, payment, AttemptKind.VOID, payment.open, asked=asked)


_BEING_REFUNDED = text("""
SELECT id, order_id, quantity, refunded_quantity, amount FROM line_item
 WHERE id = ANY (CAST(:ids AS bigint[])) AND order_id = :order_id ORDER BY id
""")


def _refund_lines(session: Session, changes: Changes, order: OrderUnderLock, lines: Sequence[RefundedLine]) -> int:
    """Count the pieces as refunded, and give what was paid for them."""
    if len({line.line_id for line in lines}) < len(lines):
        raise Invalid("a line is named twice", code="duplicate_line")
    parameters = {"ids": [line.line_id for line in lines], "order_id": order.id}
    rows = {row.id: row for row in session.execute(_BEING_REFUNDED, parameters)} if lines else {}
    worth = 0
    for line in lines:
        if (row := rows.get(line.line_id)) is None:
            raise NotFound(f"order {order.number} has no line {line.line_id}")
        after = row.refunded_quantity + line.quantity
        if after > row.quantity:
            raise Conflict(
                f"line {row.id}: {row.quantity - row.refunded_quantity} pieces are not refunded yet",
                code="over_refund",
                guard="over_refund",
                members={"line_id": row.id, "most": row.quantity - row.refunded_quantity},
            )
        # The difference of two running shares: all pieces together always give the line's whole amount.
        worth += row.amount * after // row.quantity - row.amount * row.refunded_quantity // row.quantity
        changes.set(LineItem, row.id, refunded_quantity=after)
    return worth


def _ask(
    session: Session,
    order: OrderUnderLock,
    payment: PaymentUnderLock,
    kind: AttemptKind,
    amount: int,
    *,
    asked: Asked,
    changes: Changes | None = None,
    reason: str | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
) -> tuple[int, int]:
    changes = changes or Changes(at=asked.at)
    changes.raise_version(PurchaseOrder, order)
    listed = [dict(line) for line in lines] or None
    detail = {"payment_id": payment.id, "amount": amount, "reason": reason}
    changes.note("order", order.id, order.id, f"request_{kind}", asked.cause, detail)
    attempt_id = intend(session, changes, payment, kind, amount, dispatch_id=None, reason=reason, lines=listed)
    operation_id = request_steps(
        session,
        f"{kind}.requested",
        [(attempt_id, order.id)],
        kind=kind,
        client_id=asked.client_id,
        cause=asked.cause,
        at=asked.at,
        result={"attempt_id": attempt_id, "payment_id": payment.id, "amount": amount},
        changes=changes,
    )
    return attempt_id, operation_id


def _locked(session: Session, payment_id: int) -> tuple[OrderUnderLock, PaymentUnderLock, list[PaymentUnderLock]]:
    order_id = session.scalar(select(Payment.order_id).where(Payment.id == payment_id))
    if order_id is None:
        raise NotFound(f"no payment {payment_id}")
    order = lock_order(session, order_id)
    siblings = payments_of(session, [order_id])[order_id]
    return order, next(payment for payment in siblings if payment.id == payment_id), siblings
