"""Carry a plan out on a running API, or on a system started for it, and report."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from rich.console import Console

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.checks.check import check_database
from fulfillment.client.api import Api, RefusedError, StuckError
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.replay.books import AmbiguousError, Books
from fulfillment.replay.plan import Plan
from fulfillment.replay.progress import Bars
from fulfillment.replay.report import Report
from fulfillment.replay.walk import audit, walk
from fulfillment.runtime.up import up
from fulfillment.settings import Settings

_LONGEST_REPLAY: Final = timedelta(days=7)


def run(plan: Plan, api: Api, console: Console, *, threads: int, patience: float) -> Report:
    """Walk the plan, then look at every order, and report; what stopped the walk is part of the report."""
    started = time.monotonic()
    books, trouble = Books(), []
    try:
        with Bars(plan, console) as bars:
            walk(api, plan, books, threads=threads, patience=patience, progress=bars)
    except (StuckError, RefusedError, AmbiguousError, httpx.TransportError) as error:
        trouble.append(f"the walk stopped: {error}")
    try:
        standings = audit(api, books, threads=threads)
    except (RefusedError, httpx.TransportError) as error:
        trouble.append(f"the orders cannot be looked at: {error}")
        standings = []
    return Report(
        plan.without(books.refused_sales, books.refused_refunds),
        books,
        standings,
        seconds=time.monotonic() - started,
        trouble=trouble,
    )


def run_on_own_system(plan: Plan, console: Console, *, threads: int, patience: float) -> Report:
    """Start a whole system on the data folder, run the plan on it, and check every invariant. Raises `CannotStart`."""
    with up(Settings(), on_step=lambda part: console.print(f"[green]ready[/] {part}")) as system:
        with Api(system.web_url, _admin_key(system.database_url)) as api:
            report = run(plan, api, console, threads=threads, patience=patience)
        findings = check_database(system.database_url)
    broken = [f"invariant {one.invariant.name} does not hold, {one.count} times" for one in findings if not one.holds]
    if not broken:
        console.print(f"All {len(findings)} invariants hold.")
    return replace(report, trouble=[*report.trouble, *broken])


def _admin_key(database_url: str) -> str:
    """A key for this run alone; the system it is for ends with it."""
    engine = make_engine(database_url, application_name="replay")
    try:
        with transaction(make_sessions(engine)) as session:
            at = datetime.now(UTC)
            return create_key(session, role=Role.ADMIN, name="replay", at=at, expires_at=at + _LONGEST_REPLAY)
    finally:
        engine.dispose()
