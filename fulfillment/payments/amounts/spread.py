"""Spread: which payments of an order bear an amount, in which order, and how much each (PY6). Amounts are minor units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fulfillment.catalog.models import Turn
from fulfillment.kernel.errors import Invalid, NotFound
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.queries import PaymentUnderLock


def in_turn(payments: Sequence[PaymentUnderLock], turn: Turn) -> list[PaymentUnderLock]:
    """Give payments, which come in the order added, in the order of their turn."""
    return list(payments) if turn == Turn.OLDEST_FIRST else list(reversed(payments))


def chosen(
    order: OrderUnderLock, payments: Sequence[PaymentUnderLock], named: Sequence[int], turn: Turn
) -> list[PaymentUnderLock]:
    """
    Give the payments that somebody named, in the order named; where none is named all of them, in turn.

    Raises Invalid for one named twice, NotFound for one of another order.
    """
    if not named:
        return in_turn(payments, turn)
    if len(set(named)) < len(named):
        raise Invalid("a payment is named twice", code="duplicate_payment", remedy="name each payment once")
    known = {payment.id: payment for payment in payments}
    for payment_id in named:
        if payment_id not in known:
            raise NotFound(f"order {order.number} has no payment {payment_id}")
    return [known[payment_id] for payment_id in named]


def spread(
    amount: int, payments: Sequence[PaymentUnderLock], most: Callable[[PaymentUnderLock], int]
) -> list[tuple[PaymentUnderLock, int]]:
    """Give each payment what it bears of an amount: the first as much as it can, then the next; in all no more than they can."""
    shares: list[tuple[PaymentUnderLock, int]] = []
    for payment in payments:
        if (share := min(amount, most(payment))) > 0:
            amount -= share
            shares.append((payment, share))
    return shares
