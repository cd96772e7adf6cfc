"""
The relay bench: how many dispatch rows a second go through relay, broker and worker, and are closed.

Their subjects do not exist, so that their step has nothing to do but close them: what is measured is the way there. The rows are
there before the system starts, and are made due when it has.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, Final

import psycopg

from fulfillment.bench.server import measured_server, running
from fulfillment.db.migrate import upgrade
from fulfillment.kernel.say import Say
from fulfillment.process import STEPS
from fulfillment.runtime import databases, home
from fulfillment.runtime.up import Shape
from fulfillment.settings import Settings

_DATABASE: Final = "fulfillment_relay"
_LONGEST_SECONDS: Final = 300
_LOOK_SECONDS: Final = 0.05
_STEP: Final = "shipments.release_if_automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPlan:
    """How many rows, of as many orders, by how many of each."""

    rows: int = 200_000
    relays: int = 1
    workers: int = 1


@dataclass(frozen=True, slots=True)
class RelayFigures:
    """Rows a second that were handed out, and that were closed. `left` are those that were not closed."""

    rows_per_s: float
    closed_per_s: float
    rows: int
    left: int
    handed_twice: int
    relays: int
    workers: int

    def as_object(self) -> dict[str, Any]:
        """The figures under their plain names."""
        return asdict(self)


def run_relay(settings: Settings, plan: RelayPlan, say: Say) -> RelayFigures:
    """Measure. Raises CannotStart where the server cannot."""
    with home.temporary() as folder, measured_server(settings, folder) as server:
        databases.drop(server.url, _DATABASE)
        url = databases.create(server.url, _DATABASE)
        try:
            upgrade(url)
            with psycopg.connect(databases.conninfo(url), autocommit=True) as connection:
                say(f"writing {plan.rows} rows")
                connection.execute(_ROWS, {"step": _STEP, "lane": STEPS[_STEP].lane, "rows": plan.rows})
                connection.execute("VACUUM ANALYZE dispatch")
                shape = Shape(relays=plan.relays, workers=plan.workers, beats=0)
                with running(settings, url, folder / "system", shape):
                    return _watched(connection, plan, say)
        finally:
            databases.drop(server.url, _DATABASE)


def _watched(connection: psycopg.Connection, plan: RelayPlan, say: Say) -> RelayFigures:
    connection.execute(_NOW)
    began = time.monotonic()
    handed_after = None
    while True:
        untouched, left, twice = connection.execute(_LOOK).fetchone() or (0, 0, 0)
        now = time.monotonic() - began
        if not untouched and handed_after is None:
            handed_after = now
        if not left or now > _LONGEST_SECONDS:
            handed = handed_after or now
            return RelayFigures(
                round((plan.rows - untouched) / handed, 1),
                round((plan.rows - left) / now, 1),
                plan.rows,
                left,
                twice,
                plan.relays,
                plan.workers,
            )
        say(f"{plan.rows - left} of {plan.rows} rows are closed")
        time.sleep(_LOOK_SECONDS)


_ROWS: Final = """
INSERT INTO dispatch (id, step, lane, order_id, subject_id, due_at, cause_kind, cause_id, actor)
SELECT n, %(step)s, %(lane)s, n, n, now() + interval '1 day', 'request', 'bench', 'bench'
  FROM generate_series(1, CAST(%(rows)s AS bigint)) n
"""
_NOW: Final = "UPDATE dispatch SET due_at = now()"
_LOOK: Final = """
SELECT count(*) FILTER (WHERE fence = 0), count(*), count(*) FILTER (WHERE fence > 1) FROM dispatch
"""
