"""
Give back: a refund of a credit goes to the payment that it came from, and from there to the customer. (EX4)

What is given back because the order was canceled, costs less now, or its own goods came back or were exchanged, before the goods
that pay for it were accepted, waits with its source: the return pays it out once they were. What a person refunds of their own
accord does not wait. No gateway is asked for the first of the two ways. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Job, Outcome
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.amounts.order_money import count_refund
from fulfillment.payments.attempts.intend import CANCELED, EXCHANGED, REDUCED, RETURNED, add_pending
from fulfillment.payments.attempts.models import PaymentAttempt
from fulfillment.payments.attempts.pay_back import pay_back
from fulfillment.payments.credits.give import write_credited
from fulfillment.payments.credits.models import ExchangeCredit
from fulfillment.payments.credits.queries import Credit, credits_by_id, lock_sides, on_other_order
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.ledger.models import Account
from fulfillment.payments.models import Payment
from fulfillment.payments.queries import Attempt, PaymentUnderLock, attempts
from fulfillment.payments.states import ATTEMPT, AttemptStatus
from fulfillment.timeline.changes import Changes

_UNPAID_GOODS: Final = (CANCELED, REDUCED, RETURNED, EXCHANGED)
"""Reasons for which nobody is to have money for goods that are still with the customer, and whose order has given back its own."""

_ASKED_FOR = text("""
SELECT id FROM payment_attempt
 WHERE payment_id = ANY (CAST(:payments AS bigint[])) AND kind = 'refund' AND status = 'new' ORDER BY id
""")


def return_credit(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Carry out refunds of credits that were asked for; one that was decided meanwhile is left alone."""
    asked = attempts(session, [job.subject_id for job in jobs])
    found = credits_by_id(session, [each.payment_id for each in asked.values()])
    orders = {order_id for each in found.values() for order_id in (each.order_id, each.source_order_id)}
    sides = lock_sides(session, orders)
    # What was read before the locks is read again.
    asked, found = attempts(session, asked), credits_by_id(session, found)
    changes = Changes(at=at)
    for job in jobs:
        attempt = asked.get(job.subject_id)
        if attempt is not None and attempt.status == AttemptStatus.NEW:
            credit = found[attempt.payment_id]
            _give_back(session, changes, sides, attempt, credit, job.cause, of_source=on_other_order(job.cause))
    changes.write(session)
    return Outcome(done=[job.subject_id for job in jobs])


def return_credits_asked_for(
    session: Session, changes: Changes, source: Money, target: Money, given: Sequence[Credit], *, cause: Cause
) -> None:
    """
    Carry out at once what was asked for of these credits and has not been carried out: their step finds nothing left to do.

    `cause` is of the source, which called for it, where that of their step would be of the order that has the credits.
    """
    going = {each.id: each for each in given if target.payment(each.id).refund_pending}
    if not going:
        return
    ids = session.execute(_ASKED_FOR, {"payments": sorted(going)}).scalars().all()
    sides = {source.order.id: source, target.order.id: target}
    for attempt in attempts(session, ids).values():
        credit = going[attempt.payment_id]
        _give_back(session, changes, sides, attempt, credit, on_other_order(cause), of_source=cause)


def _give_back(
    session: Session,
    changes: Changes,
    sides: Mapping[int, Money],
    attempt: Attempt,
    credit: Credit,
    cause: Cause,
    *,
    of_source: Cause,
) -> None:
    """Each order hears of it by a cause of its own: the entry that led to it stands on one of the two timelines."""
    target, source = sides[credit.order_id], sides[credit.source_order_id]
    _refund_credit(changes, target, target.payment(credit.id), attempt, cause)
    payment = source.payment(credit.source_payment_id)
    put_back(changes, payment, attempt.amount)
    if credit.accepted or attempt.reason not in _UNPAID_GOODS:
        pay_back(session, changes, payment, attempt.amount, reason=EXCHANGED, cause=of_source)
    else:
        credit.waiting += attempt.amount
        changes.set(ExchangeCredit, credit.id, waiting=credit.waiting)
    said = {"amount": attempt.amount, "order": target.order.number, "payment_id": payment.id, "reason": attempt.reason}
    changes.note("order", source.order.id, source.order.id, "take_credit", of_source, said)


def _refund_credit(changes: Changes, target: Money, payment: PaymentUnderLock, attempt: Attempt, cause: Cause) -> None:
    detail = {"kind": attempt.kind, "amount": attempt.amount, "payment_id": payment.id, "reason": attempt.reason}
    entry = changes.move(ATTEMPT, PaymentAttempt, attempt, "give_back", cause, detail=detail, decided_at=changes.at)
    enter_transfer(
        changes,
        TransferKind.REFUND,
        order_id=attempt.order_id,
        payment_id=payment.id,
        amount=attempt.amount,
        currency=attempt.currency,
        attempt_id=attempt.id,
        to=Account.EXCHANGE,
    )
    payment.refunded += attempt.amount
    count_refund(changes, target.order, attempt.amount, attempt.reason)
    add_pending(changes, payment, attempt.kind, -attempt.amount)
    write_credited(changes, target)
    # The customer hears of it when the money is on its way to them.
    unmailed = ("notifications.refunded",)
    changes.publish(
        "payment.refunded", attempt.id, cause, order_id=attempt.order_id, because=entry, leaving_out=unmailed
    )


def put_back(changes: Changes, payment: PaymentUnderLock, amount: int) -> None:
    """Let what had moved on to an exchange be kept of its payment again."""
    payment.exchanged -= amount
    changes.set(Payment, payment.id, exchanged=payment.exchanged)
    enter_transfer(
        changes,
        TransferKind.EXCHANGE_BACK,
        order_id=payment.order_id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
    )
