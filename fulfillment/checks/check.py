"""Check: run every invariant in one look at the database, and say which rows break which."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from fulfillment.checks.invariant import Invariant
from fulfillment.checks.invariants import INVARIANTS
from fulfillment.db.session import make_engine

MOST_ROWS: Final = 100
"""Violations of one invariant that are told one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one invariant said: its violations (the first hundred, and how many in all), and how long it took."""

    invariant: Invariant
    rows: Sequence[Mapping[str, Any]]
    count: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether there is no violation."""
        return self.count == 0


def check_database(url: str) -> list[Finding]:
    """Run every invariant on the database at this address."""
    engine = make_engine(url, pool_size=1, application_name="fulfillment check", statement_timeout=0)
    try:
        return check(engine)
    finally:
        engine.dispose()


def check(engine: Engine, invariants: Sequence[Invariant] = INVARIANTS) -> list[Finding]:
    """
    Run invariants in one transaction that reads and sees one moment, so that work may go on meanwhile.

    It takes no locks that anybody would wait for.
    """
    with engine.connect() as connection:
        looking = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with looking.begin():
            return look(looking, invariants)


def look(connection: Connection, invariants: Sequence[Invariant] = INVARIANTS) -> list[Finding]:
    """Run invariants in the transaction that is open on a connection."""
    # Plans are made for whole tables here, also on an engine that is tuned for single rows.
    connection.execute(text("SET LOCAL enable_seqscan = on"))
    return [_run(connection, invariant) for invariant in invariants]


def _run(connection: Connection, invariant: Invariant) -> Finding:
    started = time.perf_counter()
    rows = connection.execute(text(invariant.query)).mappings()
    told = [{name: _plain(value) for name, value in row.items()} for row in rows.fetchmany(MOST_ROWS)]
    count = len(told) + sum(1 for _ in rows)
    return Finding(invariant, told, count, time.perf_counter() - started)


def _plain(value: object) -> object:
    """PostgreSQL adds integers up to numerics: they are integers all the same."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, Decimal) else value
