"""What waits for a person: pay-outs to make, and attempts nobody can ask the gateway about any more. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_COLUMNS = """
SELECT a.id, a.payment_id, o.number AS "order", a.kind, a.amount, p.currency, a.status, p.method, p.received_as,
       p.reference AS payment_reference, a.key, a.sends, a.code, a.message, a.reason, a.created_at,
       d.id AS dead_letter_id, d.last_error, a.reference, a.shipment_id, a.lines, a.decided_at
  FROM payment_attempt a JOIN payment p ON p.id = a.payment_id JOIN purchase_order o ON o.id = a.order_id
  LEFT JOIN dispatch d ON d.id = a.dispatch_id AND d.dead
"""
# Each half has an index of its own: both are few.
_WAITING = text(f"""
{_COLUMNS} WHERE a.status = 'by_hand' AND a.id > :after AND (CAST(:status AS text) IS NULL OR a.status = :status)
 UNION ALL
{_COLUMNS} WHERE a.status IN ('sending', 'unknown') AND a.dispatch_id IN (SELECT id FROM dispatch WHERE dead)
   AND a.id > :after AND (CAST(:status AS text) IS NULL OR :status = 'unknown')
 ORDER BY id LIMIT :limit
""")  # noqa: S608 - our own names only
_ONE = text(_COLUMNS + " WHERE a.id = :id")


def attempts_by_hand(session: Session, *, status: str | None, after: int, limit: int) -> Sequence[RowMapping]:
    """
    List what waits for a person: `by_hand`, to be paid out; `unknown`, to be found out in the gateway's own records.

    Each comes with its evidence: what was sent, how often, under which key, and what was answered last.
    """
    return session.execute(_WAITING, {"status": status, "after": after, "limit": limit}).mappings().all()


def find_attempt(session: Session, attempt_id: int) -> RowMapping:
    """Give one attempt, whatever became of it. Raises NotFound."""
    if (found := session.execute(_ONE, {"id": attempt_id}).mappings().one_or_none()) is None:
        raise NotFound(f"no attempt {attempt_id}")
    return found
