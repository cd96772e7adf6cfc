"""What the verbs of credits ask. Credits stand still while the order that has them is locked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import lock_orders, shipments_of
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.queries import payments_of


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


def lock_sides(session: Session, order_ids: Iterable[int]) -> dict[int, Money]:
    """Lock the orders of both sides of an exchange, always in the order of their ids, and give them by id."""
    orders = lock_orders(session, order_ids)
    payments, shipments = payments_of(session, orders), shipments_of(session, orders)
    return {order.id: Money(order, payments[order.id], shipments[order.id]) for order in orders.values()}


def on_other_order(cause: Cause) -> Cause:
    """Give a cause as it stands on the timeline of another order: the entry that led to it is none of that order's."""
    return replace(cause, parent_id=None)
