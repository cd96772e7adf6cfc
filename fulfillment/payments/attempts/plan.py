"""
Plan: which attempts a step calls for, given what was authorized, captured and refunded until now.

Each plan works on a set, under the locks of the orders, and commits the attempts before anything is sent. Amounts are
always worked out from what is left, so a plan made again never asks for anything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.catalog.markets import Turns, payment_turns
from fulfillment.dispatch.claims import ClaimedJob
from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.orders.guards import open_for_work
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock, lock_orders, shipments_of
from fulfillment.orders.states import OrderStatus
from fulfillment.payments.amounts.excess import excess
from fulfillment.payments.amounts.owed import cost_of_what_left, owed, untaken
from fulfillment.payments.amounts.spread import in_turn, spread
from fulfillment.payments.attempts.fail import fail
from fulfillment.payments.attempts.intend import CANCELED, REDUCED, intend
from fulfillment.payments.attempts.models import AttemptKind, PaymentAttempt
from fulfillment.payments.attempts.pay_back import pay_back
from fulfillment.payments.guards import nothing_left_to_capture
from fulfillment.payments.models import Method
from fulfillment.payments.queries import (
    Attempt,
    PaymentUnderLock,
    attempts,
    captured_for_shipments,
    payments_of,
    refusing_captures,
)
from fulfillment.payments.states import ATTEMPT, AttemptStatus
from fulfillment.timeline.changes import Changes


@dataclass(slots=True)
class _Locked:
    """Some locked orders, and all that their plans look at."""

    session: Session
    changes: Changes
    orders: dict[int, OrderUnderLock]
    payments: dict[int, list[PaymentUnderLock]]
    shipments: dict[int, list[ShipmentUnderLock]] = field(default_factory=dict)
    captured_for: dict[int, int] = field(default_factory=dict)
    requested: dict[int, Attempt] = field(default_factory=dict)
    turns: dict[int, Turns] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def cards(self, order_id: int) -> list[PaymentUnderLock]:
        return [payment for payment in self.payments[order_id] if payment.method == Method.CARD]

    def turn(self, order: OrderUnderLock) -> Turns:
        return self.turns.get(order.market_id, Turns())


def plan(session: Session, step: str, jobs: Sequence[ClaimedJob], *, at: datetime) -> dict[int, Refusal]:
    """
    Make the attempts that these jobs of a step call for; give, by dispatch id, why one must not be made.

    A job that calls for none and is not refused has nothing left to do.
    """
    order_ids = {each.job.order_id for each in jobs if each.job.order_id is not None}
    orders = lock_orders(session, order_ids)
    locked = _Locked(session, Changes(at=at), orders, payments_of(session, orders))
    # Where an order has one payment, which is nearly always, nobody asks whose turn it is.
    if several := {orders[each].market_id for each, payments in locked.payments.items() if len(payments) > 1}:
        locked.turns = payment_turns(session, several)
    if step in ("payments.capture", "payments.send"):
        locked.shipments = shipments_of(session, orders)
    if step == "payments.capture":
        locked.captured_for = captured_for_shipments(session, orders)
    if step == "payments.send":
        locked.requested = attempts(session, (each.job.subject_id for each in jobs))
    for each in jobs:
        if (order := orders.get(each.job.order_id or 0)) is not None:  # else it was deleted since the job was read
            _PLANS[step](locked, order, each)
    locked.changes.write(session)
    return locked.refused


def _authorize(locked: _Locked, order: OrderUnderLock, each: ClaimedJob) -> None:
    [payment] = [payment for payment in locked.payments[order.id] if payment.id == each.job.subject_id]
    if (refusal := open_for_work(order, payment.id)) is not None and not _pays_for_what_left(locked, order, payment):
        locked.refused[each.claim.id] = refusal
    elif payment.is_undecided:
        _attempt(locked, each, payment, AttemptKind.AUTHORIZE, payment.amount)


def _pays_for_what_left(locked: _Locked, order: OrderUnderLock, payment: PaymentUnderLock) -> bool:
    """Tell whether a payment is for goods that had left already when what was to pay for them had expired, or was refused."""
    if order.status != OrderStatus.COMPLETED:
        return False
    shipments = shipments_of(locked.session, [order.id])[order.id]
    return nothing_left_to_capture(order, shipments, payment.id) is not None


def _capture(locked: _Locked, order: OrderUnderLock, each: ClaimedJob) -> None:
    """
    Take what the goods that have left cost beyond what is paid, from the payments in the order of their market (PY4, PY6).

    At most the shipment's own amount while others are to follow; the last one takes the remainder.
    """
    shipments = locked.shipments[order.id]
    [shipment] = [shipment for shipment in shipments if shipment.id == each.job.subject_id]
    is_last = all(other.is_done for other in shipments)
    cost = order.due if is_last else cost_of_what_left(order, shipments)
    wanted = owed(order, locked.payments[order.id], cost) + order.charged_back
    # Planned again after a failure it takes its own alone: the others that have left since have steps of their own.
    taken = locked.captured_for.get(shipment.id, 0)
    # Nor does it take anew what a bank has taken back: who pays that again pays by other means.
    if taken or not is_last or order.charged_back:
        wanted = min(wanted, shipment.amount - taken)
    cards = in_turn(locked.cards(order.id), locked.turn(order).capture)
    # What ends before long may be gone, and another payment has taken its place. So it may where one was refused.
    last = {payment.renews_payment_id for payment in cards if payment.authorized}
    last |= refusing_captures(locked.session, order.id) if len(cards) > 1 else set()
    cards.sort(key=lambda each: each.id in last)
    for payment, amount in spread(wanted, cards, lambda payment: payment.open):
        wanted -= amount
        _attempt(locked, each, payment, AttemptKind.CAPTURE, amount, shipment_id=shipment.id)
    if wanted > 0:
        locked.refused[each.claim.id] = _too_little(order, shipment, wanted)
    else:
        _void_rest(locked, order, each)


def _too_little(order: OrderUnderLock, shipment: ShipmentUnderLock, missing: int) -> Refusal:
    return Refusal(
        shipment.id,
        guard="under_authorized",
        reason=f"shipment {shipment.number} has left, and {printed(missing, order.currency)} of it are not authorized",
        remedy="ask the customer for the money",
    )


def _send(locked: _Locked, order: OrderUnderLock, each: ClaimedJob) -> None:
    """Send what a person asked for: the attempt was made with the request."""
    attempt = locked.requested[each.job.subject_id]
    if attempt.status != AttemptStatus.NEW:
        return
    refusal = nothing_left_to_capture(order, locked.shipments[order.id], attempt.id)
    if attempt.kind == AttemptKind.VOID and refusal is not None:
        _withdraw(locked, order, each, attempt, refusal)
    else:
        locked.changes.move(
            ATTEMPT, PaymentAttempt, attempt, "send", each.job.cause, dispatch_id=each.claim.id, sends=1
        )


def _withdraw(locked: _Locked, order: OrderUnderLock, each: ClaimedJob, attempt: Attempt, refusal: Refusal) -> None:
    """Take back the attempt of a void when goods have left since it was asked for."""
    locked.refused[each.claim.id] = refusal
    [payment] = [payment for payment in locked.payments[order.id] if payment.id == attempt.payment_id]
    fail(locked.changes, payment, attempt, each.job.cause, code=refusal.guard, message=refusal.reason)


def _void_rest(locked: _Locked, order: OrderUnderLock, each: ClaimedJob) -> None:
    """Give back what is still authorized on an order that is done and paid."""
    if order.is_open or untaken(order) > 0:
        return
    for payment in locked.cards(order.id):
        if payment.open and not payment.capture_pending:
            _attempt(locked, each, payment, AttemptKind.VOID, payment.open)


def _return_money(locked: _Locked, order: OrderUnderLock, each: ClaimedJob) -> None:
    """
    Reverse what was authorized and refund what was taken beyond what is still due, in the order of the market (OL11).

    Of an order still in work only what is wholly superfluous is reversed (OL4).
    """
    payments = locked.payments[order.id]
    if order.is_open:
        _return_excess(locked, order, each)
        return
    if untaken(order) <= 0:
        for payment in locked.cards(order.id):
            if payment.open and not payment.capture_pending:
                _attempt(locked, each, payment, AttemptKind.VOID, payment.open)
    excess = order.counted - order.due - sum(payment.refund_pending for payment in payments)
    for payment, amount in spread(excess, in_turn(payments, locked.turn(order).refund), lambda each: each.refundable):
        _attempt(locked, each, payment, AttemptKind.REFUND, amount, reason=CANCELED)


def _return_excess(locked: _Locked, order: OrderUnderLock, each: ClaimedJob) -> None:
    too_much = excess(order, in_turn(locked.payments[order.id], locked.turn(order).refund))
    for payment in too_much.voids:
        _attempt(locked, each, payment, AttemptKind.VOID, payment.open)
    for payment, amount in too_much.refunds:
        _attempt(locked, each, payment, AttemptKind.REFUND, amount, reason=REDUCED)


def _attempt(
    locked: _Locked,
    each: ClaimedJob,
    payment: PaymentUnderLock,
    kind: AttemptKind,
    amount: int,
    *,
    shipment_id: int | None = None,
    reason: str | None = None,
) -> None:
    if payment.method != Method.CARD:
        pay_back(locked.session, locked.changes, payment, amount, reason=reason, cause=each.job.cause)
        return
    intend(
        locked.session,
        locked.changes,
        payment,
        kind,
        amount,
        dispatch_id=each.claim.id,
        shipment_id=shipment_id,
        reason=reason,
    )


_PLANS: Final[dict[str, Callable[[_Locked, OrderUnderLock, ClaimedJob], None]]] = {
    "payments.authorize": _authorize,
    "payments.capture": _capture,
    "payments.send": _send,
    "payments.void_rest": _void_rest,
    "payments.return_money": _return_money,
}
