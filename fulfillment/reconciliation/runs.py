"""Runs: asked for by a person or the schedule, taken by whoever comes first, and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.errors import NotFound
from fulfillment.reconciliation.states import DriftClass

_ASK = text("""
INSERT INTO reconciliation (classes, repairs, asked_at, begun_at, cause_kind, cause_id, actor)
VALUES (CAST(:classes AS jsonb), :repairs, CAST(:at AS timestamptz), CAST(:begun AS timestamptz), :kind, :cause_id, :actor)
RETURNING id
""")
# One that was begun and not finished for half an hour was begun by a process that is gone.
_TAKE = text("""
UPDATE reconciliation SET begun_at = CAST(:at AS timestamptz)
 WHERE id = (SELECT id FROM reconciliation
              WHERE finished_at IS NULL AND coalesce(begun_at < CAST(:at AS timestamptz) - interval '30 minutes', true)
              ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, classes, looked_at, repairs, cause_kind, cause_id, actor
""")
_GO_ON = text("""
UPDATE reconciliation SET begun_at = CAST(:at AS timestamptz), errors = errors || CAST(:errors AS jsonb),
       looked_at = looked_at || to_jsonb(CAST(:drift AS text))
 WHERE id = :id
""")
_FINISH = text("UPDATE reconciliation SET finished_at = CAST(:at AS timestamptz) WHERE id = :id")
_READ = """
SELECT r.id, r.classes, r.looked_at, r.repairs, r.asked_at, r.begun_at, r.finished_at, r.errors, r.actor,
       coalesce((SELECT jsonb_object_agg(v.drift, v.counts)
                   FROM (SELECT i.drift, jsonb_build_object('found', count(*),
                                  'repaired', count(*) FILTER (WHERE i.status = 'repaired'),
                                  'open', count(*) FILTER (WHERE i.status = 'open')) AS counts
                           FROM drift_item i WHERE i.reconciliation_id = r.id GROUP BY i.drift) v), '{}') AS counts
  FROM reconciliation r
"""
_ONE = text(_READ + " WHERE r.id = :id")
_LIST = text(_READ + " WHERE r.id < :before ORDER BY r.id DESC LIMIT :limit")
_AN_ITEM = """
SELECT i.id, i.reconciliation_id, i.drift, i.rule, o.number AS order_number, i.place, i.facts, i.status, i.found_at, i.refusal,
       i.after, i.repaired_at, i.repaired_by
  FROM drift_item i LEFT JOIN purchase_order o ON o.id = i.order_id
"""
_ITEMS = text(_AN_ITEM + " WHERE i.reconciliation_id = :run AND i.id > :after ORDER BY i.id LIMIT :limit")
_ITEM = text(_AN_ITEM + " WHERE i.id = :id AND i.reconciliation_id = coalesce(:of, i.reconciliation_id)")


@dataclass(frozen=True, slots=True)
class Run:
    """A reconciliation that somebody is at, and the classes that are left to look at."""

    id: int
    classes: Sequence[DriftClass]
    repairs: bool
    cause: Cause


def ask_for(
    session: Session, classes: Sequence[DriftClass], *, repairs: bool, cause: Cause, at: datetime, begun: bool = False
) -> Run:
    """Ask for a reconciliation; one that has `begun` is the caller's own."""
    classes = list(classes) or list(DriftClass)
    said = {"classes": orjson.dumps(classes).decode(), "repairs": repairs, "at": at, "begun": at if begun else None}
    whose = {"kind": cause.kind, "cause_id": cause.id, "actor": cause.actor}
    return Run(session.execute(_ASK, {**said, **whose}).scalar_one(), classes, repairs, cause)


def take_run(session: Session, *, at: datetime) -> Run | None:
    """Take the oldest reconciliation that nobody is at, or None."""
    row = session.execute(_TAKE, {"at": at}).one_or_none()
    if row is None:
        return None
    cause = Cause(CauseKind(row.cause_kind), row.cause_id, row.actor)
    left = [DriftClass(each) for each in row.classes if each not in row.looked_at]
    return Run(row.id, left, row.repairs, cause)


def go_on(session: Session, run_id: int, drift: DriftClass, error: str | None, *, at: datetime) -> None:
    """Say that a class was looked at, or why it could not be, and that somebody is at the next."""
    errors = {} if error is None else {drift: error}
    session.execute(_GO_ON, {"id": run_id, "drift": drift, "errors": orjson.dumps(errors).decode(), "at": at})


def finish(session: Session, run_id: int, *, at: datetime) -> None:
    """Say that everything was looked at."""
    session.execute(_FINISH, {"id": run_id, "at": at})


def find_run(session: Session, run_id: int) -> RowMapping:
    """Read a reconciliation, with its counts by class. Raises NotFound."""
    row = session.execute(_ONE, {"id": run_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no reconciliation {run_id}")
    return row


def list_runs(session: Session, *, before: int | None, limit: int) -> Sequence[RowMapping]:
    """List reconciliations, the latest first; `before` is the last one seen."""
    return session.execute(_LIST, {"before": before or 2**63 - 1, "limit": limit}).mappings().all()


def items_of(session: Session, run_id: int, *, after: int = 0, limit: int = 50) -> Sequence[RowMapping]:
    """List what a reconciliation found, as it was found. Raises NotFound."""
    find_run(session, run_id)
    return session.execute(_ITEMS, {"run": run_id, "after": after, "limit": limit}).mappings().all()


def find_item(session: Session, item_id: int, *, of: int | None = None) -> RowMapping:
    """Read one item, `of` a certain reconciliation. Raises NotFound."""
    row = session.execute(_ITEM, {"id": item_id, "of": of}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no item {item_id}")
    return row
