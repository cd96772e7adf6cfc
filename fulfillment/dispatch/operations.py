"""What a 202 is followed by."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.models import Operation
from fulfillment.kernel.job import Job, Outcome

_FINISH = text("""
UPDATE operation o
   SET done = o.done + v.done, problems = o.problems || v.problems, result = o.result || v.result,
       finished_at = CASE WHEN o.done + v.done = o.total THEN CAST(:at AS timestamptz) END
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(id bigint, done bigint, problems jsonb, result jsonb)
 WHERE o.id = v.id
""")


def operation_row(
    operation_id: int,
    kind: str,
    *,
    client_id: int | None,
    total: int,
    at: datetime,
    result: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make up the row of a new operation of `total` jobs, for `Changes.insert`."""
    return {
        "id": operation_id,
        "kind": kind,
        "client_id": client_id,
        "total": total,
        "done": 0,
        "problems": [],
        "result": dict(result or {}),
        "created_at": at,
        "finished_at": at if total == 0 else None,
    }


def finish(session: Session, jobs: Sequence[Job], outcome: Outcome, *, at: datetime) -> None:
    """Count these jobs as done with their operations, and keep why any was refused."""
    refusals = {refusal.subject_id: refusal for refusal in outcome.refused}
    done: dict[int, int] = defaultdict(int)
    problems: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for job in jobs:
        if job.operation_id is not None:
            done[job.operation_id] += 1
            if (refusal := refusals.get(job.subject_id)) is not None:
                problems[job.operation_id].append(
                    {
                        "subject_id": refusal.subject_id,
                        "guard": refusal.guard,
                        "reason": refusal.reason,
                        "remedy": refusal.remedy,
                    }
                )
    if done:
        rows = [
            {"id": operation_id, "done": count, "problems": problems[operation_id], "result": {}}
            for operation_id, count in sorted(done.items())
        ]
        session.execute(_FINISH, {"rows": json.dumps(rows), "at": at})


def find_operation(session: Session, operation_id: int) -> Operation | None:
    """Look an operation up."""
    return session.get(Operation, operation_id)
