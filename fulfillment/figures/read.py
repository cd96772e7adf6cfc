"""Read the figures of this moment: counted anew each time from indexes, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

AGES: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""Where one age of open orders ends and the next begins; the last has no end."""

HOURS: Final = 24
"""How far throughput looks back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Open orders of one status as it is shown, by age: as many counts as there are ages, and one more."""

    status: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Hour:
    """
    The orders that were placed in an hour, and what has become of them by now.

    `covered_seconds` and `completed_seconds` are how long it took half of those that are covered (completed), and 95 percent
    of them; None where there are none.
    """

    begins_at: datetime
    placed: int
    covered: int
    completed: int
    canceled: int
    covered_seconds: tuple[float, float] | None
    completed_seconds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows of one step that are due: how many, and for how many seconds the oldest has waited."""

    step: str
    due: int
    oldest_seconds: float


_STANDING: Final = text("""
SELECT CASE WHEN open_holds > 0 THEN 'on_hold' ELSE status END AS shown,
       width_bucket(extract(epoch FROM :at - placed_at), CAST(:ages AS numeric[])) AS age, count(*) AS found
  FROM purchase_order WHERE status IN ('in_progress', 'partially_shipped') AND archived_at IS NULL GROUP BY 1, 2
""")

# Of the last hours by their index; the rest of the table is not looked at, however long the history.
_HOURS: Final = text("""
SELECT date_trunc('hour', placed_at, 'UTC') AS begins_at, count(*) AS placed, count(covered_at) AS covered,
       count(completed_at) AS completed, count(canceled_at) AS canceled,
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM covered_at - placed_at)) AS to_cover,
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - placed_at)) AS to_complete
  FROM purchase_order WHERE placed_at > :since AND placed_at <= :at AND status <> 'draft' GROUP BY 1
""")

_QUEUES: Final = text("""
SELECT step, count(*) AS due, extract(epoch FROM now() - min(due_at)) AS oldest FROM dispatch
 WHERE due_at <= now() AND NOT dead GROUP BY step ORDER BY min(due_at)
""")


def open_orders(session: Session, *, at: datetime) -> list[Standing]:
    """Give the open orders by status and age."""
    rows = session.execute(_STANDING, {"at": at, "ages": [age.total_seconds() for age in AGES]})
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.shown, [0] * (len(AGES) + 1))[row.age] = row.found
    return [Standing(status, counts) for status, counts in sorted(found.items())]


def last_hours(session: Session, *, at: datetime) -> list[Hour]:
    """Give the last hours, the oldest first, also those in which nothing was placed."""
    this = at.replace(minute=0, second=0, microsecond=0)
    begins = [this - timedelta(hours=back) for back in reversed(range(HOURS))]
    found = {row.begins_at: row for row in session.execute(_HOURS, {"since": begins[0], "at": at})}
    return [
        Hour(each, 0, 0, 0, 0, None, None)
        if (row := found.get(each)) is None
        else Hour(
            each, row.placed, row.covered, row.completed, row.canceled, _pair(row.to_cover), _pair(row.to_complete)
        )
        for each in begins
    ]


def queues(session: Session) -> list[Queue]:
    """Give the steps of which something is due, the longest waiting first."""
    return [Queue(row.step, row.due, float(row.oldest)) for row in session.execute(_QUEUES)]


def _pair(found: Sequence[float | None] | None) -> tuple[float, float] | None:
    if found is None or found[0] is None or found[1] is None:
        return None
    return float(found[0]), float(found[1])
