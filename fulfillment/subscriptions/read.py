"""Subscriptions as they are shown. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_HEAD: Final = """
SELECT id, order_number, status, unit, every, starts_on, ends_on, next_due, token IS NOT NULL AS paid_by_card, problem,
       created_at, created_by FROM subscription
"""
_ONE = text(f"{_HEAD} WHERE id = :id")
_PAGE = text(f"""{_HEAD}
 WHERE id > :after AND (CAST(:status AS text) IS NULL OR status = :status)
   AND (CAST(:order_number AS text) IS NULL OR order_number = :order_number) ORDER BY id LIMIT :limit
""")
_ORDERS = text("""
SELECT subscription_id, due_on, order_number, at FROM subscription_order
 WHERE subscription_id = ANY (CAST(:ids AS bigint[])) ORDER BY subscription_id, due_on
""")


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription, and the orders it made, by due date."""

    head: RowMapping
    orders: Sequence[RowMapping]


def find_subscription(session: Session, subscription_id: int) -> SubscriptionView:
    """Give one subscription. Raises NotFound."""
    rows = session.execute(_ONE, {"id": subscription_id}).mappings().all()
    if not rows:
        raise NotFound(f"no subscription {subscription_id}")
    return _with_orders(session, rows)[0]


def list_subscriptions(
    session: Session, *, status: str | None = None, order_number: str | None = None, after: int = 0, limit: int = 50
) -> list[SubscriptionView]:
    """List subscriptions by id, of a status or of an order; `after` is the last one seen."""
    asked = {"status": status, "order_number": order_number, "after": after, "limit": limit}
    return _with_orders(session, session.execute(_PAGE, asked).mappings().all())


def _with_orders(session: Session, heads: Sequence[RowMapping]) -> list[SubscriptionView]:
    made = session.execute(_ORDERS, {"ids": [head["id"] for head in heads]}).mappings().all()
    return [SubscriptionView(head, [each for each in made if each["subscription_id"] == head["id"]]) for head in heads]
