"""
The soak bench: a steady load for a long time, and what grows meanwhile: memory, rows that should be gone, the time of an answer.

Growth is the slope of a straight line through the readings of the later half: in the first one processes still fill their pools.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from fulfillment.bench import processors
from fulfillment.bench.figures import quantile
from fulfillment.bench.load import Load, Shift, loaded
from fulfillment.bench.server import Server, measured_server, running
from fulfillment.client import carts
from fulfillment.client.store import open_store, stock_up
from fulfillment.kernel.say import Say
from fulfillment.runtime import databases, home
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape
from fulfillment.settings import Settings

_DATABASE: Final = "fulfillment_soak"
_SKUS: Final = 1000
_PIECES_PER_SKU: Final = 1_000_000  # the most that one receipt may bring
_SHIFTS: Final = 10
"""The load is measured shift by shift, so that a drift of the answers is seen."""
_FEWEST_READINGS: Final = 2
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakPlan:
    """For how long, in minutes, and at how many checkouts a second."""

    minutes: float = 10
    checkouts_per_s: int = 100
    connections: int = 4
    look_seconds: float = 5


@dataclass(slots=True)
class SoakFigures:
    """Readings of memory (hours since the start, MiB) by kind of process; of answers, in ms, by shift; and rows left of work."""

    checkouts: int = 0
    seconds: float = 0
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    p99_ms: list[float] = field(default_factory=list)
    dispatch_rows: list[int] = field(default_factory=list)
    database_mb: list[float] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        """The figures under their plain names; growth is that of the largest process of each kind, in MiB an hour."""
        growth = {kind: growth_per_hour(readings) for kind, readings in self.memory.items() if kind != "load"}
        return {
            "minutes": round(self.seconds / 60, 1),
            "checkouts": self.checkouts,
            "checkouts_per_s": round(self.checkouts / self.seconds, 1),
            "growth_mb_per_h": round(max(growth.values()), 2),
            "growth_by_kind": {kind: round(each, 2) for kind, each in growth.items()},
            "memory_mb": {kind: max(mb for _, mb in readings) for kind, readings in self.memory.items()},
            "p99_ms": round(max(self.p99_ms), 2),
            "p99_ms_by_shift": [round(each, 2) for each in self.p99_ms],
            "p99_drift": round(self.p99_ms[-1] / self.p99_ms[0], 2),
            "most_dispatch_rows": max(self.dispatch_rows),
            "dispatch_rows_left": self.dispatch_rows[-1],
            "database_mb": self.database_mb[-1],
            "database_mb_per_1000_orders": round(
                1000 * (self.database_mb[-1] - self.database_mb[0]) / max(1, self.checkouts), 2
            ),
        }


def growth_per_hour(readings: Sequence[tuple[float, float]]) -> float:
    """Give the slope of the later half of (hours, MiB) readings; 0 where there are too few."""
    later = readings[len(readings) // 2 :]
    if len(later) < _FEWEST_READINGS:
        return 0.0
    return statistics.linear_regression(*zip(*later, strict=True)).slope


def run_soak(settings: Settings, plan: SoakPlan, say: Say) -> SoakFigures:
    """Measure. Raises CannotStart where the server cannot."""
    figures = SoakFigures()
    with home.temporary() as folder, measured_server(settings, folder) as server:
        databases.drop(server.url, _DATABASE)
        url = databases.create(server.url, _DATABASE)
        try:
            with running(settings, url, folder / "system", Shape()) as system:
                store, skus = open_store(system), carts.skus(_SKUS)
                stock_up(store, skus, units=_PIECES_PER_SKU)
                with (
                    loaded(store, skus, connections=plan.connections) as load,
                    psycopg.connect(databases.conninfo(url), autocommit=True) as looking,
                ):
                    _Soak(plan, server, system, load, looking, figures, say).run()
        finally:
            databases.drop(server.url, _DATABASE)
    return figures


@dataclass(slots=True)
class _Soak:
    plan: SoakPlan
    server: Server
    system: System
    load: Load
    looking: psycopg.Connection
    figures: SoakFigures
    say: Say

    def run(self) -> None:
        began = time.monotonic()
        self._look(0)
        for shift in range(_SHIFTS):
            self.load.begin(Shift(self.plan.checkouts_per_s))
            until = began + 60 * self.plan.minutes * (shift + 1) / _SHIFTS
            while (now := time.monotonic()) < until:
                self.say(f"{(now - began) / 60:.1f} of {self.plan.minutes:g} minutes")
                time.sleep(min(self.plan.look_seconds, until - now))
                self._look(time.monotonic() - began)
            latencies = self.load.end()
            self.figures.checkouts += len(latencies)
            self.figures.p99_ms.append(1000 * quantile(latencies, 0.99))
        self.figures.seconds = time.monotonic() - began
        self._drain()

    def _look(self, seconds: float) -> None:
        for kind, megabytes in processors.memory_mb(self._kinds()).items():
            self.figures.memory.setdefault(kind, []).append((seconds / _HOUR, megabytes))
        rows, size = self.looking.execute(_LOOK).fetchone() or (0, 0)
        self.figures.dispatch_rows.append(rows)
        self.figures.database_mb.append(round(size / 1024 / 1024, 1))

    def _drain(self) -> None:
        """Let the last orders go as far as they go."""
        for _ in range(30):
            time.sleep(1)
            self._look(self.figures.seconds)
            if not self.figures.dispatch_rows[-1]:
                return

    def _kinds(self) -> Mapping[str, Sequence[int]]:
        kinds: dict[str, list[int]] = {"postgres": list(self.server.pids)} if self.server.pids else {}
        for name, process in self.system.processes.items():
            kinds.setdefault(processors.kind(name), []).append(process.pid)
        return {**kinds, "load": self.load.pids}


_LOOK: Final = "SELECT (SELECT count(*) FROM dispatch), pg_database_size(current_database())"
