"""
The kill loop: customers check out, the floor ships, and workers and relays are killed at random moments meanwhile.

What may be killed is what may be killed in production: everything between the database and the outside world.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from sqlalchemy import Engine, create_engine, text

from fulfillment.carriers import NO_CARRIER
from fulfillment.chaos import evidence, unfenced
from fulfillment.chaos.accepted import read_logs
from fulfillment.chaos.customers import Errand, check_out, work_the_floor
from fulfillment.chaos.judge import Verdict, judge
from fulfillment.chaos.killer import Kill, Killer
from fulfillment.checks.check import check_database
from fulfillment.client import carts
from fulfillment.client.store import Store, open_store, stock_up
from fulfillment.kernel.say import Say, unsaid
from fulfillment.runtime import programs
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings

_SKUS: Final = 200
_SLOW_CALLS: Final = 20  # of the gateway, each longer than a lease: rows come again while their worker still waits
_MEAN_PIECES: Final = 8  # more than any order has, so that nothing runs short


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large a loop, and whether its workers are sabotaged. Times in seconds."""

    orders: int
    kills: int
    clients: int = 2
    workers: int = 2
    relays: int = 2
    lease: int = 3
    drain: float = 180
    seed: int = 1
    sabotaged: bool = False


@dataclass(slots=True)
class Outcome:
    """What a kill loop came to."""

    orders: int
    kills: list[Kill]
    verdict: Verdict
    repeated_gateway_calls: int
    oversold: int
    violations: int
    seconds: float
    broken: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, nothing done twice, and every invariant holds."""
        return not (self.verdict.lost or self.verdict.duplicate_effects or self.oversold or self.violations)


def run_loop(home: Path, plan: Plan, *, on_step: Say = unsaid) -> Outcome:
    """Run a kill loop in a data folder of its own and judge it from outside."""
    settings = Settings.for_trial(
        fulfillment_home=home,
        lease_seconds=plan.lease,
        mail_url=None,
        gateway_url=None,
        carrier_url=NO_CARRIER,
        log_level="WARNING",
    )
    started = time.monotonic()
    shape = Shape(workers=0 if plan.sabotaged else plan.workers, relays=plan.relays)
    with up(settings, shape) as system:
        if plan.sabotaged:
            _start_sabotaged(system, plan.workers)
        store = open_store(system)
        names = carts.skus(_SKUS)
        stock_up(store, names, units=plan.orders * _MEAN_PIECES)
        _arm_slow_answers(system, plan)
        engine = create_engine(system.database_url, isolation_level="AUTOCOMMIT")
        logs = [home / f"accepted-{n}.jsonl" for n in range(plan.clients)]
        with _crowd(store, plan, names, logs) as quota:
            kills = _kill(Killer(system, engine, seed=plan.seed), plan, quota, on_step)
            on_step("draining")
            _drain(engine, plan.orders, deadline=time.monotonic() + plan.drain)
        outcome = _judged(system, engine, logs, kills, time.monotonic() - started)
        engine.dispose()
        return outcome


def _start_sabotaged(system: System, workers: int) -> None:
    for number in range(1, workers + 1):
        worker = programs.worker(system.settings, number)
        command = (*worker.command, "--include", unfenced.__name__)
        environment = {**worker.environment, unfenced.SWITCH: "1"}
        system.supervisor.start(replace(worker, command=command, environment=environment))


def _arm_slow_answers(system: System, plan: Plan) -> None:
    """Let some answers of the gateway come after the lease of their rows has run out."""
    fault = {
        "kind": "timeout_after",
        "probability": min(0.5, _SLOW_CALLS / (2 * plan.orders)),
        "times": _SLOW_CALLS,
        "seconds": plan.lease + 1.5,
        "seed": plan.seed,
    }
    body = json.dumps(fault).encode()
    request = Request(f"{system.gateway_url}/v1/faults", body, {"Content-Type": "application/json"})  # noqa: S310 - ours
    with urlopen(request, timeout=10):  # noqa: S310 - our own http address
        pass


@contextmanager
def _crowd(store: Store, plan: Plan, names: list[str], logs: list[Path]) -> Iterator[Synchronized[float]]:
    """Customers and a floor, in processes of their own; ended with the block."""
    context = multiprocessing.get_context("spawn")
    quota = context.Value("d", 0.0)
    crowd = [context.Process(target=work_the_floor, args=(store,), daemon=True)]
    for n, log in enumerate(logs):
        orders = plan.orders // plan.clients + (n < plan.orders % plan.clients)
        errand = Errand(store=store, log=log, skus=tuple(names), orders=orders, seed=plan.seed * 1000 + n)
        crowd.append(context.Process(target=check_out, args=(errand, quota), daemon=True))
    for process in crowd:
        process.start()
    try:
        yield quota
    finally:
        for process in crowd:
            process.terminate()
            process.join()


def _kill(killer: Killer, plan: Plan, quota: Synchronized[float], on_step: Say) -> list[Kill]:
    """With each kill some more orders may be placed, so that there is work in hand for the next one."""
    kills: list[Kill] = []
    while len(kills) < plan.kills:
        quota.value = (len(kills) + 1) / plan.kills
        kill = killer.strike(patience=60)
        if kill is None:
            break
        kills.append(kill)
        on_step(f"{len(kills)} of {plan.kills} kills; the last: {kill.victim}, {kill.rows_in_hand} rows in hand")
    quota.value = 1.0
    return kills


_DONE: Final = text("""
SELECT (SELECT count(*) FROM purchase_order WHERE status = 'completed') >= :orders
   AND NOT EXISTS (SELECT FROM dispatch WHERE NOT dead)
""")


def _drain(engine: Engine, orders: int, *, deadline: float) -> None:
    """Wait until nothing is left to be done; what is not done at the deadline is for the judge to find."""
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            if connection.execute(_DONE, {"orders": orders}).scalar_one():
                return
        time.sleep(0.2)


def _judged(system: System, engine: Engine, logs: list[Path], kills: list[Kill], seconds: float) -> Outcome:
    accepted = read_logs(logs)
    verdict = judge(
        accepted,
        evidence.orders_in(engine),
        evidence.money_moved(system.gateway_url),
        evidence.mails_sent(system.outbox),
    )
    broken = [finding for finding in check_database(system.database_url) if not finding.holds]
    dead = evidence.dead_letters(engine)
    told = [f"{finding.invariant.name}: {finding.count}" for finding in broken] + (
        [f"dead letters: {dead}"] if dead else []
    )
    return Outcome(
        orders=len(accepted),
        kills=kills,
        verdict=verdict,
        repeated_gateway_calls=evidence.repeated_calls(system.gateway_url),
        oversold=evidence.oversold_shelves(engine),
        violations=sum(finding.count for finding in broken) + dead + verdict.wrong,
        seconds=seconds,
        broken=told,
    )


def as_object(outcome: Outcome) -> dict[str, Any]:
    """The figures under their plain names."""
    return {
        "orders": outcome.orders,
        "kills": len(outcome.kills),
        "kills_with_work_in_flight": sum(kill.rows_in_hand > 0 for kill in outcome.kills),
        "lost": outcome.verdict.lost,
        "duplicate_effects": outcome.verdict.duplicate_effects,
        "repeated_mails": outcome.verdict.repeated_mails,
        "repeated_gateway_calls": outcome.repeated_gateway_calls,
        "oversold": outcome.oversold,
        "violations": outcome.violations,
        "seconds": round(outcome.seconds, 1),
    }
