"""Customers: processes that check out, write down what was accepted, and repeat under the same key what was cut off."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Final

from fulfillment.chaos.accepted import Accepted, AcceptedLog
from fulfillment.client import carts
from fulfillment.client.connection import Answer, Connection
from fulfillment.client.floor import Floor, keep_working
from fulfillment.client.store import Store

_ACCEPTED: Final = 202
_REFUSED: Final = range(400, 500)
_STILL_RUNNING: Final = 409
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Errand:
    """What one process of customers is sent for: `orders` checkouts, as many as `quota` allows at any moment."""

    store: Store
    log: Path
    skus: tuple[str, ...]
    orders: int
    seed: int


def check_out(errand: Errand, quota: Synchronized[float]) -> None:
    """Place all orders of the errand; `quota` is the part of them that may be placed by now, from 0 to 1."""
    parent = _begin()
    chance = random.Random(errand.seed)
    with errand.store.storefront() as api, AcceptedLog(errand.log) as log:
        for n in range(errand.orders):
            while n >= errand.orders * quota.value:
                time.sleep(0.01)
                _end_with(parent)
            body = carts.checkout(chance, errand.skus, lines=chance.randint(1, 3), most_pieces=3)
            log.write(_insist(api, body, key=f"{errand.seed}-{n}"))


def work_the_floor(store: Store) -> None:
    """Pick, pack and ship whatever is released, until the process is ended."""
    parent = _begin()
    with store.warehouse() as api:
        floor = Floor(api)
        while True:
            try:
                keep_working(floor, pause=0.1, until=lambda: _end_with(parent))
            except OSError:
                time.sleep(_PAUSE_SECONDS)


def _insist(api: Connection, body: dict[str, Any], *, key: str) -> Accepted:
    """Repeat under the same key until there is an answer that stands."""
    while True:
        try:
            answer = api.post("/v1/checkouts", body, key=key)
        except OSError:
            time.sleep(_PAUSE_SECONDS)
            continue
        if answer.status == _ACCEPTED:
            return _accepted(answer, body, key)
        if answer.status in _REFUSED and answer.status != _STILL_RUNNING:
            answer.expect(_ACCEPTED)
        time.sleep(_PAUSE_SECONDS)


def _accepted(answer: Answer, body: dict[str, Any], key: str) -> Accepted:
    said = answer.json
    pieces = sum(line["quantity"] for line in body["lines"])
    return Accepted(key=key, number=said["number"], total=said["total"]["amount"], pieces=pieces)


def _begin() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent ends us in order
    return os.getppid()


def _end_with(parent: int) -> bool:
    """End when whoever sent us is gone, however that went."""
    if os.getppid() != parent:
        os._exit(1)
    return False
