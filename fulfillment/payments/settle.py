"""Settle: what the gateway answered, written down once: the attempt, the ledger, the order, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import LineItem, PurchaseOrder
from fulfillment.orders.progress import cover, payment_status
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock, lock_orders, shipments_of
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.excess import excess
from fulfillment.payments.gateway.port import Answer, Result
from fulfillment.payments.intend import CANCELED, add_pending, save
from fulfillment.payments.models import Account, AttemptKind, MoneyTransfer, Payment, PaymentAttempt
from fulfillment.payments.queries import Attempt, PaymentUnderLock, payments_of
from fulfillment.payments.states import ATTEMPT
from fulfillment.timeline.changes import Changes

# kind of attempt: (debit, credit) of the transfer it makes.
_ACCOUNTS: Final = {
    AttemptKind.AUTHORIZE: (Account.OPEN, Account.CUSTOMER),
    AttemptKind.CAPTURE: (Account.TAKEN, Account.OPEN),
    AttemptKind.VOID: (Account.CUSTOMER, Account.OPEN),
    AttemptKind.REFUND: (Account.CUSTOMER, Account.TAKEN),
}

_WAITED_FOR = text("""
SELECT DISTINCT product_id FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY product_id
""")


@dataclass(frozen=True, slots=True)
class Answered:
    """An attempt and the gateway's clear answer to it."""

    attempt: Attempt
    answer: Answer
    cause: Cause


@dataclass(slots=True)
class _Account:
    """Everything about one locked order that an answer may touch."""

    order: OrderUnderLock
    payments: dict[int, PaymentUnderLock]
    shipments: list[ShipmentUnderLock]


def settle(session: Session, answers: Sequence[Answered], *, at: datetime) -> None:
    """Write down clear answers. The caller has closed their dispatch rows in this transaction, so each comes once."""
    orders = lock_orders(session, (each.attempt.order_id for each in answers))
    payments = payments_of(session, orders)
    shipments = shipments_of(session, orders)
    changes = Changes(at=at)
    were_covered = {order.id for order in orders.values() if order.covered}
    for each in answers:
        order = orders[each.attempt.order_id]
        account = _Account(order, {payment.id: payment for payment in payments[order.id]}, shipments[order.id])
        if each.answer.result == Result.SUCCEEDED:
            _succeed(changes, account, each)
        else:
            _fail(changes, account, each)
    causes = {each.attempt.order_id: each.cause for each in answers}
    for order in orders.values():
        write_order_money(changes, order, payments[order.id])
    # What was asked of the gateway before the order was edited may be too much when the answer comes.
    for order_id in sorted({each.attempt.order_id for each in answers if _brings_money(each)}):
        if orders[order_id].is_open and excess(orders[order_id], payments[order_id]):
            changes.publish("order.reduced", order_id, causes[order_id], order_id=order_id)
    for order_id in sorted({each.attempt.order_id for each in answers if _was_refused_to_a_person(each)}):
        if _is_left_over(orders[order_id]):
            changes.publish("order.reduced", order_id, causes[order_id], order_id=order_id)
    gone = [order_id for order_id in were_covered if orders[order_id].is_open and not orders[order_id].covered]
    _leave_the_queue(session, changes, shipments, {order_id: causes[order_id] for order_id in sorted(gone)})
    changes.write(session)


def _brings_money(each: Answered) -> bool:
    return each.answer.result == Result.SUCCEEDED and each.attempt.kind in (AttemptKind.AUTHORIZE, AttemptKind.CAPTURE)


def _was_refused_to_a_person(each: Answered) -> bool:
    """Tell what a person asked for: a refusal of what a step planned by itself is that step's dead letter."""
    return each.answer.result == Result.FAILED and each.cause.step == "payments.send"


def _is_left_over(order: OrderUnderLock) -> bool:
    """Tell whether a closed order has money that the step which closed it left to what was then under way."""
    if order.is_open:
        return False
    return order.paid - order.refunded > order.due or (order.open_authorized > 0 and order.paid >= order.due)


def _leave_the_queue(
    session: Session,
    changes: Changes,
    shipments: Mapping[int, Sequence[ShipmentUnderLock]],
    causes: Mapping[int, Cause],
) -> None:
    """Let others try for what was kept for orders that are not covered any more."""
    for order_id, cause in causes.items():
        waiting = [each.id for each in shipments[order_id] if each.status == ShipmentStatus.AWAITING_INVENTORY]
        if waiting:
            for product_id in session.execute(_WAITED_FOR, {"ids": waiting}).scalars():
                changes.publish("stock.gained", product_id, cause)


