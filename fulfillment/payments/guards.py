"""Reasons why money must not be moved now. Each is pure, named, and says what would help. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.orders.guards import open_for_work
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import OrderStatus
from fulfillment.payments.amounts.owed import cost_of_what_left, owed, untaken
from fulfillment.payments.models import Method
from fulfillment.payments.queries import PaymentUnderLock


def nothing_left_to_capture(
    order: OrderUnderLock, shipments: Iterable[ShipmentUnderLock], subject_id: int
) -> Refusal | None:
    """What has to be taken for goods that have left is not given back (PY4)."""
    if untaken(order, cost_of_what_left(order, shipments)) <= 0:
        return None
    return Refusal(
        subject_id,
        guard="capture_due",
        reason=f"order {order.number} has shipped goods that are not captured yet",
        remedy="ask again when they are: what is left then is voided by itself",
    )


def not_of_a_card(payments: Iterable[PaymentUnderLock]) -> Refusal | None:
    """Only a card's money is set aside first; to give back what was received by hand or credited, refund it."""
    payment = next((each for each in payments if each.method != Method.CARD), None)
    if payment is None:
        return None
    is_credit = payment.method == Method.CREDIT
    return Refusal(
        payment.id,
        guard="credit_payment" if is_credit else "manual_payment",
        reason=f"payment {payment.id} is the credit of an exchange"
        if is_credit
        else f"payment {payment.id} was received by hand",
        remedy="nothing is to be done: the money is there",
    )


def not_promised(order: OrderUnderLock, payments: Sequence[PaymentUnderLock]) -> int:
    """Give what is missing of an order's money beyond what payments without an answer yet will add."""
    return order.missing - promised(payments)


def promised(payments: Sequence[PaymentUnderLock]) -> int:
    """Give what payments without an answer yet will add, leaving out those that only take another one's place."""
    standing = {payment.id for payment in payments if payment.open}
    undecided = (payment for payment in payments if payment.is_undecided)
    return sum(payment.amount for payment in undecided if payment.renews_payment_id not in standing)


def most_to_add(order: OrderUnderLock, payments: Sequence[PaymentUnderLock], *, by_hand: bool = False) -> int:
    """
    Give what a further payment may bring: what is missing, and what will be since no renewal is to be had.

    Of an order that is closed what it owes; what comes by hand is there at once, whatever a card might bring.
    """
    if not order.is_open:
        return owed_in_the_end(order, payments) - (0 if by_hand else promised(payments))
    unrenewed = {payment.renews_payment_id for payment in payments if payment.declined is not None}
    return not_promised(order, payments) + sum(payment.open for payment in payments if payment.id in unrenewed)


def owed_in_the_end(order: OrderUnderLock, payments: Iterable[PaymentUnderLock]) -> int:
    """Give what a completed order still owes, which a person may take by hand or give up; one in work has steps for that."""
    return owed(order, payments) if order.status == OrderStatus.COMPLETED else 0


def refusal_to_add_payment(
    order: OrderUnderLock,
    payments: Sequence[PaymentUnderLock],
    amount: int | None = None,
    *,
    by_hand: bool = False,
) -> Refusal | None:
    """
    Say why an order takes no further payment, of `amount` or of all that is missing: it is closed, or paid (PY1).

    For goods that have left and are not paid another card may be given, or what is received by hand.
    """
    missing = most_to_add(order, payments, by_hand=by_hand)
    if missing <= 0 and (refusal := open_for_work(order, order.id)) is not None:
        return refusal
    amount = missing if amount is None else amount
    if 0 < amount <= missing:
        return None
    return Refusal(
        order.id,
        guard="balance_due",
        code="nothing_missing" if missing <= 0 else "payment_too_high",
        reason=f"order {order.number} lacks {printed(max(missing, 0), order.currency)} of payment",
        remedy="nothing is to be paid" if missing <= 0 else _at_most(missing, order.currency),
        members={"missing": max(missing, 0)},
    )


