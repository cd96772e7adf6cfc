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
from fulfillment.client.floor import Floor, keep_working
from fulfillment.client.store import Store

_ACCEPTED: Final = 202
_CONNECTIONS_PER_PROCESS: Final = 4
_GATE_SECONDS: Final = 0.002
_FLOOR_PAUSE_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Shift:
    """What all connections together are to do next: for how many seconds, and at how many checkouts a second (0: all)."""

    seconds: float
    rate: float = 0


@dataclass(slots=True)
class Load:
    """The processes of the load. `gate` is 1 while checkouts may be posted: it keeps the backlog bounded."""

    gate: Synchronized[int]
    pipes: list[Pipe]
    connections: int
    pids: list[int] = field(default_factory=list)

    def begin(self, shift: Shift) -> None:
        """Let all connections start on a shift."""
        share = Shift(shift.seconds, shift.rate / self.connections)
        for pipe in self.pipes:
            pipe.send(share)

    def end(self) -> list[float]:
        """Wait for the end of the shift; give how long each checkout's answer took, in seconds."""
        return sorted(latency for pipe in self.pipes for latency in pipe.recv())


@contextmanager
def loaded(store: Store, skus: Sequence[str], *, connections: int) -> Iterator[Load]:
    """Start the load's processes and a floor; they are ended with the block."""
    context = multiprocessing.get_context("spawn")
    gate = context.Value("i", 1)
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
        latencies: list[float] = []
        threads = [
            threading.Thread(target=_one_connection, args=(store, skus, shift, gate, latencies), daemon=True)
            for _ in range(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pipe.send(latencies)


def _one_connection(
    store: Store, skus: Sequence[str], shift: Shift, gate: Synchronized[int], latencies: list[float]
) -> None:
    chance = random.Random()
    until = time.perf_counter() + shift.seconds
    due = time.perf_counter() + (chance.random() / shift.rate if shift.rate else 0)
    may_post = gate.get_obj()  # read without its lock: a bit that is seen a moment late does no harm
    with store.storefront() as api:
        while (now := time.perf_counter()) < until:
            if shift.rate and now < due:
                time.sleep(min(due, until) - now)
                continue
            if not may_post.value:
                time.sleep(_GATE_SECONDS)
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
        keep_working(Floor(api), pause=_FLOOR_PAUSE_SECONDS, until=lambda: os.getppid() != parent)
