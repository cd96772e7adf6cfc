"""Forget: what was told long ago, and endpoints that were removed with all that is left of them, a part at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.webhooks.schedule import KEPT

_MOST: Final = 5000

_OLD = text("""
DELETE FROM webhook_delivery WHERE ctid = ANY (ARRAY(
  SELECT w.ctid FROM webhook_delivery w WHERE w.status <> 'waiting' AND w.status_since < :before
   ORDER BY w.status_since LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING 1
""")
_OF_REMOVED = text("""
DELETE FROM webhook_delivery WHERE ctid = ANY (ARRAY(
  SELECT w.ctid FROM webhook_delivery w JOIN webhook_endpoint e ON e.id = w.endpoint_id
   WHERE e.status = 'removed' AND w.status <> 'waiting' LIMIT :most FOR UPDATE OF w SKIP LOCKED))
RETURNING 1
""")
_REMOVED = text("""
DELETE FROM webhook_endpoint e
 WHERE e.status = 'removed' AND NOT EXISTS (SELECT FROM webhook_delivery w WHERE w.endpoint_id = e.id)
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.step LIKE 'webhooks.%')
""")


def forget_old_webhooks(session: Session, *, at: datetime) -> int:
    """Forget what was told more than 30 days ago, and what was told to endpoints that are no more. Gives how much."""
    old = session.execute(_OLD, {"before": at - KEPT, "most": _MOST}).all()
    removed = session.execute(_OF_REMOVED, {"most": _MOST}).all()
    session.execute(_REMOVED)
    return len(old) + len(removed)
