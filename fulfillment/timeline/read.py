"""The timeline as it is shown (OL21). Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_ENTRIES = text("""
SELECT id, subject, subject_id, verb, before, after, detail, version, cause_kind, cause_id, actor, step, parent_id, at
  FROM timeline WHERE order_id = :order_id AND id > :after ORDER BY id LIMIT :limit
""")

_SINCE = text("""
SELECT verb, subject, actor, at, version, detail FROM timeline WHERE order_id = :order_id AND version > :version ORDER BY id
""")


def entries_of(session: Session, order_id: int, *, after: int = 0, limit: int = 100) -> Sequence[RowMapping]:
    """List what happened to an order, in the order in which it happened; `after` is the id of the last entry seen."""
    return session.execute(_ENTRIES, {"order_id": order_id, "after": after, "limit": limit}).mappings().all()


def entries_since(session: Session, order_id: int, version: int) -> Sequence[RowMapping]:
    """List what people changed about an order after it had this version (RO2)."""
    return session.execute(_SINCE, {"order_id": order_id, "version": version}).mappings().all()
