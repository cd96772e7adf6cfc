"""The load: processes of their own that check out over kept connections, as fast as they may or at a rate."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.sharedctypes import Synchronized
from typing import Final

from fulfillment.client import carts
from fulfillment.client.connection import Connection
from fulfillment.client.floor import Floor, keep_working
from fulfillment.client.store import WAREHOUSE, Store

_ACCEPTED: Final = 202
_CONNECTIONS_PER_PROCESS: Final = 4
_NAP_SECONDS: Final = 0.01  # shorter ones cost a lifecycle as much as the broker does
_SHUT, _OPEN, _END = 0, 1, 2
_FLOOR_PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Shift:
    """What all connections together are to do until the end is called: at how many checkouts a second (0: all they can)."""

    rate: float = 0


@dataclass(slots=True)
class _Done:
    """What one process did in a shift: seconds per answer, and why a connection gave up."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Load:
    """The processes of the load. Its gate keeps the backlog bounded."""

    gate: Synchronized[int]
    pipes: list[Pipe]
    connections: int
    pids: list[int] = field(default_factory=list)

    def begin(self, shift: Shift) -> None:
        """Let all connections start on a shift."""
        share = Shift(shift.rate / self.connections)
        self.admit(more=True)
        for pipe in self.pipes:
            pipe.send(share)

    def admit(self, *, more: bool) -> None:
        """Let checkouts be posted, or not for now."""
        self.gate.value = _OPEN if more else _SHUT

    def end(self) -> list[float]:
        """
        End the shift; give how long each checkout's answer took, in seconds, the quickest first.

        Raises RuntimeError where a connection gave up before: what was measured then is not what was asked for.
        """
        self.gate.value = _END
        done: list[_Done] = [pipe.recv() for pipe in self.pipes]
        if errors := [error for each in done for error in each.errors]:
            raise RuntimeError(f"{len(errors)} of {self.connections} connections gave up, the first with: {errors[0]}")
        return sorted(latency for each in done for latency in each.latencies)


@contextmanager
def loaded(store: Store, skus: Sequence[str], *, connections: int) -> Iterator[Load]:
    """Start the load's processes and a floor; they are ended with the block."""
    context = multiprocessing.get_context("spawn")
    gate = context.Value("i", _SHUT)
    floor = context.Process(target=_work_the_floor, args=(store,), daemon=True)
    processes, load = [floor], Load(gate, [], connections)
    for start in range(0, connections, _CONNECTIONS_PER_PROCESS):
        ours, theirs = context.Pipe()
        count = min(_CONNECTIONS_PER_PROCESS, connections - start)
        processes.append(
            context.Process(target=_check_out, args=(store, tuple(skus), count, theirs, gate), daemon=True)
        )
        load.pipes.append(ours)
    for process in processes:
        process.start()
    load.pids = [process.pid for process in processes if process.pid is not None]
    try:
        yield load
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _check_out(store: Store, skus: Sequence[str], connections: int, pipe: Pipe, gate: Synchronized[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent ends us in order
    while True:
        shift: Shift = pipe.recv()  # EOFError ends us when the parent is gone
        done = _Done()
        threads = [
            threading.Thread(target=_one_connection, args=(store, skus, shift, gate, done), daemon=True)
            for _ in range(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pipe.send(done)


def _one_connection(store: Store, skus: Sequence[str], shift: Shift, gate: Synchronized[int], done: _Done) -> None:
    try:
        with store.storefront() as api:
            _post_until_end(api, skus, shift, gate, done.latencies)
    except Exception as error:  # noqa: BLE001 - told to the parent, which raises
        done.errors.append(repr(error))


def _post_until_end(
    api: Connection, skus: Sequence[str], shift: Shift, gate: Synchronized[int], latencies: list[float]
) -> None:
    chance = random.Random()
    state = gate.get_obj()  # read without its lock: a change that is seen a moment late does no harm
    due = time.perf_counter() + (chance.random() / shift.rate if shift.rate else 0)
    while state.value != _END:
        now = time.perf_counter()
        if state.value == _SHUT or now < due:
            time.sleep(min(due - now, _NAP_SECONDS) if now < due else _NAP_SECONDS)
            continue
        # At a rate a checkout is due when it is due: one that had to wait for the one before it has waited.
        began = due if shift.rate else now
        due += 1 / shift.rate if shift.rate else 0
        answer = api.post("/v1/checkouts", carts.checkout(chance, skus))
        latencies.append(time.perf_counter() - began)
        answer.expect(_ACCEPTED)


def _work_the_floor(store: Store) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    with store.warehouse() as api:
        keep_working(Floor(api, WAREHOUSE), pause=_FLOOR_PAUSE_SECONDS, until=lambda: os.getppid() != parent)
