"""
The lifecycle bench: how many orders a second go from an HTTP checkout to captured, beside what plain SQL does.

Everything runs on this machine, the load included. The database is the server of both, durable (fsync on), with the same
settings; the plain SQL runs before and after, while nothing of ours does.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, text

from fulfillment.bench import processors, statements
from fulfillment.bench.figures import Figures, quantile, settings_of
from fulfillment.bench.history.write import History, write_history
from fulfillment.bench.load import Load, Shift, loaded
from fulfillment.bench.raw import SCHEMA, SCRIPT, Reference, find_pgbench
from fulfillment.bench.server import Server, measured_server, running
from fulfillment.client import carts
from fulfillment.client.store import MARKET, Store, open_store, stock_up
from fulfillment.db.migrate import upgrade
from fulfillment.kernel.say import Say
from fulfillment.runtime import broker, databases, home
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape
from fulfillment.settings import Settings

_SKUS: Final = 1000
_PIECES_PER_SKU: Final = 1_000_000
_MOST_OPEN: Final = 3000  # orders under way; about four seconds of work, so that no step ever waits for another
_STATEMENTS_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.2  # to count what is open costs the server some milliseconds
_DRAIN_SECONDS: Final = 60.0
_WINDOW_SECONDS: Final = 5.0
_PROCESSES: Final = ("web", "worker")
_DATABASE: Final = "fulfillment_bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What to measure, and with how much. Times in seconds; `warm_up` is the longest it may take.

    `history` is how many orders are in the tables before: 0 measures from an empty database upward.
    """

    seconds: int = 30
    warm_up: int = 60
    raw_seconds: int = 15
    connections: int = 8
    workers: int = 1
    relays: int = 1
    history: int = 0
    idle_samples: int = 100
    raw_script: Path = SCRIPT
    raw_schema: Path = SCHEMA


def run_lifecycle(settings: Settings, plan: Plan, say: Say) -> Figures:
    """Measure. Raises CannotStart where there is no real Redis or no pgbench."""
    started = time.monotonic()
    figures = Figures()
    with home.temporary() as folder:
        if settings.broker is None and "workers.broker" in broker.choose(folder).program.command:
            raise CannotStart("the bench needs a real Redis: install redis-server or valkey-server, or set REDIS_URL.")
        with measured_server(settings, folder) as server:
            reference = Reference(server.url, find_pgbench(*server.programs), plan.raw_script, plan.raw_schema)
            say("plain SQL, before")
            figures.raw_before = reference.transactions_per_s(seconds=plan.raw_seconds)
            _measure_system(settings, plan, server, folder / "system", figures, say)
            say("plain SQL, after")
            figures.raw_after = reference.transactions_per_s(seconds=plan.raw_seconds)
    figures.seconds = time.monotonic() - started
    return figures


def _measure_system(settings: Settings, plan: Plan, server: Server, folder: Path, figures: Figures, say: Say) -> None:
    database = databases.create(server.url, _DATABASE)
    if plan.history:
        upgrade(database)
        figures.history = write_history(database, folder.parent, History(orders=plan.history), say).orders
    measure_lifecycles(settings, plan, server, database, folder, figures, say)
    databases.drop(server.url, _DATABASE)


def measure_lifecycles(
    settings: Settings, plan: Plan, server: Server, database: str, folder: Path, figures: Figures, say: Say
) -> None:
    """Measure on a database, whatever is in it; the orders of the load go to a market of their own."""
    say("starting the system")
    shape = Shape(workers=plan.workers, relays=plan.relays, durable=True)
    with running(settings, database, folder, shape) as system:
        store, skus = open_store(system), carts.skus(_SKUS)
        stock_up(store, skus, units=_PIECES_PER_SKU)
        engine = create_engine(database, isolation_level="AUTOCOMMIT")
        figures.postgres = settings_of(engine)
        with loaded(store, skus, connections=plan.connections) as load:
            run = _Run(plan, server, system, engine, load, figures, say)
            run.steady()
            run.count_statements()
            run.half_load()
            run.drain()
        run.idle(store, skus)
        engine.dispose()


_OF_LOAD: Final = f"market_id = (SELECT id FROM market WHERE code = '{MARKET}') AND archived_at IS NULL"  # noqa: S608 - our own names only
_OPEN: Final = text(f"""
SELECT count(*) FROM purchase_order
 WHERE status IN ('in_progress', 'partially_shipped') AND NOT (open_holds > 0) AND {_OF_LOAD}
""")  # noqa: S608 - our own names only
_CLOSED: Final = text(f"""
SELECT count(*) FROM purchase_order
 WHERE status = 'completed' AND NOT (open_holds > 0) AND payment_status = 'paid' AND {_OF_LOAD}
""")  # noqa: S608 - our own names only
_UNDONE: Final = text("SELECT EXISTS (SELECT FROM dispatch)")
_ASSIGNED: Final = text("""
SELECT bool_and(s.status NOT IN ('pending', 'awaiting_inventory'))
  FROM purchase_order o JOIN shipment s ON s.order_id = o.id WHERE o.number = :number
""")


