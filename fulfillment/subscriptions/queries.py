"""What the verbs ask about subscriptions. `lock_subscription` takes the row lock that they rely on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.subscriptions.schedule import Schedule, Unit


@dataclass(slots=True)
class SubscriptionUnderLock:
    """A subscription whose row is locked."""

    id: int
    order_id: int | None
    """The order it repeats, while that is there."""
    order_number: str
    status: str
    schedule: Schedule
    next_due: date | None
    token: str | None
    problem: dict[str, Any] | None


_LOCK = text("""
SELECT s.id, o.id AS order_id, s.order_number, s.status, s.unit, s.every, s.starts_on, s.ends_on, s.next_due, s.token,
       s.problem
  FROM subscription s LEFT JOIN purchase_order o ON o.id = s.repeats_order_id
 WHERE s.id = :id FOR NO KEY UPDATE OF s
""")
_DUE = text("""
SELECT id FROM subscription WHERE status = 'active' AND next_due <= CAST(:today AS date) ORDER BY next_due, id LIMIT :most
""")


def lock_subscription(session: Session, subscription_id: int) -> SubscriptionUnderLock:
    """Lock a subscription until the end of the transaction. Raises NotFound."""
    row = session.execute(_LOCK, {"id": subscription_id}).one_or_none()
    if row is None:
        raise NotFound(f"no subscription {subscription_id}")
    schedule = Schedule(Unit(row.unit), row.every, row.starts_on, row.ends_on)
    return SubscriptionUnderLock(
        row.id, row.order_id, row.order_number, row.status, schedule, row.next_due, row.token, row.problem
    )


def due_subscriptions(session: Session, today: date, *, most: int = 200) -> list[int]:
    """Give the subscriptions whose order is to be repeated, the longest due first."""
    return list(session.execute(_DUE, {"today": today, "most": most}).scalars())
