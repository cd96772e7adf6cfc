"""What is too much: kept or set aside beyond what an order in work still costs. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.amounts.owed import untaken
from fulfillment.payments.amounts.spread import spread
from fulfillment.payments.models import Method
from fulfillment.payments.queries import PaymentUnderLock


@dataclass(frozen=True, slots=True)
class Excess:
    """What goes back: amounts to refund, and authorizations that are wholly superfluous."""

    refunds: Sequence[tuple[PaymentUnderLock, int]]
    voids: Sequence[PaymentUnderLock]

    def __bool__(self) -> bool:
        """Tell whether anything goes back."""
        return bool(self.refunds or self.voids)


def excess(order: OrderUnderLock, payments: Sequence[PaymentUnderLock]) -> Excess:
    """
    Give what of an open order goes back, from the first of these payments on.

    An authorization of which a part is needed stays whole: the rest of it is voided when all is captured.
    """
    cards = [payment for payment in payments if payment.method == Method.CARD]
    being_refunded = sum(payment.refund_pending for payment in payments)
    kept_too_much = order.counted - order.due - being_refunded
    refunds = spread(kept_too_much, payments, lambda payment: payment.refundable)
    spare = -order.missing - being_refunded - sum(amount for _, amount in refunds)
    spare -= sum(payment.void_pending for payment in cards)
    voids: list[PaymentUnderLock] = []
    ending = {payment.renews_payment_id for payment in cards if not payment.is_undecided}
    replaced = {payment.renews_payment_id for payment in cards if payment.authorized}
    # What ends before long goes first; and where its renewal is there, it goes whatever else the order may lack.
    for payment in sorted(cards, key=lambda each: each.id not in ending):
        is_spare = payment.open <= spare or payment.id in replaced
        if payment.open and is_spare and not payment.capture_pending:
            spare -= payment.open
            voids.append(payment)
    return Excess(refunds, voids)


def is_left_over(order: OrderUnderLock) -> bool:
    """Tell whether a closed order keeps more than it costs, or has set aside what it needs no more."""
    return not order.is_open and (order.counted > order.due or (order.open_authorized > 0 and untaken(order) <= 0))
