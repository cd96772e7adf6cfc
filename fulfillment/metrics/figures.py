"""Figures: how far the work is behind, what is open, and what stands over its limit; two statements for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.alarms.limits import LIMITS
from fulfillment.alarms.look import alarms, limits_of
from fulfillment.process import QUEUES, STEPS

_QUEUE_OF: Final = ", ".join(f"('{name}', '{step.queue}')" for name, step in STEPS.items())
_CHEAP: Final = """
SELECT 'stock_is_never_oversold' AS name, count(*) AS found FROM stock WHERE on_hand < 0 OR allocated < 0 OR allocated > on_hand
"""

STEP_ROWS: Final = "step_rows"
"""Rows of a step that were closed, by their bucket (dispatch/times.py): labels are the step and the bucket's upper end."""

STEP_SECONDS: Final = "step_seconds"
"""How long they took in all."""

# Each part looks at what is open alone, by an index that holds nothing else, or at a table that is small.
_FIGURES: Final = text(f"""
WITH waiting AS (
  SELECT s.queue, CASE WHEN d.dead THEN 'dead' WHEN d.due_at <= now() THEN 'due' ELSE 'later' END AS state, count(*) AS rows,
         max(extract(epoch FROM now() - d.due_at)) AS behind
    FROM dispatch d JOIN (VALUES {_QUEUE_OF}) AS s (step, queue) ON s.step = d.step GROUP BY 1, 2),
aged AS (
  SELECT CASE WHEN open_holds > 0 THEN 'on_hold' ELSE status END AS status,
         CASE WHEN placed_at > CAST(:at AS timestamptz) - interval '1 day' THEN 'day'
              WHEN placed_at > CAST(:at AS timestamptz) - interval '7 days' THEN 'week'
              WHEN placed_at > CAST(:at AS timestamptz) - interval '30 days' THEN 'month' ELSE 'older' END AS age, count(*) AS orders
    FROM purchase_order WHERE status IN ('in_progress', 'partially_shipped') AND archived_at IS NULL GROUP BY 1, 2)
SELECT 'dispatch_rows' AS name, queue AS first, state AS second, rows::float AS value FROM waiting
 UNION ALL
SELECT 'dispatch_oldest_due_seconds', queue, '', behind FROM waiting WHERE state = 'due'
 UNION ALL
SELECT 'orders', status, age, orders FROM aged
 UNION ALL
SELECT 'shipments', status, '', count(*) FROM shipment WHERE status NOT IN ('shipped', 'canceled') GROUP BY status
 UNION ALL
SELECT 'payment_attempts_undecided', kind, '', count(*) FROM payment_attempt
 WHERE status IN ('new', 'sending', 'unknown') GROUP BY kind
 UNION ALL
SELECT 'drift_items', drift, '', count(*) FROM drift_item WHERE status = 'open' GROUP BY drift
 UNION ALL
SELECT 'violations', name, '', found FROM ({_CHEAP}) v
 UNION ALL
SELECT '{STEP_ROWS}', t.step, CAST(t.at_most AS text), t.rows FROM step_time t WHERE t.step = ANY (CAST(:steps AS text[]))
 UNION ALL
SELECT '{STEP_SECONDS}', t.step, '', sum(t.seconds) FROM step_time t WHERE t.step = ANY (CAST(:steps AS text[])) GROUP BY t.step
""")  # noqa: S608 - our own names only


@dataclass(frozen=True, slots=True)
class Kind:
    """A figure by its name, what it tells, and what it is divided by."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


KINDS: Final = (
    Kind("dispatch_rows", "Steps that are due, due later (or handed out), or failed for good.", ("queue", "state")),
    Kind("dispatch_oldest_due_seconds", "For how long the oldest due step of a queue has been waiting.", ("queue",)),
    Kind("orders", "Orders in work, by the time since they were placed.", ("status", "age")),
    Kind("shipments", "Shipments that have neither left nor been canceled.", ("status",)),
    Kind("payment_attempts_undecided", "Movements of money whose outcome is not known.", ("kind",)),
    Kind("drift_items", "What the last reconciliation found and nobody has repaired.", ("drift",)),
    Kind("violations", "Rows that break an invariant, of those that are cheap to look at.", ("invariant",)),
    Kind("alarm", "Things that stand over their limit (1000 stands for more).", ("name", "severity")),
    Kind("alarm_oldest_seconds", "For how long the first of them has stood.", ("name",)),
    Kind("alarm_limit_seconds", "How long it may.", ("name",)),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a figure."""

    name: str
    labels: Sequence[str]
    value: float


def read_figures(session: Session, limits: Mapping[str, int], *, at: datetime) -> list[Figure]:
    """Read all figures as they stand at this moment; `limits` are those of the site, in seconds."""
    return [*_of_database(session, at), *_of_alarms(session, limits, at)]


def _of_database(session: Session, at: datetime) -> Iterator[Figure]:
    divided = {kind.name: len(kind.labels) for kind in KINDS} | {STEP_ROWS: 2, STEP_SECONDS: 1}
    behind = set()
    for row in session.execute(_FIGURES, {"at": at, "steps": list(STEPS)}):
        if row.name == "dispatch_oldest_due_seconds":
            behind.add(row.first)
        yield Figure(row.name, (row.first, row.second)[: divided[row.name]], float(row.value))
    for queue in QUEUES:  # An alert on a figure that is not there never fires.
        if queue not in behind:
            yield Figure("dispatch_oldest_due_seconds", (queue,), 0.0)


def _of_alarms(session: Session, limits: Mapping[str, int], at: datetime) -> Iterator[Figure]:
    raised = {each.limit.name: each for each in alarms(session, limits, at=at)}
    for name, seconds in limits_of(limits).items():
        yield Figure("alarm_limit_seconds", (name,), float(seconds))
    for limit in LIMITS:
        found = raised.get(limit.name)
        yield Figure("alarm", (limit.name, limit.severity), float(found.count) if found else 0.0)
        since = max(0.0, (at - found.since).total_seconds()) if found else 0.0
        yield Figure("alarm_oldest_seconds", (limit.name,), since)
