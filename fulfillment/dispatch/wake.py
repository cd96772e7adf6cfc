"""Wake: rows that were put off, or put aside, are due at once, since something has become known that they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

_HOLD = text("SELECT id FROM dispatch WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE SKIP LOCKED")
_WAKE = text("""
UPDATE dispatch SET due_at = now(), dead = false, failures = CASE WHEN dead THEN 0 ELSE failures END,
       fence = fence + CASE WHEN dead THEN 1 ELSE 0 END
 WHERE id = ANY (CAST(:ids AS bigint[])) AND (dead OR due_at > now())
""")


def hold_rows(session: Session, ids: Iterable[int]) -> list[int]:
    """Lock dispatch rows and give their ids; left out are those that a worker is writing down this moment."""
    return list(session.execute(_HOLD, {"ids": sorted(set(ids))}).scalars())


def wake(session: Session, ids: Sequence[int]) -> None:
    """
    Make held rows due at once, dead letters too.

    One that a worker is at is handed out a second time: whoever comes second finds it done.
    """
    if ids:
        session.execute(_WAKE, {"ids": list(ids)})
