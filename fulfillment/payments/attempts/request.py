"""What a person may ask of the money of an order: a capture, a refund, a void (PY4, PY6). Steps carry it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.catalog.markets import payment_turns
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.payments.amounts.pieces import RefundedLine, refund_pieces
from fulfillment.payments.amounts.spread import chosen, spread
from fulfillment.payments.attempts.beside import stand_together
from fulfillment.payments.attempts.intend import intend
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.attempts.pay_back import pay_back
from fulfillment.payments.guards import (
    most_to_capture,
    most_to_refund,
    refusal_to_capture,
    refusal_to_refund,
    refusal_to_void,
)
from fulfillment.payments.models import Method
from fulfillment.payments.queries import PaymentUnderLock, order_of_payment, payments_of
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when. `client_id` is the API key's."""

    client_id: int | None
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """
    What is to be paid back: an amount, pieces of lines, both, or, where neither is said, all that is kept.

    Pieces without an amount give what was paid for them; `with_shipping` adds their share of the shipping.
    """

    reason: str
    amount: int | None = None
    lines: Sequence[RefundedLine] = ()
    with_shipping: bool = False


@dataclass(frozen=True, slots=True)
class Requested:
    """What was asked of the gateway: an attempt per payment, and the operation that follows them. `amount` is that of all."""

    operation_id: int
    attempt_ids: Sequence[int]
    amount: int


@dataclass(slots=True)
class _Attempts:
    """Attempts in the making: of one kind, for one reason, one per payment."""

    kind: AttemptKind
    asked: Asked
    reason: str | None = None
    lines: Sequence[Mapping[str, Any]] = ()
    changes: Changes = field(kw_only=True)
    """What belongs to the command; it is written with the attempts."""
    note: Callable[[Sequence[int]], None] | None = None
    """Is told the ids of the attempts before they are written."""


def request_capture(
    session: Session, order_id: int, *, amount: int | None, payments: Sequence[int] = (), asked: Asked
) -> Requested:
    """
    Ask for a capture from an order's cards, full or partial (PY4).

    It is spread over the `payments` named, in that order; where none is named over all, in the order of the market (PY6).
    Raises Conflict `over_capture` beyond what is authorized or still due, Invalid or NotFound for what is named wrongly.
    """
    order, siblings = _locked(session, order_id)
    turns = payment_turns(session, [order.market_id])[order.market_id]
    paying = _bearing(chosen(order, siblings, payments, turns.capture), payments)
    amount = most_to_capture(order, paying, siblings) if amount is None else amount
    if (refusal := refusal_to_capture(order, paying, siblings, amount)) is not None:
        raise refusal.as_error()
    shares = spread(amount, paying, lambda payment: payment.open)
    return _ask(session, order, shares, _Attempts(AttemptKind.CAPTURE, asked, changes=Changes(at=asked.at)))


def request_refund(
    session: Session,
    order_id: int,
    wanted: RefundWanted,
    *,
    payments: Sequence[int] = (),
    asked: Asked,
    changes: Changes | None = None,
    note_attempts: Callable[[Sequence[int]], None] | None = None,
) -> Requested:
    """
    Ask for a refund of what an order's payments keep; of money received by hand it becomes a task to pay it out.

    It is spread over the `payments` named, in that order; where none is named over all, in the order of the market (PY6).
    Further `changes` of the order that belong to it are written with it; `note_attempts` may add to them, by the attempts' ids.
    Raises Conflict `over_refund` beyond what is kept or beyond the pieces not refunded yet, Invalid or NotFound for what is
    named wrongly.
    """
    order, siblings = _locked(session, order_id)
    turns = payment_turns(session, [order.market_id])[order.market_id]
    paying = chosen(order, siblings, payments, turns.refund)
    listed = [{"line_id": each.line_id, "quantity": each.quantity} for each in wanted.lines]
    changes = Changes(at=asked.at) if changes is None else changes
    attempts = _Attempts(AttemptKind.REFUND, asked, wanted.reason, listed, changes=changes, note=note_attempts)
    worth = refund_pieces(session, attempts.changes, order, wanted.lines, with_shipping=wanted.with_shipping)
    amount = wanted.amount if wanted.amount is not None else worth if wanted.lines else most_to_refund(paying)
    if (refusal := refusal_to_refund(order, paying, amount)) is not None:
        raise refusal.as_error()
    shares = spread(amount, paying, lambda payment: payment.refundable)
    return _ask(session, order, shares, attempts)


