"""
The rush: many checkouts at the same moment, from several processes, for fewer units than they want.

A product that is backordered must be assigned to exactly as many as there are units, and the others wait. A product that
is denied when short must be sold to exactly as many, and the others hear 409. (ST1, IN1)
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text

from fulfillment.carriers import NO_CARRIER
from fulfillment.chaos.crash.desk import STILL_RUNNING
from fulfillment.chaos.evidence import oversold_shelves
from fulfillment.checks.check import check_database
from fulfillment.client import carts
from fulfillment.client.store import Store, open_store, stock_up
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings

_TAKEN: Final = 202
_REFUSED: Final = 409
_SETTLED_SECONDS: Final = 600.0
_TRIES: Final = 100
_PAUSE_SECONDS: Final = 0.2
_PROCESSES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many want how many units, and how often."""

    checkouts: int = 200
    units: int = 50
    repetitions: int = 20


@dataclass(frozen=True, slots=True)
class Rush:
    """What one rush came to: the customers' answers, and where the shipments stand."""

    when_short: str
    answers: dict[int, int]
    shipments: dict[str, int]

    def is_right(self, plan: Plan) -> bool:
        """Whether exactly the units that were there were sold, and everyone else was told so or waits."""
        rest = plan.checkouts - plan.units
        if self.when_short == "deny":
            right = {_TAKEN: plan.units, _REFUSED: rest}, {"inventory_assigned": plan.units}
        else:
            right = {_TAKEN: plan.checkouts}, {"inventory_assigned": plan.units, "awaiting_inventory": rest}
        return (self.answers, self.shipments) == right


@dataclass(slots=True)
class Outcome:
    """What all rushes came to."""

    rushes: list[Rush] = field(default_factory=list)
    oversold: int = 0
    violations: int = 0


def run_rush(home: Path, plan: Plan, *, on_rush: Callable[[int, Rush], None] = lambda *_: None) -> Outcome:
    """Rush for a fresh product in each repetition, once of each kind."""
    settings = Settings.for_trial(
        fulfillment_home=home, mail_url=None, gateway_url="approve:", carrier_url=NO_CARRIER, log_level="WARNING"
    )
    outcome = Outcome()
    with up(settings, Shape()) as system:
        store = open_store(system, releases_automatically=False)
        engine = create_engine(system.database_url, isolation_level="AUTOCOMMIT")
        with _customers(store) as pipes:
            for repetition in range(1, plan.repetitions + 1):
                for when_short in ("backorder", "deny"):
                    sku = f"{when_short}-{repetition}"
                    stock_up(store, [sku], units=plan.units, when_short=when_short)
                    answers = _all_at_once(pipes, sku, plan.checkouts)
                    rush = Rush(when_short, answers, _where_they_stand(engine, sku))
                    outcome.rushes.append(rush)
                    on_rush(repetition, rush)
        outcome.oversold = oversold_shelves(engine)
        outcome.violations = sum(finding.count for finding in check_database(system.database_url))
        engine.dispose()
    return outcome


def as_object(outcome: Outcome, plan: Plan) -> dict[str, Any]:
    """The figures under their plain names; `wrong` are rushes that sold more or fewer than there was."""
    return {
        "checkouts": plan.checkouts,
        "units": plan.units,
        "repetitions": plan.repetitions,
        "rushes": len(outcome.rushes),
        "wrong": sum(not rush.is_right(plan) for rush in outcome.rushes),
        "oversold": outcome.oversold,
        "violations": outcome.violations,
    }


@contextmanager
def _customers(store: Store) -> Iterator[list[Pipe]]:
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(_PROCESSES):
        ours, theirs = context.Pipe()
        pipes.append(ours)
        processes.append(context.Process(target=_want, args=(store, theirs), daemon=True))
    for process in processes:
        process.start()
    try:
        yield pipes
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _all_at_once(pipes: Sequence[Pipe], sku: str, checkouts: int) -> dict[int, int]:
    """Let all processes get ready, then go; give how many got which answer."""
    for n, pipe in enumerate(pipes):
        pipe.send((sku, checkouts // len(pipes) + (n < checkouts % len(pipes))))
    for pipe in pipes:
        pipe.recv()
    for pipe in pipes:
        pipe.send("go")
    answers: Counter[int] = Counter()
    for pipe in pipes:
        answers.update(pipe.recv())
    return dict(answers)


def _want(store: Store, pipe: Pipe) -> None:
    """One process: as many threads as checkouts, each with a connection of its own, all let go at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        sku, checkouts = pipe.recv()  # EOFError ends us when the parent is gone
        answers: list[int] = []
        gate = threading.Barrier(checkouts + 1)
        threads = [
            threading.Thread(target=_one, args=(store, sku, gate, answers), daemon=True) for _ in range(checkouts)
        ]
        for thread in threads:
            thread.start()
        pipe.send("ready")
        pipe.recv()
        gate.wait()
        for thread in threads:
            thread.join()
        pipe.send(Counter(answers))


def _one(store: Store, sku: str, gate: threading.Barrier, answers: list[int]) -> None:
    body = carts.checkout(random.Random(), [sku], lines=1)
    key = uuid4().hex
    with store.storefront() as api:
        gate.wait()
        for _ in range(_TRIES):
            # A server whose door is blocked cuts some off; they come again, under the same key, and must count once.
            with suppress(OSError):
                answer = api.post("/v1/checkouts", body, key=key)
                if answer.status != _REFUSED or answer.json["type"] != STILL_RUNNING:
                    answers.append(answer.status)
                    return
            time.sleep(_PAUSE_SECONDS)


_STANDING: Final = text("""
SELECT s.status, count(*) AS shipments FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE l.sku = :sku GROUP BY 1
""")
_SETTLED: Final = text("SELECT NOT EXISTS (SELECT FROM dispatch WHERE NOT dead)")


def _where_they_stand(engine: Engine, sku: str) -> dict[str, int]:
    """Wait until nothing is left to be done, and count the shipments by status."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    with engine.connect() as connection:
        while not connection.execute(_SETTLED).scalar_one() and time.monotonic() < deadline:
            time.sleep(0.05)
        return {row.status: row.shipments for row in connection.execute(_STANDING, {"sku": sku})}
