"""The timeline as it is shown (OL21). Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_ENTRIES = text("""
SELECT id, subject, subject_id, verb, before, after, detail, cause_kind, cause_id, actor, step, parent_id, at
  FROM timeline WHERE order_id = :order_id AND id > :after ORDER BY id LIMIT :limit
""")


def entries_of(session: Session, order_id: int, *, after: int = 0, limit: int = 100) -> Sequence[RowMapping]:
    """List what happened to an order, in the order in which it happened; `after` is the id of the last entry seen."""
    return session.execute(_ENTRIES, {"order_id": order_id, "after": after, "limit": limit}).mappings().all()
