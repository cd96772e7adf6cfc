"""Authorizations that end: which, and when. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# Orders in work are few, and found by their status: no payment needs an index of its own for this.
_EXPIRING = text("""
SELECT p.id, o.number, p.currency, p.expires_at, o.open_holds > 0 AS on_hold, r.id AS renewal_id, r.declined AS renewal_declined,
       p.authorized - p.captured - p.voided - p.expired AS open
  FROM purchase_order o JOIN payment p ON p.order_id = o.id LEFT JOIN payment r ON r.renews_payment_id = p.id
 WHERE o.status IN ('in_progress', 'partially_shipped') AND o.archived_at IS NULL AND o.open_authorized > 0
   AND p.expires_at < CAST(:before AS timestamptz) AND p.authorized > p.captured + p.voided + p.expired
   AND (CAST(:after AS timestamptz) IS NULL OR (p.expires_at, p.id) > (CAST(:after AS timestamptz), CAST(:after_id AS bigint)))
 ORDER BY p.expires_at, p.id LIMIT :limit
""")
# Of a short life the last quarter (payments/expiry/renew.py). A gateway that refuses to let go is asked again after an hour.
_TO_TEND = text("""
SELECT p.id
  FROM purchase_order o JOIN payment p ON p.order_id = o.id LEFT JOIN payment r ON r.renews_payment_id = p.id
 WHERE o.status IN ('in_progress', 'partially_shipped') AND o.archived_at IS NULL AND o.open_authorized > 0
   AND p.authorized > p.captured + p.voided + p.expired AND p.capture_pending = 0 AND p.void_pending = 0
   AND (r.id IS NULL AND p.expires_at - LEAST(interval '24 hours', (p.expires_at - p.created_at) / 4) <= CAST(:at AS timestamptz)
        OR r.id IS NOT NULL AND (r.declined IS NOT NULL OR r.authorized > 0) AND p.expires_at <= CAST(:at AS timestamptz))
   AND NOT EXISTS (SELECT FROM payment_attempt a
                    WHERE a.order_id = o.id AND a.payment_id = p.id AND a.kind = 'void' AND a.status = 'failed'
                      AND a.decided_at > CAST(:at AS timestamptz) - interval '1 hour')
 ORDER BY p.expires_at, p.id LIMIT 500
""")


def payments_to_tend(session: Session, *, at: datetime) -> Sequence[int]:
    """Give the authorizations of orders in work that are to be renewed now, and those that have ended, the oldest first."""
    return session.execute(_TO_TEND, {"at": at}).scalars().all()


def expiring_payments(
    session: Session, *, before: datetime, after: tuple[datetime, int] | None = None, limit: int
) -> Sequence[RowMapping]:
    """List the open authorizations of orders in work that end before a moment; `after` is the last one seen."""
    moment, payment_id = after or (None, None)
    parameters = {"before": before, "after": moment, "after_id": payment_id, "limit": limit}
    return session.execute(_EXPIRING, parameters).mappings().all()
