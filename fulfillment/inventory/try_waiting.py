"""Try waiting: have those tried who wait for a product of which there is some, should they ever have been passed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes

# In no order, so that products of which there is too little for anybody are not always the first 500.
_WAITED_FOR = text("""
SELECT w.product_id FROM waiting_line w
 WHERE EXISTS (SELECT FROM stock s WHERE s.product_id = w.product_id AND s.on_hand - s.allocated > s.safety
                  AND coalesce(s.available_from <= CAST(:at AS timestamptz), true))
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.step = 'inventory.assign_waiting' AND d.subject_id = w.product_id)
 GROUP BY w.product_id ORDER BY random() LIMIT 500
""")


def try_waiting(session: Session, *, cause: Cause, at: datetime) -> int:
    """Publish that there is stock of what is waited for, 500 products at most; give of how many."""
    products = session.execute(_WAITED_FOR, {"at": at}).scalars().all()
    changes = Changes(at=at)
    for product_id in products:
        changes.publish("stock.gained", product_id, cause)
    changes.write(session)
    return len(products)
