"""The killer: SIGKILL for workers, single children of their pools, and relays, while they have work in hand."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psutil
from sqlalchemy import Engine, text

from fulfillment.runtime import guard
from fulfillment.runtime.program import Process
from fulfillment.runtime.system import System

_LONGEST_AIM_SECONDS: Final = 0.15
_CHILD_RATHER_THAN_GROUP: Final = 0.4
_SETTLED_SECONDS: Final = 3.0  # a process that is still loading has nothing in hand: killing it would prove nothing

# Rows that were handed out since the last kill and are not closed: work that living processes have in hand. What the
# dead had is leased for some seconds more and must not count. A lease starts as long before `due_at` as it is.
_IN_HAND: Final = text("""
SELECT count(*) FROM dispatch
 WHERE NOT dead AND fence > 0 AND due_at > now()
   AND due_at - make_interval(secs => :lease) * 2 ^ least(fence - 1, 6) > CAST(:since AS timestamptz)
""")


@dataclass(frozen=True, slots=True)
class Kill:
    """One SIGKILL: whom it struck, and how many rows were in the hands of the living just before."""

    victim: str
    rows_in_hand: int


class Killer:
    """Strikes whom chance names, at a moment chance names."""

    def __init__(self, system: System, engine: Engine, *, seed: int) -> None:
        """`engine` is the killer's own way to look at the database, from outside the processes it kills."""
        self._system = system
        self._engine = engine
        self._chance = random.Random(seed)
        self._lease = system.settings.lease_seconds
        with engine.connect() as connection:
            self._since = connection.execute(text("SELECT now()")).scalar_one()

    def strike(self, *, patience: float) -> Kill | None:
        """Wait until there is work in hand, and kill in the midst of it; None where none came within `patience` seconds."""
        deadline = time.monotonic() + patience
        while not self._rows_in_hand():
            if time.monotonic() > deadline:
                return None
            time.sleep(0.002)
        time.sleep(self._chance.uniform(0, _LONGEST_AIM_SECONDS))
        name, kill = self._victim()
        rows = self._rows_in_hand()
        kill()
        with self._engine.connect() as connection:
            self._since = connection.execute(text("SELECT now()")).scalar_one()
        return Kill(name, rows)

    def _rows_in_hand(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(_IN_HAND, {"lease": self._lease, "since": self._since}).scalar_one())

    def _victim(self) -> tuple[str, Callable[[], None]]:
        """Anyone at work. While all are starting again there is nobody to strike, so wait for the first."""
        while not (living := self._living()):
            time.sleep(0.02)
        name = self._chance.choice(sorted(living))
        pid = living[name].pid
        children = _children(pid) if name.startswith("worker") else []
        if children and self._chance.random() < _CHILD_RATHER_THAN_GROUP:
            child = self._chance.choice(children)
            return f"{name}: child", lambda: _kill(child)
        return name, lambda: guard.kill_group(pid)

    def _living(self) -> dict[str, Process]:
        settled = time.monotonic() - _SETTLED_SECONDS
        return {
            name: process
            for name, process in self._system.processes.items()
            if name.startswith(("worker", "relay")) and process.state == "running" and process.started_at < settled
        }


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
