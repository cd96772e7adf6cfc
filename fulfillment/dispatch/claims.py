"""Handing out due rows, and closing them: the two statements that everything else leans on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from fulfillment.dispatch.times import AGE, note_closed
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.immutable import immutable
from fulfillment.kernel.job import Job
from fulfillment.process import STEPS


@immutable
class Claim:
    """A row that was handed out, and which hand-out it was. Only the latest hand-out may close the row."""

    id: int
    fence: int


@immutable
class Leased:
    """A due row on its way to a worker."""

    claim: Claim
    step: str


# A row is due when its time has come and no earlier row of its order and lane is unfinished. A dead letter blocks in the lane of work alone.
# A step that passes dead letters passes whatever stands behind one with it.
# The lease doubles with each hand-out, so that a long queue is not handed out over and over.
_LEASE_DUE = text("""
UPDATE dispatch SET fence = fence + 1, due_at = now() + make_interval(secs => :lease) * 2 ^ least(fence, 6)
 WHERE ctid = ANY (ARRAY(
       SELECT d.ctid FROM dispatch d
        WHERE d.due_at <= now() AND NOT d.dead AND d.step = ANY (CAST(:steps AS text[]))
          AND NOT EXISTS (SELECT FROM dispatch e
                           WHERE e.order_id = d.order_id AND e.lane = d.lane AND e.id < d.id
                             AND NOT (e.dead AND e.lane <> 'work')
                             AND NOT (d.step = ANY (CAST(:passing AS text[]))
                                      AND (e.dead OR e.step <> ALL (CAST(:passing AS text[])))
                                      AND EXISTS (SELECT FROM dispatch f
                                                   WHERE f.order_id = e.order_id AND f.lane = e.lane AND f.dead
                                                     AND f.id <= e.id)))
        ORDER BY d.due_at, d.id LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING id, fence, step
""")

_ANYTHING_DUE = text("SELECT EXISTS (SELECT FROM dispatch WHERE due_at <= now() AND NOT dead)")

_PASSING: Final = [name for name, step in STEPS.items() if step.passes_dead]

# First in the transaction of the effect: closing and claiming are one. A crash rolls it back; a duplicate finds nothing.
CLOSING: Final = f"""
DELETE FROM dispatch WHERE ctid = ANY (ARRAY(
       SELECT d.ctid FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS f(id, fence)
         JOIN dispatch d USING (id, fence)
        WHERE NOT d.dead ORDER BY d.id FOR UPDATE OF d SKIP LOCKED))
RETURNING id, fence, step, order_id, subject_id, argument, operation_id, cause_kind, cause_id, actor, parent_id, {AGE}
"""  # noqa: S608 - our own names
_CLOSE = text(CLOSING)

_READ = text("""
SELECT d.id, d.fence, d.step, d.order_id, d.subject_id, d.argument, d.operation_id,
       d.cause_kind, d.cause_id, d.actor, d.parent_id
  FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS f(id, fence)
  JOIN dispatch d USING (id, fence) WHERE NOT d.dead ORDER BY d.id
""")

_LOCK = text(_READ.text + " FOR UPDATE OF d SKIP LOCKED")
_WAIT_AND_LOCK = text(_READ.text + " FOR UPDATE OF d")

_POSTPONE = text("""
UPDATE dispatch d SET due_at = now() + make_interval(secs => :seconds), last_error = :error
  FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS f(id, fence)
 WHERE d.id = f.id AND d.fence = f.fence
""")


@immutable
class ClaimedJob:
    """A row's content, together with the hand-out it was read under."""

    claim: Claim
    step: str
    job: Job


def anything_due(session: Session) -> bool:
    """Tell whether a row's time has come, be it blocked by an earlier one or not."""
    return bool(session.execute(_ANYTHING_DUE).scalar_one())


def lease_due(session: Session, *, most: int, lease_seconds: float, leaving_out: Sequence[str] = ()) -> list[Leased]:
    """
    Hand out up to `most` due rows for `lease_seconds`, doubling with each hand-out of the same row.

    Steps that are left out have enough on their way already. A step that this version does not know, written by a
    newer one beside it, is left to those that know it.
    """
    steps = [step for step in STEPS if step not in leaving_out]
    parameters = {"most": most, "lease": lease_seconds, "steps": steps, "passing": _PASSING}
    rows = session.execute(_LEASE_DUE, parameters).all()
    return [Leased(Claim(row.id, row.fence), row.step) for row in sorted(rows, key=lambda row: row.id)]


def close(
    session: Session, claims: Sequence[Claim], *, by: TextClause = _CLOSE, also: Mapping[str, Any] | None = None
) -> list[ClaimedJob]:
    """
    Close the rows in this transaction and give their jobs, by id.

    A row that was closed before, or handed out again since, is not among them: its work is done, or another's. `by` is a
    statement that does more than CLOSING with what it closes, `also` its further parameters.
    """
    rows = session.execute(by, {**_columns(claims), **(also or {})}).all()
    note_closed(session, rows)
    return [claimed(row) for row in sorted(rows, key=lambda row: row.id)]


def read(session: Session, claims: Sequence[Claim]) -> list[ClaimedJob]:
    """Give the jobs of those rows that are still open and ours, closing none."""
    return [claimed(row) for row in session.execute(_READ, _columns(claims)).all()]


def lock(session: Session, claims: Sequence[Claim], *, waiting: bool = False) -> list[ClaimedJob]:
    """
    Give the jobs of those rows that are still open and ours, and keep them so until the end of the transaction.

    A row that another transaction holds is not given, or, with `waiting`, waited for.
    """
    statement = _WAIT_AND_LOCK if waiting else _LOCK
    return [claimed(row) for row in session.execute(statement, _columns(claims)).all()]


def postpone(session: Session, claims: Sequence[Claim], *, seconds: float, error: str) -> None:
    """Make the rows due again after `seconds`, keeping what went wrong for whoever looks."""
    session.execute(_POSTPONE, {**_columns(claims), "seconds": seconds, "error": error})


def _columns(claims: Sequence[Claim]) -> dict[str, list[int]]:
    return {"ids": [claim.id for claim in claims], "fences": [claim.fence for claim in claims]}


def claimed(row: Row[Any]) -> ClaimedJob:
    """Read a row as CLOSING gives it."""
    cause = Cause(CauseKind(row.cause_kind), row.cause_id, row.actor, row.step, row.id, row.parent_id)
    job = Job(
        subject_id=row.subject_id,
        cause=cause,
        order_id=row.order_id,
        argument=row.argument or {},
        operation_id=row.operation_id,
    )
    return ClaimedJob(Claim(row.id, row.fence), row.step, job)
