"""
The scan bench: how long a picker waits for the answer to a scan, while checkouts come in and the floor ships.

Everything runs on this machine, the load included; the database is durable. Pickers walk picklists that a wave made, bin
after bin, and scan piece by piece.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from fulfillment.bench.figures import quantile
from fulfillment.bench.load import Load, Shift, loaded
from fulfillment.client import carts
from fulfillment.client.connection import Connection
from fulfillment.client.store import WAREHOUSE, Store, open_store, stock_up
from fulfillment.kernel.say import Say
from fulfillment.runtime import home
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings

_SKUS: Final = 200
_PIECES_PER_SKU: Final = 100_000
_LINES: Final = 4
_MOST_PIECES: Final = 3
_SHIPMENTS_PER_LIST: Final = 20
_READY_SECONDS: Final = 90.0
_OK: Final = (200, 201, 202)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPlan:
    """What to measure: seconds of scanning, by so many pickers, beside so many checkouts a second."""

    seconds: int = 20
    pickers: int = 2
    checkouts_per_s: int = 40
    connections: int = 4
    orders: int = 400


@dataclass(slots=True)
class ScanFigures:
    """What was measured: milliseconds per scan, and how much went on meanwhile."""

    scans: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float
    scans_per_s: float
    checkouts_per_s: float
    pickers: int
    seconds: float

    def as_object(self) -> dict[str, Any]:
        """The figures under their plain names."""
        names = (
            "scans",
            "p50_ms",
            "p95_ms",
            "p99_ms",
            "most_ms",
            "scans_per_s",
            "checkouts_per_s",
            "pickers",
            "seconds",
        )
        return {name: round(getattr(self, name), 2) for name in names}


def run_scan(settings: Settings, plan: ScanPlan, say: Say) -> ScanFigures:
    """Measure. Raises CannotStart where a part of the system cannot be started."""
    with home.temporary() as folder:
        mine = settings.model_copy(
            update={"gateway_url": "approve:", "mail_url": None, "fulfillment_home": folder, "log_level": "WARNING"}
        )
        say("starting the system")
        with up(mine, Shape(durable=True)) as system:
            store, skus = _shelved(system, say)
            picklists = _picklists(store, skus, plan, say)
            with loaded(store, skus, connections=plan.connections) as load:
                return _measured(store, picklists, load, plan, say)


def _shelved(system: System, say: Say) -> tuple[Store, list[str]]:
    """Put each product into a bin of its own."""
    say("filling the shelves")
    store, skus = open_store(system), carts.skus(_SKUS)
    stock_up(store, skus, units=_PIECES_PER_SKU)
    with store.admin() as admin:
        bins = [{"code": f"B-{n:04}", "position": n} for n in range(_SKUS)]
        admin.post("/v1/bins", {"warehouse": WAREHOUSE, "bins": bins}).expect(*_OK)
        lines = [
            {"sku": sku, "quantity": _PIECES_PER_SKU, "to": place["code"]}
            for sku, place in zip(skus, bins, strict=True)
        ]
        admin.post("/v1/inventory/bin-moves", {"warehouse": WAREHOUSE, "lines": lines}).expect(*_OK)
    return store, skus


def _picklists(store: Store, skus: Sequence[str], plan: ScanPlan, say: Say) -> list[int]:
    """Place orders and put them on picklists, before any floor works that would ship them."""
    say(f"placing {plan.orders} orders")
    with ThreadPoolExecutor(plan.connections) as pool:
        list(pool.map(lambda share: _place(store, skus, share), [plan.orders // plan.connections] * plan.connections))
    with store.warehouse() as floor:
        _await_released(floor, plan.orders // plan.connections * plan.connections, say)
        shape = {"most_shipments": _SHIPMENTS_PER_LIST}
        asked = floor.post("/v1/waves", {"filter": {}, "picklists": shape}, wait=30).expect(*_OK)
        _await(lambda: floor.get(f"/v1/operations/{asked['id']}").expect(200)["finished_at"] is not None)
        wave = floor.get(f"/v1/waves/{asked['result']['wave_id']}").expect(200)
    return [each["id"] for each in wave["picklists"]]


def _place(store: Store, skus: Sequence[str], orders: int) -> None:
    chance = random.Random(orders)
    with store.storefront() as api:
        for _ in range(orders):
            api.post("/v1/checkouts", carts.checkout(chance, skus, lines=_LINES, most_pieces=_MOST_PIECES)).expect(202)


def _await_released(floor: Connection, orders: int, say: Say) -> None:
    say("waiting until they are released")

    def released() -> bool:
        path, found = "/v1/shipments?status=released&lines=false&limit=200", 0
        while path:
            page = floor.get(path).expect(200)
            found, path = found + len(page["shipments"]), page["next"]
        return found >= orders

    _await(released)


def _await(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not reached within {_READY_SECONDS:g} s")
        time.sleep(0.2)


def _measured(store: Store, picklists: Sequence[int], load: Load, plan: ScanPlan, say: Say) -> ScanFigures:
    with store.admin() as admin:
        before = _latest_order(admin)
        load.begin(Shift(plan.checkouts_per_s))
        _await(lambda: _latest_order(admin) != before)  # its processes take a moment to start
    say(f"scanning for {plan.seconds} s")
    began = time.monotonic()
    until = began + plan.seconds
    shares = [picklists[n :: plan.pickers] for n in range(plan.pickers)]
    with ThreadPoolExecutor(plan.pickers) as pool:
        found = list(pool.map(lambda share: _pick(store, share, until), shares))
    took = time.monotonic() - began
    checkouts = load.end()
    waits = sorted(itertools.chain.from_iterable(found))
    if not waits:
        raise RuntimeError("nothing was scanned")
    p50, p95, p99 = (1000 * quantile(waits, part) for part in (0.5, 0.95, 0.99))
    return ScanFigures(
        len(waits),
        p50,
        p95,
        p99,
        1000 * waits[-1],
        len(waits) / took,
        len(checkouts) / took,
        plan.pickers,
        took,
    )


def _latest_order(admin: Connection) -> str:
    number: str = admin.get("/v1/orders?limit=1").expect(200)["orders"][0]["number"]
    return number


def _pick(store: Store, picklists: Sequence[int], until: float) -> list[float]:
    """Walk one picklist after the other, scanning each piece; give how long each answer took, in seconds."""
    waits: list[float] = []
    numbers = itertools.count(1)
    with store.warehouse() as api:
        for picklist in picklists:
            for stop in api.get(f"/v1/picklists/{picklist}/walk").expect(200)["stops"]:
                for _ in range(stop["quantity"]):
                    if time.monotonic() > until:
                        return waits
                    body = {"scan_id": f"{next(numbers)}", "code": stop["sku"], "bin": stop["bin"]}
                    began = time.perf_counter()
                    answer = api.post(f"/v1/picklists/{picklist}/scans", body)
                    waits.append(time.perf_counter() - began)
                    answer.expect(200)
    return waits
