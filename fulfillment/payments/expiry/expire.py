"""Expire: what was open of an authorization whose time is over, by the gateway's word. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.amounts.order_money import leave_the_queue, write_order_money
from fulfillment.payments.attempts.intend import save
from fulfillment.payments.expiry.renew import follow_expiry
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.queries import PaymentUnderLock, payments_of
from fulfillment.timeline.changes import Changes


def record_expiry(changes: Changes, order: OrderUnderLock, payment: PaymentUnderLock, cause: Cause) -> int:
    """
    Book what is open of a payment of a locked order as expired; give how much that was.

    What is on its way to be captured or voided is left to its own answer. The caller writes the order's money, and sees to
    what follows where the order is not covered any more.
    """
    if not (amount := payment.open):
        return 0
    payment.expired += amount
    order.open_authorized -= amount
    save(changes, payment)
    enter_transfer(
        changes,
        TransferKind.EXPIRE,
        order_id=order.id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
    )
    detail = {"payment_id": payment.id, "amount": amount}
    changes.note("order", order.id, order.id, "authorization_expired", cause, detail)
    return amount


def expire(session: Session, order_id: int, payment_id: int, *, cause: Cause, at: datetime) -> int:
    """
    Book an expiry that the gateway tells of by itself, and see to what follows; give how much expired.

    What is needed of it is set aside anew; an order that is not covered any more waits for that.
    """
    order = lock_order(session, order_id)
    payments, shipments = payments_of(session, [order.id])[order.id], shipments_of(session, [order.id])[order.id]
    [payment] = [each for each in payments if each.id == payment_id]
    was_covered = order.covered
    changes = Changes(at=at)
    if amount := record_expiry(changes, order, payment, cause):
        follow_expiry(session, changes, Money(order, payments, shipments), payment, amount, cause)
        write_order_money(changes, order, payments)
        if was_covered and order.is_open and not order.covered:
            leave_the_queue(session, changes, shipments, cause)
        changes.write(session)
    return amount
