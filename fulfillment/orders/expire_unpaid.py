"""Expire unpaid: orders that nobody has paid in the time that their market allows are canceled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.queries import lock_orders

# What waits for the customer at the issuer's page holds up nothing: it may never be answered.
_UNPAID: Final = """
o.status = 'in_progress' AND o.covered_at IS NULL
AND NOT EXISTS (SELECT FROM payment_attempt a
                 WHERE a.order_id = o.id AND a.kind = 'authorize' AND a.status IN ('sending', 'unknown')
                   AND a.code IS DISTINCT FROM 'requires_action')
"""
_OVERDUE = text(f"""
SELECT o.id FROM purchase_order o JOIN market m ON m.id = o.market_id
 WHERE {_UNPAID} AND NOT (o.open_holds > 0) AND o.archived_at IS NULL
   AND o.placed_at < CAST(:at AS timestamptz) - make_interval(secs => m.unpaid_after_seconds)
   -- Who has pre-ordered has as long from the day on which it can be assigned, or was.
   AND NOT EXISTS (SELECT FROM waiting_line w WHERE w.order_id = o.id
                      AND w.not_before > CAST(:at AS timestamptz) - make_interval(secs => m.unpaid_after_seconds))
   AND NOT EXISTS (SELECT FROM shipment s WHERE s.order_id = o.id AND s.status = 'inventory_assigned'
                      AND s.status_since > CAST(:at AS timestamptz) - make_interval(secs => m.unpaid_after_seconds))
 ORDER BY o.placed_at LIMIT 200
""")  # noqa: S608 - our own words
_IS_UNPAID = text(f"SELECT o.id FROM purchase_order o WHERE o.id = :id AND {_UNPAID}")  # noqa: S608 - our own words


def overdue_orders(session: Session, *, at: datetime) -> Sequence[int]:
    """Give the orders that are to be canceled because nobody has paid them, the oldest first, 200 at most."""
    return session.execute(_OVERDUE, {"at": at}).scalars().all()


def expire_unpaid(session: Session, order_id: int, *, cause: Cause, at: datetime) -> bool:
    """Cancel an order that is still unpaid, and tell the customer; tell whether it was, and could be, canceled."""
    # Locked first, looked at after: an attempt that another had begun under the lock must be seen.
    lock_orders(session, [order_id])
    if session.execute(_IS_UNPAID, {"id": order_id}).one_or_none() is None:
        return False
    try:
        cancel(session, order_id, Cancellation("not paid in time", notify_customer=True), cause=cause, at=at)
    except Conflict:
        return False
    return True
