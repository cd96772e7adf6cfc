"""How far a bulk operation has come, item by item. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_REFUSED = text("SELECT count(*) FROM bulk_item WHERE operation_id = :operation_id AND status = 'refused'")
_FIRST: Final = 20
_ITEMS = text("""
SELECT position, subject_id, number, status, guard, reason, remedy, done_at
  FROM bulk_item WHERE operation_id = :operation_id AND position > :after AND status = coalesce(:status, status)
 ORDER BY position LIMIT :limit
""")


def refused_of(session: Session, operation_id: int) -> int:
    """Count the items of an operation that were refused."""
    found: int = session.execute(_REFUSED, {"operation_id": operation_id}).scalar_one()
    return found


def first_problems(session: Session, operation_id: int) -> list[dict[str, Any]]:
    """Give the first refusals of an operation, as other operations keep theirs."""
    refused = items_of(session, operation_id, status="refused", limit=_FIRST)
    return [{name: row[name] for name in ("subject_id", "guard", "reason", "remedy")} for row in refused]


def items_of(
    session: Session, operation_id: int, *, status: str | None = None, after: int = 0, limit: int = 50
) -> Sequence[RowMapping]:
    """List the items of an operation as they were named; `after` is the position of the last one seen."""
    parameters = {"operation_id": operation_id, "status": status, "after": after, "limit": limit}
    return session.execute(_ITEMS, parameters).mappings().all()
