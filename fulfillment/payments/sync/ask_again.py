"""Ask again, on a schedule, about orders whose money was otherwise at the gateway, or of which nobody knows what became. (PY3)"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes

ASKED_AFTER: Final = timedelta(hours=1)
"""How long after a comparison the next one is due where something was left."""

MOST_ORDERS: Final = 50
"""So many at once: each is a question to the gateway."""

_FOR_DAYS: Final = 30

# A comparison writes down anew what it leaves, so those looked at longest ago come first. Of what is not known any more those
# are asked about that a history may tell of: an authorization that nobody knows has none.
_DUE = text("""
SELECT order_id FROM (
  SELECT order_id, min(found_at) AS since FROM payment_difference
   WHERE found_at <= CAST(:before AS timestamptz) GROUP BY order_id
   UNION ALL
  SELECT a.order_id, min(a.created_at) FROM dispatch d JOIN payment_attempt a ON a.dispatch_id = d.id
   WHERE d.dead AND d.step LIKE 'payments.%' AND a.status IN ('sending', 'unknown') AND a.kind <> 'authorize'
     AND a.created_at > CAST(:oldest AS timestamptz) GROUP BY a.order_id) AS due
 WHERE NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = due.order_id AND d.lane = 'books' AND NOT d.dead)
 GROUP BY order_id ORDER BY min(since) LIMIT :most
""")


def ask_again(session: Session, *, cause: Cause, at: datetime) -> int:
    """Promise a comparison with the gateway's books for orders that need one, at most 50; give how many."""
    oldest = at - timedelta(days=_FOR_DAYS)
    parameters = {"before": at - ASKED_AFTER, "oldest": oldest, "most": MOST_ORDERS}
    order_ids = session.execute(_DUE, parameters).scalars().all()
    changes = Changes(at=at)
    for order_id in order_ids:
        changes.publish("payment.hinted", order_id, cause, order_id=order_id)
    changes.write(session)
    return len(order_ids)