@dataclass(slots=True)
class _Run:
    """The measured parts, one after the other, on one running system."""

    plan: Plan
    server: Server
    system: System
    engine: Engine
    load: Load
    figures: Figures
    say: Say

    def steady(self) -> None:
        """As fast as it goes. What counts are the orders closed while the load runs, warm-up and drain left out."""
        plan = self.plan
        self.load.begin(Shift())
        self._warm_up()
        closed, used, began = self._ask(_CLOSED), processors.processor_seconds(self._kinds()), time.monotonic()
        self.figures.windows = self._watch(plan.seconds, "full load")
        took = time.monotonic() - began
        after = processors.processor_seconds(self._kinds())
        self.figures.orders = self._ask(_CLOSED) - closed
        self.figures.lifecycles_per_s = self.figures.orders / took
        if self.figures.orders:
            self.figures.cpu_ms = {kind: 1000 * (after[kind] - used[kind]) / self.figures.orders for kind in after}
        self.figures.memory_mb = processors.memory_mb(self._kinds())
        self.load.end()

    def count_statements(self) -> None:
        """Count from nothing open to nothing open, so that what is counted is all there was for these orders, and nothing else."""
        if self.server.log is None:
            return
        self.say("counting statements")
        self._drained()
        closed = self._ask(_CLOSED)
        with statements.counted(self.server.url, self.server.log) as count:
            self.load.begin(Shift())
            self._keep_bounded(time.monotonic() + _STATEMENTS_SECONDS)
            self.load.end()
            self._drained()
        if orders := self._ask(_CLOSED) - closed:
            ours = {name: times / orders for name, times in count.by_application.most_common() if name in _PROCESSES}
            self.figures.statements = {name: round(each, 2) for name, each in ours.items()}
            self.figures.statements_per_lifecycle = round(sum(ours.values()), 2)

    def _warm_up(self) -> None:
        """Until as many orders were closed as may be open: then every step has been reached by full sets."""
        until = time.monotonic() + self.plan.warm_up
        while (closed := self._ask(_CLOSED)) < _MOST_OPEN and time.monotonic() < until:
            self.say(f"warming up: {closed} of {_MOST_OPEN} orders closed")
            self._keep_bounded(time.monotonic() + 0.5)

    def half_load(self) -> None:
        """How long a checkout's answer takes while half as many come in."""
        seconds = max(2, self.plan.seconds // 2)
        self.figures.half_load_per_s = self.figures.lifecycles_per_s / 2
        self._drained()
        self.load.begin(Shift(self.figures.half_load_per_s))
        self._watch(seconds, "half load")
        latencies = self.load.end()
        self.figures.p50_ms, self.figures.p99_ms = (1000 * quantile(latencies, part) for part in (0.5, 0.99))

    def drain(self) -> None:
        """Let everything come to its end."""
        self.say("draining")
        self._drained()

    def idle(self, store: Store, skus: Sequence[str]) -> None:
        """How long it takes from one checkout to its inventory being assigned, while nothing else is going on."""
        chance, waits = random.Random(1), []
        with store.storefront() as api:
            for n in range(self.plan.idle_samples):
                if n % 20 == 0:
                    self.say(f"idle: {n} of {self.plan.idle_samples}")
                time.sleep(chance.uniform(0.05, 0.25))  # so as not to march in step with the relay
                body, began = carts.checkout(chance, skus), time.perf_counter()
                number = api.post("/v1/checkouts", body).expect(202)["number"]
                self._await_assigned(number)
                waits.append(time.perf_counter() - began)
        waits.sort()
        self.figures.idle_assigned_p50_ms, self.figures.idle_assigned_p99_ms = (
            1000 * quantile(waits, part) for part in (0.5, 0.99)
        )

    def _watch(self, seconds: float, what: str) -> list[float]:
        """Let the load go on for so long; give how many orders were closed per second, window by window."""
        rates: list[float] = []
        closed, now = self._ask(_CLOSED), time.monotonic()
        until = now + seconds
        while now < until:
            self._keep_bounded(min(until, now + _WINDOW_SECONDS))
            before, began = closed, now
            closed, now = self._ask(_CLOSED), time.monotonic()
            rates.append((closed - before) / (now - began))
            self.say(f"{what}: {rates[-1]:.0f} orders a second closed, {max(0.0, until - now):.0f} s to go")
        return rates

    def _keep_bounded(self, until: float) -> None:
        """Open and close the gate of the load, so that only so many orders are under way."""
        while time.monotonic() < until:
            self.load.admit(more=self._ask(_OPEN) < _MOST_OPEN)
            time.sleep(_LOOK_SECONDS)

    def _drained(self) -> None:
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self._ask(_OPEN) or self._ask(_UNDONE):
            if time.monotonic() > deadline:
                raise RuntimeError(f"orders are still open {_DRAIN_SECONDS:g} s after the load ended")
            time.sleep(0.1)

    def _await_assigned(self, number: str) -> None:
        deadline = time.monotonic() + 30
        with self.engine.connect() as connection:
            while not connection.execute(_ASSIGNED, {"number": number}).scalar_one():
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{number} has no inventory after 30 s")
                time.sleep(0.002)

    def _kinds(self) -> Mapping[str, Sequence[int]]:
        kinds: dict[str, list[int]] = {"postgres": list(self.server.pids)} if self.server.pids else {}
        for name, process in self.system.processes.items():
            kinds.setdefault(processors.kind(name), []).append(process.pid)
        return {**kinds, "load": self.load.pids}

    def _ask(self, question: Any) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(question).scalar_one())
