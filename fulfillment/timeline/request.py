"""A command that leads to steps: the operation that follows it, and the promise of the steps, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.dispatch.models import Operation
from fulfillment.dispatch.operations import operation_row
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes


def request_steps(
    session: Session,
    event: str,
    subjects: Sequence[tuple[int, int | None]],
    *,
    kind: str,
    client_id: int | None,
    cause: Cause,
    at: datetime,
    argument: Mapping[str, Any] | None = None,
    result: Mapping[str, Any] | None = None,
    changes: Changes | None = None,
) -> int:
    """
    Ask for the steps of `event` on each (subject, order); give the id of the operation that tells what became of them.

    Further `changes` that belong to the command are written with it.
    """
    changes = changes if changes is not None else Changes(at=at)
    [operation_id] = take_ids(session, 1)
    changes.insert(
        Operation,
        operation_row(operation_id, kind, client_id=client_id, total=len(subjects), at=at, result=result),
    )
    for subject_id, order_id in subjects:
        changes.publish(event, subject_id, cause, order_id=order_id, argument=argument, operation_id=operation_id)
    changes.write(session)
    return operation_id
