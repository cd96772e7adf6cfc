"""Settle: what the gateway answered, written down once: the attempt, the ledger, the order, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.immutable import immutable
from fulfillment.orders.progress import cover
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock, lock_orders, shipments_of
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.amounts.excess import excess, is_left_over
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.amounts.order_money import count_refund, leave_the_queue, write_order_money
from fulfillment.payments.amounts.owed import untaken
from fulfillment.payments.attempts.beside import hand_on_pieces
from fulfillment.payments.attempts.fail import fail
from fulfillment.payments.attempts.intend import CANCELED, EXCHANGED, RETURNED, add_pending, save
from fulfillment.payments.attempts.models import AttemptKind, PaymentAttempt
from fulfillment.payments.attempts.release import RELEASED, record_release
from fulfillment.payments.by_hand.refused_captures import try_captures_again
from fulfillment.payments.expiry.renew import capture_what_left, hold_unrenewed, promise_renewal
from fulfillment.payments.gateway.port import AUTHORIZATION_EXPIRED, Answer, Result
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.models import Payment
from fulfillment.payments.queries import Attempt, PaymentUnderLock, payments_of
from fulfillment.payments.states import ATTEMPT
from fulfillment.timeline.changes import Changes


@immutable
class Answered:
    """An attempt and the gateway's clear answer to it."""

    attempt: Attempt
    answer: Answer
    cause: Cause


def settle(session: Session, answers: Sequence[Answered], *, at: datetime) -> None:
    """Write down clear answers. The caller has closed their dispatch rows in this transaction, so each comes once."""
    orders = lock_orders(session, (each.attempt.order_id for each in answers))
    payments = payments_of(session, orders)
    shipments = shipments_of(session, orders)
    changes = Changes(at=at)
    were_covered = {order.id for order in orders.values() if order.covered}
    for each in answers:
        order = orders[each.attempt.order_id]
        money = Money(order, payments[order.id], shipments[order.id])
        if each.answer.result == Result.SUCCEEDED:
            _succeed(changes, money, each)
        else:
            hand_on_pieces(session, changes, each.attempt, (other.attempt for other in answers))
            _fail(changes, money, each)
        _see_to_renewals(session, changes, money, each)
    causes = {each.attempt.order_id: each.cause for each in answers}
    for order in orders.values():
        write_order_money(changes, order, payments[order.id])
    _give_back(changes, answers, orders, payments)
    for order_id in sorted({each.attempt.order_id for each in answers if _was_refused_to_a_person(each)}):
        # A step that came meanwhile has counted on it.
        capture_what_left(changes, Money(orders[order_id], payments[order_id], shipments[order_id]), causes[order_id])
    # Of an order that nothing has left of yet, which is nearly every one, no capture can have been refused.
    paid_anew = {each.attempt.order_id for each in answers if _brings_other_money(each)}
    try_captures_again(session, (order_id for order_id in paid_anew if _has_shipped(shipments[order_id])))
    for order_id in sorted(were_covered):
        if orders[order_id].is_open and not orders[order_id].covered:
            leave_the_queue(session, changes, shipments[order_id], causes[order_id])
    changes.write(session)


def _give_back(
    changes: Changes,
    answers: Sequence[Answered],
    orders: Mapping[int, OrderUnderLock],
    payments: Mapping[int, Sequence[PaymentUnderLock]],
) -> None:
    """Promise that what is too much goes back, where these answers made it so."""
    causes = {each.attempt.order_id: each.cause for each in answers}
    # What was asked of the gateway before the order was edited may be too much when the answer comes.
    # So may be what a step left to an attempt of a person's that is refused now.
    refused = {each.attempt.order_id for each in answers if _was_refused_to_a_person(each)}
    changed = refused | {each.attempt.order_id for each in answers if _brings_money(each)}
    # What was on its way back for goods that came back was not known to count when the rest was canceled.
    settled = refused | {each.attempt.order_id for each in answers if each.attempt.reason in (RETURNED, EXCHANGED)}
    too_much = {each for each in changed if orders[each].is_open and excess(orders[each], payments[each])}
    for order_id in sorted(too_much | {each for each in settled if is_left_over(orders[each])}):
        changes.publish("order.overpaid", order_id, causes[order_id], order_id=order_id)


def _brings_money(each: Answered) -> bool:
    return each.answer.result == Result.SUCCEEDED and each.attempt.kind in (AttemptKind.AUTHORIZE, AttemptKind.CAPTURE)


def _brings_other_money(each: Answered) -> bool:
    """Tell a further card, and what a person took by hand, from what a step takes for goods that leave."""
    return _brings_money(each) and each.cause.step != "payments.capture"


def _has_shipped(shipments: Sequence[ShipmentUnderLock]) -> bool:
    return any(shipment.status == ShipmentStatus.SHIPPED for shipment in shipments)


