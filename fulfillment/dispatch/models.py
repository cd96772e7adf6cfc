"""Work to be done, as rows. The row is the job; a broker message is only a hint that it is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Double, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base


class Dispatch(Base):
    """
    One step to be done to one subject, written in the transaction of the change that called for it.

    It is deleted in the transaction of its effect. `due_at` is also the lease: a row handed out is due again when the
    lease runs out. `fence` counts the hand-outs: only the latest may close the row.
    """

    __tablename__ = "dispatch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str]
    lane: Mapped[str]
    order_id: Mapped[int | None]
    subject_id: Mapped[int]
    argument: Mapped[dict[str, Any] | None]
    operation_id: Mapped[int | None]
    due_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    fence: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    dead: Mapped[bool] = mapped_column(server_default="false")
    last_error: Mapped[str | None]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    actor: Mapped[str]
    parent_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        Index("dispatch_due", "due_at", "id", postgresql_where=text("NOT dead")),
        Index("dispatch_order", "order_id", "lane", "id"),
        Index("dispatch_dead", "id", postgresql_where=text("dead")),
        # The table is a queue: many versions of few rows. Keep room for them in the page and clean up often.
        {
            "postgresql_with": {
                "fillfactor": 70,
                "autovacuum_vacuum_scale_factor": 0.05,
                "autovacuum_vacuum_cost_delay": 0,
            }
        },
    )


class Operation(Base):
    """What a command that leads to steps is followed by: how many of its jobs are done, and which were refused."""

    __tablename__ = "operation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    client_id: Mapped[int | None]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(server_default="0")
    problems: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    result: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("done BETWEEN 0 AND total", name="done_at_most_total"),)


class SweepRun(Base):
    """One run of a sweep in one slot of time; the key keeps several beats from doing it twice."""

    __tablename__ = "sweep_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    found: Mapped[int | None]


class StepTime(Base):
    """
    How many rows of a step were closed within `at_most` seconds of the change that called for them, and their seconds in all.

    A few rows per step, however many orders there are; each counts what is above the next smaller one. Nothing but /metrics
    reads them.
    """

    __tablename__ = "step_time"

    step: Mapped[str] = mapped_column(primary_key=True)
    at_most: Mapped[float] = mapped_column(Double, primary_key=True)
    rows: Mapped[int]
    seconds: Mapped[float] = mapped_column(Double)

    __table_args__ = (CheckConstraint("rows > 0 AND seconds >= 0", name="counts_something"), ROOM_FOR_UPDATES)
