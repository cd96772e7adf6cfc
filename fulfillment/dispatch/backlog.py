"""How far the work is behind."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

# The first row of the index is enough: the oldest that is due.
_OLDEST = text("""
SELECT coalesce(extract(epoch FROM now() - d.due_at), 0) FROM dispatch d
 WHERE d.due_at <= now() AND NOT d.dead ORDER BY d.due_at LIMIT 1
""")


def oldest_due_seconds(session: Session) -> float:
    """Give for how many seconds the oldest due row has been waiting; 0 where none is."""
    return float(session.execute(_OLDEST).scalar() or 0)
