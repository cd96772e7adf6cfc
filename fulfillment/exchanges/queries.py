"""What the verbs of exchanges ask. An exchange stands still while both its orders are locked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.credits.queries import lock_sides


@dataclass(slots=True)
class ExchangeUnderLock:
    """An exchange of two locked orders, as a subject of its machine. Amounts are minor units."""

    id: int
    order_id: int
    return_id: int
    new_order_id: int
    status: str
    policy: str
    hold_id: int | None
    notify_customer: bool
    expected: int
    credit: int


@dataclass(frozen=True, slots=True)
class Parties:
    """An exchange with both its orders, locked: what comes back pays at the `source`, and goes out at the `target`."""

    exchange: ExchangeUnderLock
    source: Money
    target: Money


_COLUMNS: Final = """
SELECT id, order_id, return_id, new_order_id, status, policy, hold_id, notify_customer, expected, credit FROM exchange
"""
_ONE = text(_COLUMNS + " WHERE id = :id")
_OF_RETURNS = text(_COLUMNS + " WHERE return_id = ANY (CAST(:ids AS bigint[])) ORDER BY id")


def lock_exchange(session: Session, exchange_id: int) -> Parties:
    """Lock both orders of an exchange, always in the order of their ids. Raises NotFound."""
    found = session.execute(_ONE, {"id": exchange_id}).one_or_none()
    if found is None:
        raise NotFound(f"no exchange {exchange_id}", remedy="list exchanges: GET /v1/exchanges")
    sides = lock_sides(session, [found.order_id, found.new_order_id])
    exchange = ExchangeUnderLock(*session.execute(_ONE, {"id": exchange_id}).one())
    return Parties(exchange, sides[exchange.order_id], sides[exchange.new_order_id])


def exchanges_of_returns(session: Session, return_ids: Iterable[int]) -> list[ExchangeUnderLock]:
    """Give the exchanges that these returns are for; most returns are for none."""
    rows = session.execute(_OF_RETURNS, {"ids": sorted(set(return_ids))}).all()
    return [ExchangeUnderLock(*row) for row in rows]