def _was_refused_to_a_person(each: Answered) -> bool:
    """
    Tell what a person asked of the gateway, or found out: a refusal of what a step planned is that step's dead letter.

    A pay-out that somebody gave up, which no step was ever to send, leaves the money kept.
    """
    found_out = each.cause.step is None and each.attempt.dispatch_id is not None
    return each.answer.result == Result.FAILED and (found_out or each.cause.step == "payments.send")


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


def _succeed(changes: Changes, money: Money, each: Answered) -> None:
    attempt, order, payment = each.attempt, money.order, money.payment(each.attempt.payment_id)
    entry = changes.move(
        ATTEMPT,
        PaymentAttempt,
        attempt,
        "succeed",
        each.cause,
        detail={"kind": attempt.kind, "amount": attempt.amount, "payment_id": payment.id},
        reference=each.answer.reference,
        decided_at=changes.at,
        **_noted(each.answer),
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
        if order.covered and not was_covered and order.is_open and not _stands_twice(money, payment):
            cover(changes, order, money.shipments, each.cause, because=entry)
        _pay_off(changes, order, each.cause, entry)
    elif attempt.kind == AttemptKind.CAPTURE:
        payment.captured += attempt.amount
        order.captured += attempt.amount
        order.open_authorized -= attempt.amount
        changes.publish("payment.captured", attempt.id, each.cause, order_id=order.id, because=entry)
        _pay_off(changes, order, each.cause, entry)
    elif attempt.kind == AttemptKind.VOID:
        payment.voided += attempt.amount
        order.open_authorized -= attempt.amount
    else:
        payment.refunded += attempt.amount
        count_refund(changes, order, attempt.amount, attempt.reason)
        told = order.customer_email and attempt.reason not in (CANCELED, RETURNED)
        unmailed = () if told else ("notifications.refunded",)
        changes.publish(
            "payment.refunded", attempt.id, each.cause, order_id=order.id, because=entry, leaving_out=unmailed
        )
    add_pending(changes, payment, attempt.kind, -attempt.amount)


def _noted(answer: Answer) -> dict[str, Any]:
    """Give what a person said of a success; a gateway says nothing beside its reference."""
    return {} if answer.message is None else {"code": answer.code, "message": answer.message}


def _stands_twice(money: Money, renewal: PaymentUnderLock) -> bool:
    """Tell whether what a renewal took the place of is still there: both together cover nothing that one would not."""
    return any(payment.open > 0 for payment in money.payments if payment.id == renewal.renews_payment_id)


def _fail(changes: Changes, money: Money, each: Answered) -> None:
    attempt, order, payment = each.attempt, money.order, money.payment(each.attempt.payment_id)
    entry = fail(changes, payment, attempt, each.cause, code=each.answer.code, message=each.answer.message)
    if attempt.kind == AttemptKind.AUTHORIZE:
        payment.declined = each.answer.code or "declined"
        save(changes, payment)
        unmailed = () if order.customer_email and order.is_open else ("notifications.payment_declined",)
        changes.publish(
            "payment.declined", payment.id, each.cause, order_id=order.id, because=entry, leaving_out=unmailed
        )


def _pay_off(changes: Changes, order: OrderUnderLock, cause: Cause, entry: int) -> None:
    """Once everything has shipped and is paid, perhaps otherwise meanwhile, what is still authorized goes back."""
    if not order.is_open and order.open_authorized > 0 and untaken(order) <= 0:
        changes.publish("order.paid_off", order.id, cause, order_id=order.id, because=entry)


def _see_to_renewals(session: Session, changes: Changes, money: Money, each: Answered) -> None:
    """Have the gateway asked what has expired, and let what a renewal was for follow from its answer."""
    payment = money.payment(each.attempt.payment_id)
    if each.attempt.kind == AttemptKind.AUTHORIZE:
        if payment.renews_payment_id is not None:
            if payment.declined is not None:
                hold_unrenewed(session, changes, money.order, payment, each.cause)
            capture_what_left(changes, money, each.cause)
    elif each.answer.released:
        released = record_release(
            session, changes, money.order, payment, each.attempt, each.answer.released, each.cause
        )
        promise_renewal(session, changes, money, payment, released, each.cause)
    elif each.attempt.kind == AttemptKind.VOID and each.attempt.reason == RELEASED:
        promise_renewal(session, changes, money, payment, each.attempt.amount, each.cause)
    elif each.answer.code == AUTHORIZATION_EXPIRED:
        # How much has ended is not what is open here: somebody may have captured at the gateway's own desk before.
        changes.publish("payment.hinted", money.order.id, each.cause, order_id=money.order.id)


def _transfer(changes: Changes, attempt: Attempt) -> None:
    enter_transfer(
        changes,
        TransferKind(attempt.kind),
        order_id=attempt.order_id,
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        amount=attempt.amount,
        currency=attempt.currency,
    )
