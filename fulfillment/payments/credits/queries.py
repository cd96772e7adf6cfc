"""What the verbs of credits ask. Credits stand still while the order that has them is locked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.orders.queries import OrderUnderLock, lock_orders
from fulfillment.payments.queries import PaymentUnderLock, payments_of


@dataclass(slots=True)
class Credit:
    """A credit of an exchange: a payment of `order_id`, by the same id. Amounts are minor units."""

    id: int
    order_id: int
    source_order_id: int
    source_payment_id: int
    return_id: int
    accepted: bool
    waiting: int


@dataclass(slots=True)
class Side:
    """One side of an exchange: a locked order and its payments."""

    order: OrderUnderLock
    payments: list[PaymentUnderLock]

    def payment(self, payment_id: int) -> PaymentUnderLock:
        """Give one of its payments."""
        return next(each for each in self.payments if each.id == payment_id)


_CREDITS = """
SELECT c.id, c.order_id, c.source_order_id, c.source_payment_id, c.return_id, c.accepted, c.waiting FROM exchange_credit c
"""
_BY_ID = text(_CREDITS + " WHERE c.id = ANY (CAST(:ids AS bigint[])) ORDER BY c.id")
_OF_RETURN = text(_CREDITS + " JOIN payment p ON p.id = c.id WHERE c.return_id = :return_id ORDER BY p.position, c.id")


def credits_by_id(session: Session, payment_ids: Iterable[int]) -> dict[int, Credit]:
    """Give where the money of these payments came from; those that are no credits are left out."""
    rows = session.execute(_BY_ID, {"ids": sorted(set(payment_ids))}).all()
    return {row.id: Credit(*row) for row in rows}


def credits_of_return(session: Session, return_id: int) -> list[Credit]:
    """Give the credits that goods of a return have brought, in the order in which they were given."""
    return [Credit(*row) for row in session.execute(_OF_RETURN, {"return_id": return_id}).all()]


def lock_sides(session: Session, order_ids: Iterable[int]) -> dict[int, Side]:
    """Lock orders, always in the order of their ids, and give them with their payments."""
    orders = lock_orders(session, order_ids)
    payments = payments_of(session, orders)
    return {order.id: Side(order, payments[order.id]) for order in orders.values()}
