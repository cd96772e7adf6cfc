"""Attempts that nobody will ask about. There should be none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_FORGOTTEN = text("""
SELECT a.id FROM payment_attempt a
 WHERE a.status IN ('new', 'sending', 'unknown') AND a.created_at < CAST(:at AS timestamptz) - interval '15 minutes'
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = a.order_id
                      AND CASE a.status WHEN 'new' THEN d.subject_id = a.id AND d.step = 'payments.send'
                                        ELSE d.id = a.dispatch_id END)
 ORDER BY a.id
""")


def forgotten_attempts(session: Session, *, at: datetime) -> Sequence[int]:
    """
    Give the attempts that are undecided for a quarter of an hour and have no dispatch row.

    An attempt of unknown outcome is asked about by its own row, five minutes after the last time at most; to make such
    a row due sooner would take it from a worker who may be asking at this moment.
    """
    return session.execute(_FORGOTTEN, {"at": at}).scalars().all()
