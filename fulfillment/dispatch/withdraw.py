"""Withdrawing the steps of an order that is to be no more."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.job import Job

_TAKE = text("""
DELETE FROM dispatch WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM dispatch WHERE order_id = :order_id ORDER BY id FOR UPDATE SKIP LOCKED))
RETURNING subject_id, operation_id, cause_kind, cause_id, actor
""")
_LEFT = text("SELECT count(*) FROM dispatch WHERE order_id = :order_id")


def withdraw(session: Session, order_id: int) -> list[Job] | None:
    """
    Take the dispatch rows of a locked order away, dead letters as well, and give their jobs.

    None where a worker is at one of them this moment: the caller must go back, since the others are gone already.
    """
    rows = session.execute(_TAKE, {"order_id": order_id}).all()
    if session.execute(_LEFT, {"order_id": order_id}).scalar_one():
        return None
    return [
        Job(
            row.subject_id,
            Cause(CauseKind(row.cause_kind), row.cause_id, row.actor),
            order_id=order_id,
            operation_id=row.operation_id,
        )
        for row in rows
    ]
