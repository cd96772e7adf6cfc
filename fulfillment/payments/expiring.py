"""Authorizations that end: which, and when. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# Orders in work are few, and found by their status: no payment needs an index of its own for this.
_EXPIRING = text("""
SELECT p.id, o.number, p.currency, p.expires_at, o.open_holds > 0 AS on_hold, r.id AS renewal_id, r.declined AS renewal_declined,
       p.authorized - p.captured - p.voided AS open
  FROM purchase_order o JOIN payment p ON p.order_id = o.id LEFT JOIN payment r ON r.renews_payment_id = p.id
 WHERE o.status IN ('in_progress', 'partially_shipped') AND o.archived_at IS NULL AND o.open_authorized > 0
   AND p.expires_at < CAST(:before AS timestamptz) AND p.authorized > p.captured + p.voided
   AND (CAST(:after AS timestamptz) IS NULL OR (p.expires_at, p.id) > (CAST(:after AS timestamptz), CAST(:after_id AS bigint)))
 ORDER BY p.expires_at, p.id LIMIT :limit
""")


def expiring_payments(
    session: Session, *, before: datetime, after: tuple[datetime, int] | None = None, limit: int
) -> Sequence[RowMapping]:
    """List the open authorizations of orders in work that end before a moment; `after` is the last one seen."""
    moment, payment_id = after or (None, None)
    parameters = {"before": before, "after": moment, "after_id": payment_id, "limit": limit}
    return session.execute(_EXPIRING, parameters).mappings().all()
