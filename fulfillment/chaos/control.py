"""The control of the kill loop: how much plain Celery loses and repeats under the same kind of kills."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fulfillment.chaos.brokers import redis
from fulfillment.runtime import guard
from fulfillment.runtime.program import Program
from fulfillment.runtime.ready import announced
from fulfillment.runtime.supervisor import Supervisor

TASKS_PER_KILL: Final = 200
"""A worker lives for two tenths of a second in the mean and does some 1,000 tasks a second: work for every round."""

_QUIET_SECONDS: Final = 8.0
"""Longer than its visibility time-out and the sweep for it: what has not come by then does not come."""


@dataclass(frozen=True, slots=True)
class Control:
    """What plain Celery made of its tasks. `orders` are tasks here: one effect each."""

    orders: int
    kills: int
    lost: int
    duplicate_effects: int


def run_control(
    folder: Path, *, tasks: int, kills: int, seed: int, on_kill: Callable[[int], None] = lambda _: None
) -> Control:
    """
    Publish tasks, SIGKILL the worker's process group over and over while it works, and count what became of them.

    Needs a redis-server: raises CannotStart without.
    """
    effects = folder / "effects"
    effects.touch()
    chance = random.Random(seed)
    with Supervisor(folder / "logs") as supervisor:
        chosen = redis(folder)
        supervisor.start(chosen.program)
        environment = {**os.environ, "CONTROL_BROKER_URL": chosen.url, "CONTROL_EFFECTS": str(effects)}
        subprocess.run([sys.executable, "-m", "workers.control", str(tasks)], env=environment, check=True)
        done = 0
        while done < kills and _distinct(effects) < tasks:
            _work_and_die(supervisor, _worker(folder, environment), effects, chance.uniform(0.02, 0.4))
            done += 1
            on_kill(done)
        supervisor.start(_worker(folder, environment))
        _await_quiet(effects)
    counted = Counter(effects.read_text().split())
    repeated = sum(count - 1 for count in counted.values())
    return Control(orders=tasks, kills=done, lost=tasks - len(counted), duplicate_effects=repeated)


def _worker(folder: Path, environment: dict[str, str]) -> Program:
    """A worker of one process, at its leanest: the less a task takes, the larger the part in which work can be lost."""
    ready = folder / "control-ready"
    ready.unlink(missing_ok=True)
    return Program(
        name="control",
        command=(
            *(sys.executable, "-m", "celery", "--app", "workers.control:app", "worker", "--pool", "prefork"),
            *("--concurrency", "1", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        environment={**environment, "FULFILLMENT_READY_FILE": str(ready)},
        ready=lambda: announced(ready),
    )


def _work_and_die(supervisor: Supervisor, worker: Program, effects: Path, seconds: float) -> None:
    before = effects.stat().st_size
    supervisor.start(worker)
    deadline = time.monotonic() + 10
    while effects.stat().st_size == before and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(seconds)
    guard.kill_group(supervisor.processes[worker.name].pid)
    supervisor.stop(worker.name)


def _distinct(effects: Path) -> int:
    return len(set(effects.read_text().split()))


def _await_quiet(effects: Path) -> None:
    size, since = -1, time.monotonic()
    while time.monotonic() - since < _QUIET_SECONDS:
        if (now := effects.stat().st_size) != size:
            size, since = now, time.monotonic()
        time.sleep(0.1)
