"""All benches in one run, and the two that ask how much the history in the tables costs on the same databases."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from fulfillment.bench.figures import Figures
from fulfillment.bench.history.sample import Sample, take_sample
from fulfillment.bench.history.write import History, write_history
from fulfillment.bench.hot_sku import HotPlan, run_hot_sku
from fulfillment.bench.lifecycle import Plan, measure_lifecycles, run_lifecycle
from fulfillment.bench.listing import ListingFigures, ListingPlan, measure_lists
from fulfillment.bench.relay import RelayPlan, run_relay
from fulfillment.bench.scan import ScanPlan, run_scan
from fulfillment.bench.server import Server, measured_server
from fulfillment.bench.soak import SoakPlan, run_soak
from fulfillment.db.migrate import upgrade
from fulfillment.kernel.say import Say
from fulfillment.runtime import databases, home
from fulfillment.settings import Settings

_DATABASE: Final = "fulfillment_history"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllPlan:
    """How long each load lasts, how many orders are in the tables, beside how few, and how long the soak is."""

    seconds: int = 30
    orders: int = 1_000_000
    beside: int = 10_000
    soak_minutes: float = 10
    sample: int = 200


def run_all(settings: Settings, plan: AllPlan, say: Say) -> dict[str, Any]:
    """Run every bench; give the figures of each under its name. Raises CannotStart."""

    def telling(name: str) -> Say:
        return lambda what: say(f"{name}: {what}")

    seconds = plan.seconds
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "lifecycle": run_lifecycle(settings, Plan(seconds=seconds), telling("lifecycle")).as_object(),
        **_with_history(settings, plan, telling("history")),
        "hot_sku": run_hot_sku(settings, HotPlan(), telling("hot-sku")).as_object(),
        "relay": run_relay(settings, RelayPlan(), telling("relay")).as_object(),
        "scan": run_scan(settings, ScanPlan(seconds=seconds), telling("scan")).as_object(),
        "soak": run_soak(settings, SoakPlan(minutes=plan.soak_minutes), telling("soak")).as_object(),
    }


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "processors": psutil.cpu_count(),
        "kind": _processor(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    """Linux tells more than Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.machine())


def _with_history(settings: Settings, plan: AllPlan, say: Say) -> dict[str, Any]:
    """Lists, then lifecycles, on a database with few orders and on one with many."""
    lists = ListingFigures(plan.orders, plan.beside)
    rates: dict[int, Figures] = {}
    with home.temporary() as folder, measured_server(settings, folder) as server:
        say("the sample")
        sample = take_sample(server.url, folder, orders=plan.sample)
        for orders, waits in ((plan.beside, lists.few), (plan.orders, lists.many)):
            databases.drop(server.url, _DATABASE)
            url = databases.create(server.url, _DATABASE)
            try:
                lists.load_seconds = _filled(url, folder, orders, sample, say)
                measure_lists(settings, url, folder / "lists", ListingPlan(), waits, lists.found, say)
                rates[orders] = _lifecycles(settings, plan, server, url, folder / f"system-{orders}", say)
            finally:
                databases.drop(server.url, _DATABASE)
    few, many = rates[plan.beside], rates[plan.orders]
    return {
        "listing": lists.as_object(),
        "lifecycle_with_history": {
            "orders": plan.orders,
            "lifecycles_per_s": round(many.lifecycles_per_s, 1),
            "beside_orders": plan.beside,
            "beside_lifecycles_per_s": round(few.lifecycles_per_s, 1),
            "ratio": round(many.lifecycles_per_s / few.lifecycles_per_s, 3) if few.lifecycles_per_s else None,
            "windows_per_s": [round(rate, 1) for rate in many.windows],
        },
    }


def _filled(url: str, folder: Path, orders: int, sample: Sample, say: Say) -> float:
    upgrade(url)
    return write_history(url, folder, History(orders=orders), say, sample).seconds


def _lifecycles(settings: Settings, plan: AllPlan, server: Server, url: str, folder: Path, say: Say) -> Figures:
    figures = Figures()
    lifecycles = Plan(seconds=plan.seconds, idle_samples=0)
    measure_lifecycles(settings, lifecycles, server, url, folder, figures, say)
    return figures