def request_void(session: Session, payment_id: int, *, asked: Asked) -> Requested:
    """
    Ask for what is still authorized of one payment to be given back.

    Raises Conflict `nothing_open`, or `capture_due` while goods have left that are not captured yet: a void would count
    at once against what their capture may take.
    """
    order, siblings = _locked(session, order_of_payment(session, payment_id))
    [payment] = [each for each in siblings if each.id == payment_id]
    if (refusal := refusal_to_void(order, payment, shipments_of(session, [order.id])[order.id])) is not None:
        raise refusal.as_error()
    return _ask(
        session, order, [(payment, payment.open)], _Attempts(AttemptKind.VOID, asked, changes=Changes(at=asked.at))
    )


def _bearing(payments: Sequence[PaymentUnderLock], named: Sequence[int]) -> list[PaymentUnderLock]:
    """Leave out what no gateway can take, unless somebody named it, or there is nothing else: then they are told."""
    cards = [payment for payment in payments if payment.method == Method.CARD]
    return cards if cards and not named else list(payments)


def _ask(
    session: Session, order: OrderUnderLock, shares: Sequence[tuple[PaymentUnderLock, int]], attempts: _Attempts
) -> Requested:
    changes, asked = attempts.changes, attempts.asked
    changes.raise_version(PurchaseOrder, order)
    # The pieces stand with the first payment's attempt. Where that is refused they go over to one that is not (beside.py).
    lines = [dict(line) for line in attempts.lines] or None
    made: list[dict[str, Any]] = []
    sent: list[tuple[int, int]] = []  # What a person is to pay out has no step; a credit has one of its own.
    for payment, amount in shares:
        pieces = None if made else lines
        if payment.method != Method.CARD:
            attempt_id = pay_back(
                session, changes, payment, amount, reason=attempts.reason, cause=asked.cause, lines=pieces
            )
        else:
            attempt_id = intend(
                session,
                changes,
                payment,
                attempts.kind,
                amount,
                dispatch_id=None,
                reason=attempts.reason,
                lines=pieces,
            )
            sent.append((attempt_id, order.id))
        detail = {"payment_id": payment.id, "amount": amount, "reason": attempts.reason, "attempt_id": attempt_id}
        changes.note("order", order.id, order.id, f"request_{attempts.kind}", asked.cause, detail)
        by_hand = payment.method == Method.MANUAL
        made.append({"attempt_id": attempt_id, "payment_id": payment.id, "amount": amount, "by_hand": by_hand})
        if by_hand:  # Nothing follows by itself: whoever asked is to pay it out, and to say so.
            made[-1]["outcome"] = f"/v1/payment-attempts/{attempt_id}/outcome"
    if attempts.note is not None:
        attempts.note([each["attempt_id"] for each in made])
    if lines is not None and len(made) > 1:
        stand_together(changes, [each["attempt_id"] for each in made])
    together = sum(amount for _, amount in shares)
    operation_id = request_steps(
        session,
        f"{attempts.kind}.requested",
        sent,
        kind=attempts.kind,
        client_id=asked.client_id,
        cause=asked.cause,
        at=asked.at,
        result={"amount": together, "attempts": made},
        changes=changes,
    )
    return Requested(operation_id, [each["attempt_id"] for each in made], together)


def _locked(session: Session, order_id: int) -> tuple[OrderUnderLock, list[PaymentUnderLock]]:
    return lock_order(session, order_id), payments_of(session, [order_id])[order_id]
