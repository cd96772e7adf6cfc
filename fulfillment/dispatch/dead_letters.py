"""Rows that failed for good: kept with their error until a person replays them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.dispatch.claims import Claim, ClaimedJob, claimed

MOST_FAILURES: Final = 5
"""A row that failed so often by itself is not going to succeed by trying."""

MOST_SENDS: Final = 40
"""A row handed out so often, and neither closed nor put off with a reason, kills its worker."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How long failures are borne: the pause grows by `factor` with each, up to `longest_seconds`."""

    most_failures: int
    first_seconds: float
    factor: int
    longest_seconds: float


OF_OUR_OWN: Final = Retry(MOST_FAILURES, first_seconds=2.0, factor=4, longest_seconds=3600.0)

_FAIL = text("""
UPDATE dispatch SET failures = failures + 1, last_error = :error,
       dead = :final OR failures + 1 >= :most,
       due_at = now() + make_interval(secs => least(:longest, :first * CAST(:factor AS float) ^ least(failures, 20)))
 WHERE id = :id AND fence = :fence RETURNING dead
""")
# A row with a reason is not silent: a mail server that is down for an hour makes no dead letters.
_BURY_SILENT = text("""
UPDATE dispatch SET dead = true, last_error = 'handed out ' || fence || ' times, never closed'
 WHERE due_at <= now() AND NOT dead AND fence >= :most AND last_error IS NULL RETURNING id
""")
_LIST = text("""
SELECT id, step, order_id, subject_id, argument, failures, fence, last_error, created_at, cause_kind, cause_id, actor
  FROM dispatch WHERE dead AND id > :after ORDER BY id LIMIT :limit
""")
_REPLAY = text("""
UPDATE dispatch SET dead = false, failures = 0, fence = fence + 1, due_at = now()
 WHERE id = ANY (CAST(:ids AS bigint[])) AND dead RETURNING id
""")

_TAKE_OFF = text("""
DELETE FROM dispatch WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM dispatch WHERE dead AND step = :step AND subject_id = ANY (CAST(:subject_ids AS bigint[]))
        ORDER BY id FOR UPDATE SKIP LOCKED))
RETURNING id, fence, step, order_id, subject_id, argument, operation_id, cause_kind, cause_id, actor, parent_id
""")


def record_failure(
    session: Session, claim: Claim, error: str, *, final: bool = False, retry: Retry = OF_OUR_OWN
) -> bool:
    """
    Keep what went wrong with one row and try it again later; give True when it is now a dead letter.

    `final` makes it one at once; else `retry` says when and how often. A row that was closed or handed out again since is left alone.
    """
    parameters = {
        "id": claim.id,
        "fence": claim.fence,
        "error": error[:4000],
        "final": final,
        "most": retry.most_failures,
        "first": retry.first_seconds,
        "factor": retry.factor,
        "longest": retry.longest_seconds,
    }
    return bool(session.execute(_FAIL, parameters).scalar())


def bury_silent(session: Session) -> list[int]:
    """Make dead letters of rows that were handed out over and over and of which nothing was heard; give their ids."""
    return list(session.execute(_BURY_SILENT, {"most": MOST_SENDS}).scalars())


def dead_letters(session: Session, *, after: int = 0, limit: int = 50) -> Sequence[RowMapping]:
    """List dead letters by id."""
    return session.execute(_LIST, {"after": after, "limit": limit}).mappings().all()


def replay(session: Session, ids: Sequence[int]) -> list[int]:
    """Make dead letters due again, under a new fence; give the ids of those that were dead."""
    return list(session.execute(_REPLAY, {"ids": list(ids)}).scalars())


def take_off(session: Session, step: str, subject_ids: Sequence[int]) -> list[ClaimedJob]:
    """Delete the dead letters of a step and give their jobs, by id: for a step that has another answer to failing for good."""
    found = session.execute(_TAKE_OFF, {"step": step, "subject_ids": list(subject_ids)})
    return sorted((claimed(row) for row in found), key=lambda each: each.claim.id)