def most_to_capture(
    order: OrderUnderLock, payments: Iterable[PaymentUnderLock], siblings: Iterable[PaymentUnderLock]
) -> int:
    """
    Give what may be taken from payments now: what is open on them, and no more than the order still owes (PY4).

    A person may take from another card what a bank has taken back of one.
    """
    return min(sum(payment.open for payment in payments), owed(order, siblings) + order.charged_back)


def refusal_to_capture(
    order: OrderUnderLock,
    payments: Sequence[PaymentUnderLock],
    siblings: Sequence[PaymentUnderLock],
    amount: int | None = None,
) -> Refusal | None:
    """Say why `amount`, or anything at all, must not be taken from these payments of an order now (PY4)."""
    if (refusal := not_of_a_card(payments)) is not None:
        return refusal
    most = max(0, most_to_capture(order, payments, siblings))
    amount = most if amount is None else amount
    if 0 < amount <= most:
        return None
    return Refusal(
        _subject(order, payments),
        guard="over_capture",
        reason=f"at most {printed(most, order.currency)} can be captured from {_named(order, payments)}",
        remedy=_at_most(most, order.currency) if most else _before_a_capture(order, payments, siblings),
        members={"most": most},
    )


def most_to_refund(payments: Iterable[PaymentUnderLock]) -> int:
    """Give what is kept of payments, leaving out what is on its way back."""
    return sum(payment.refundable for payment in payments)


def refusal_to_refund(
    order: OrderUnderLock, payments: Sequence[PaymentUnderLock], amount: int | None = None
) -> Refusal | None:
    """Say why `amount`, or anything at all, must not be paid back of these payments of an order now."""
    most = most_to_refund(payments)
    amount = most if amount is None else amount
    if 0 < amount <= most:
        return None
    return Refusal(
        _subject(order, payments),
        guard="over_refund",
        reason=f"at most {printed(most, order.currency)} can be refunded of {_named(order, payments, 'payments')}",
        remedy=_at_most(most, order.currency) if most > 0 else _before_a_refund(payments),
        members={"most": most},
    )


def refusal_to_void(
    order: OrderUnderLock, payment: PaymentUnderLock, shipments: Iterable[ShipmentUnderLock]
) -> Refusal | None:
    """Say why what is authorized must not be given back now: nothing is, or goods have left for it (PY4)."""
    if (refusal := not_of_a_card([payment])) is not None:
        return refusal
    if payment.open and not payment.capture_pending:
        return nothing_left_to_capture(order, shipments, payment.id)
    return Refusal(
        payment.id,
        guard="nothing_open",
        reason=f"payment {payment.id} has nothing open to void",
        remedy="wait for its capture" if payment.capture_pending else "nothing is to be done",
    )


def _at_most(most: int, currency: str) -> str:
    return f"ask for more than nothing, and at most {printed(most, currency)}"


def _before_a_capture(
    order: OrderUnderLock, payments: Iterable[PaymentUnderLock], siblings: Iterable[PaymentUnderLock]
) -> str:
    """Say what would make a capture possible where nothing at all can be taken now."""
    if any(payment.capture_pending or payment.void_pending for payment in payments):
        return "wait for what is on its way: read the payment"
    if owed(order, siblings) + order.charged_back <= 0:
        return "nothing is to be done: all that the order costs is taken, or about to be"
    if any(payment.is_undecided for payment in payments):
        return "wait until the payment is authorized"
    return f"add a payment: POST /v1/orders/{order.number}/payments"


def _before_a_refund(payments: Sequence[PaymentUnderLock]) -> str:
    """Say what would help where nothing at all can be refunded now."""
    if any(payment.refund_pending for payment in payments):
        return "nothing is to be done: all that is kept is on its way back"
    if (held := next((payment for payment in payments if payment.open), None)) is not None:
        return f"what is authorized and not captured is voided: POST /v1/payments/{held.id}/voids"
    return "nothing is kept of it: read the order's payments for where its money is"


def _subject(order: OrderUnderLock, payments: Sequence[PaymentUnderLock]) -> int:
    return payments[0].id if len(payments) == 1 else order.id


def _named(order: OrderUnderLock, payments: Sequence[PaymentUnderLock], several: str = "cards") -> str:
    return f"payment {payments[0].id}" if len(payments) == 1 else f"the {several} of order {order.number}"
