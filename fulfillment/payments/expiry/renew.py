"""
Renew: set aside anew, by the same means, what an authorization that ends holds for an order.

A renewal is a payment of its own, so that one payment stays one authorization. The old one is let go once the new one is
there, never before: an order in work is covered at every moment. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.orders.hold import enter_hold
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.adding.rows import payment_row
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.amounts.owed import cost_of_what_left, untaken
from fulfillment.payments.attempts.intend import intend
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.guards import nothing_left_to_capture, promised
from fulfillment.payments.models import Method, Payment
from fulfillment.payments.queries import PaymentUnderLock, order_of_payment, payments_of
from fulfillment.timeline.changes import Changes

RENEWED_BEFORE: Final = timedelta(hours=24)
"""How long before it ends an authorization is renewed; of a short one the last quarter."""

EXPIRED: Final = "expired"
"""The reason of a void that asks the gateway whether an authorization has ended."""

HOLD_REASON: Final = "payment not renewed"


def tend_expiring(session: Session, payment_id: int, *, cause: Cause, at: datetime) -> bool:
    """
    Renew an authorization that ends soon, or let go of one that has ended; tell whether anything was done.

    That it has ended is not taken from our clock: a void asks the gateway, which says so or lets go of it.
    """
    order = lock_order(session, order_of_payment(session, payment_id))
    payments = payments_of(session, [order.id])[order.id]
    [payment] = [each for each in payments if each.id == payment_id]
    if payment.expires_at is None or not payment.open or payment.capture_pending or payment.void_pending:
        return False
    changes = Changes(at=at)
    if (renewal := renewal_of(payment, payments)) is None and renewed_from(payment) <= at:
        money = Money(order, payments, shipments_of(session, [order.id])[order.id])
        if promise_renewal(session, changes, money, payment, payment.open, cause):
            changes.write(session)
            return True
    if payment.expires_at > at or (renewal is not None and renewal.is_undecided):
        return False
    attempt_id = intend(session, changes, payment, AttemptKind.VOID, payment.open, dispatch_id=None, reason=EXPIRED)
    changes.publish("void.requested", attempt_id, cause, order_id=order.id)
    changes.write(session)
    return True


def renewed_from(payment: PaymentUnderLock) -> datetime:
    """Give the moment from which on an authorization is renewed."""
    assert payment.expires_at is not None
    return payment.expires_at - min(RENEWED_BEFORE, (payment.expires_at - payment.created_at) / 4)


def promise_renewal(
    session: Session,
    changes: Changes,
    money: Money,
    payment: PaymentUnderLock,
    amount: int,
    cause: Cause,
) -> bool:
    """
    Promise a new authorization of `amount`, which a payment of a locked order holds or has held; tell whether there is need.

    There is none beyond what the order still costs, nor where the payment was renewed before. The new one joins `payments`.
    """
    order, payments = money.order, money.payments
    amount = min(amount, _needed(money, payment))
    if amount <= 0 or renewal_of(payment, payments) is not None:
        return False
    [renewal_id] = take_ids(session, 1)
    position = payments[-1].position + 1
    row = payment_row(order, renewal_id, position, Method.CARD, payment.token, amount, changes.at)
    row |= {"renews_payment_id": payment.id}
    changes.insert(Payment, row)
    payments.append(PaymentUnderLock.to_be(row))
    detail = {"payment_id": renewal_id, "renews": payment.id, "amount": amount}
    entry = changes.note("order", order.id, order.id, "renew_payment", cause, detail)
    changes.publish("payment.added", renewal_id, cause, order_id=order.id, because=entry)
    return True


def follow_expiry(
    session: Session,
    changes: Changes,
    money: Money,
    payment: PaymentUnderLock,
    amount: int,
    cause: Cause,
) -> None:
    """See to it that what expired of a payment is set aside anew, and that goods that have left are paid for all the same."""
    promise_renewal(session, changes, money, payment, amount, cause)
    renewal = renewal_of(payment, money.payments)
    if renewal is None or not renewal.is_undecided:
        capture_what_left(changes, money, cause)


def capture_what_left(changes: Changes, money: Money, cause: Cause) -> None:
    """Promise once more the captures of goods that have left and are not paid for: by what is authorized now, or a person."""
    if nothing_left_to_capture(money.order, money.shipments, money.order.id) is None:
        return
    for shipment in money.shipments:
        if shipment.status == ShipmentStatus.SHIPPED:
            changes.publish("shipment.capture_due", shipment.id, cause, order_id=money.order.id)


def hold_unrenewed(
    session: Session, changes: Changes, order: OrderUnderLock, renewal: PaymentUnderLock, cause: Cause
) -> None:
    """Hold an order in work whose renewal was declined: what ships now might never be paid."""
    if order.is_open:
        note = f"payment {renewal.renews_payment_id} ends, and payment {renewal.id} in its place was declined: {renewal.declined}"
        enter_hold(session, changes, order, reason=HOLD_REASON, note=note, cause=cause)


def renewal_of(payment: PaymentUnderLock, payments: Iterable[PaymentUnderLock]) -> PaymentUnderLock | None:
    """Give the payment that takes the place of another one, if any."""
    return next((each for each in payments if each.renews_payment_id == payment.id), None)


def _needed(money: Money, payment: PaymentUnderLock) -> int:
    """Give what an order would lack without what is open of a payment: of a closed one what goods cost that have left."""
    order, there = money.order, promised(money.payments) - payment.open
    if order.is_open:
        return order.missing - there
    return untaken(order, cost_of_what_left(order, money.shipments)) - order.open_authorized - there
