"""The figures of the day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from fulfillment.demo.closing import mails_written
from fulfillment.demo.people import JSON
from fulfillment.demo.shift import Shift
from fulfillment.runtime.system import System


@dataclass(frozen=True)
class Figures:
    """Times in milliseconds, but for the `seconds` of it all."""

    checkouts: Sequence[float]
    to_assigned: Sequence[float]
    mails: int
    gateway: Counter[str]
    seconds: float


def figures(shift: Shift, system: System, *, seconds: float) -> Figures:
    """Gather them: from what the storefront saw, the orders' timelines, the outbox and the gateway's journal."""
    times: list[float] = []
    shift.each("18:30 reading the timelines", shift.orders(), lambda number: times.extend(_to_assigned(shift, number)))
    return Figures(
        [sold.milliseconds for sold in shift.sold],
        times,
        mails_written(system.outbox),
        _gateway_operations(system.gateway_url),
        seconds,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _to_assigned(shift: Shift, number: str) -> list[float]:
    """From placing to the assignment of stock, where nothing but work was between."""
    entries: list[JSON] = shift.csr.all(f"/v1/orders/{number}/timeline")
    at = {entry["verb"]: datetime.fromisoformat(entry["at"]) for entry in reversed(entries)}
    if "assign_inventory" not in at or at.keys() & {"await_inventory", "fail"}:
        return []
    return [(at["assign_inventory"] - at["place"]).total_seconds() * 1000]


def _gateway_operations(url: str) -> Counter[str]:
    """What the gateway decided, by kind: `authorize`, `capture`, ..."""
    found: Counter[str] = Counter()
    after: int | None = 0
    with httpx.Client(base_url=url, trust_env=False) as gateway:
        while after is not None:
            page = gateway.get("/v1/journal", params={"after": after, "limit": 1000}).raise_for_status().json()
            found.update(entry["operation"] for entry in page["entries"])
            after = page["next"]
    return found