def lose_sight(
    session: Session, unclear: Sequence[tuple[Attempt, Answer]], causes: Mapping[int, Cause], *, at: datetime
) -> None:
    """Mark attempts whose outcome is not known: they are asked about until it is."""
    changes = Changes(at=at)
    for attempt, answer in unclear:
        if ATTEMPT.allows(attempt.status, "lose_sight"):
            cause = causes[attempt.dispatch_id or 0]
            changes.move(
                ATTEMPT,
                PaymentAttempt,
                attempt,
                "lose_sight",
                cause,
                detail={"kind": attempt.kind, "amount": attempt.amount, "code": answer.code},
                code=answer.code,
                message=answer.message,
            )
    changes.write(session)


def write_order_money(changes: Changes, order: OrderUnderLock, payments: Sequence[PaymentUnderLock]) -> None:
    """Write an order's money, and the payment status that follows from it."""
    declined = any(payment.declined is not None for payment in payments)
    order.payment_status = payment_status(order, declined=declined)
    changes.set(
        PurchaseOrder,
        order.id,
        open_authorized=order.open_authorized,
        captured=order.captured,
        manual=order.manual,
        refunded=order.refunded,
        payment_status=order.payment_status,
    )


def _succeed(changes: Changes, account: _Account, each: Answered) -> None:
    attempt, order, payment = each.attempt, account.order, account.payments[each.attempt.payment_id]
    entry = changes.move(
        ATTEMPT,
        PaymentAttempt,
        attempt,
        "succeed",
        each.cause,
        detail={"kind": attempt.kind, "amount": attempt.amount, "payment_id": payment.id},
        reference=each.answer.reference,
        decided_at=changes.at,
    )
    _transfer(changes, attempt)
    if attempt.kind == AttemptKind.AUTHORIZE:
        payment.authorized += attempt.amount
        payment.reference = each.answer.reference
        if each.answer.expires_at is not None:
            payment.expires_at = each.answer.expires_at
            changes.set(Payment, payment.id, expires_at=payment.expires_at)
        was_covered = order.covered
        order.open_authorized += attempt.amount
        if order.covered and not was_covered and order.is_open:
            cover(changes, order, account.shipments, each.cause, because=entry)
    elif attempt.kind == AttemptKind.CAPTURE:
        payment.captured += attempt.amount
        order.captured += attempt.amount
        order.open_authorized -= attempt.amount
        _pay_off(changes, account, each.cause, entry)
    elif attempt.kind == AttemptKind.VOID:
        payment.voided += attempt.amount
        order.open_authorized -= attempt.amount
    else:
        payment.refunded += attempt.amount
        order.refunded += attempt.amount
        told = order.customer_email and attempt.reason != CANCELED
        unmailed = () if told else ("notifications.refunded",)
        changes.publish(
            "payment.refunded", attempt.id, each.cause, order_id=order.id, because=entry, leaving_out=unmailed
        )
    add_pending(changes, payment, attempt.kind, -attempt.amount)


def _fail(changes: Changes, account: _Account, each: Answered) -> None:
    attempt, order, payment = each.attempt, account.order, account.payments[each.attempt.payment_id]
    entry = changes.move(
        ATTEMPT,
        PaymentAttempt,
        attempt,
        "fail",
        each.cause,
        detail={"kind": attempt.kind, "amount": attempt.amount, "payment_id": payment.id, "code": each.answer.code},
        code=each.answer.code,
        message=each.answer.message,
        decided_at=changes.at,
    )
    add_pending(changes, payment, attempt.kind, -attempt.amount)
    for line in attempt.lines or ():
        changes.add(LineItem, {"id": line["line_id"]}, refunded_quantity=-line["quantity"])
    if attempt.kind == AttemptKind.AUTHORIZE:
        payment.declined = each.answer.code or "declined"
        save(changes, payment)
        unmailed = () if order.customer_email and order.is_open else ("notifications.payment_declined",)
        changes.publish(
            "payment.declined", payment.id, each.cause, order_id=order.id, because=entry, leaving_out=unmailed
        )


def _pay_off(changes: Changes, account: _Account, cause: Cause, entry: int) -> None:
    """Once everything has shipped and is paid, what is still authorized goes back."""
    order = account.order
    if not order.is_open and order.open_authorized > 0 and order.paid >= order.due:
        changes.publish("order.paid_off", order.id, cause, order_id=order.id, because=entry)


def _transfer(changes: Changes, attempt: Attempt) -> None:
    debit, credit = _ACCOUNTS[AttemptKind(attempt.kind)]
    changes.insert(
        MoneyTransfer,
        {
            "order_id": attempt.order_id,
            "payment_id": attempt.payment_id,
            "attempt_id": attempt.id,
            "kind": attempt.kind,
            "debit": debit,
            "credit": credit,
            "amount": attempt.amount,
            "currency": attempt.currency,
            "at": changes.at,
        },
    )
