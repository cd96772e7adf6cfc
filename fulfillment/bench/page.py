"""The page of figures: what `bench all` measured, each beside what it is to reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure: where it stands among all, how it is written, and what it is to reach."""

    what: str
    path: str
    written: str
    goal: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Whether it is reached."""
        return value >= self.goal if self.at_least else value <= self.goal


GOALS: Final = (
    Goal("Lifecycles a second, times plain SQL", "lifecycle.ratio", "{:.2f} ×", 1.0, at_least=True),
    Goal("CPU per lifecycle, all processes", "lifecycle.cpu_ms_per_lifecycle", "{:.2f} ms", 2.5),
    Goal("Statements per lifecycle", "lifecycle.statements_per_lifecycle", "{:.2f}", 2),
    Goal("A checkout's answer at half load, p99", "lifecycle.p99_ms", "{:.1f} ms", 25),
    Goal("Checkout to inventory assigned, idle, p99", "lifecycle.idle_assigned_p99_ms", "{:.0f} ms", 100),
    Goal(
        "From an empty database upward: slowest window, times the mean",
        "lifecycle.slowest_window",
        "{:.2f} ×",
        0.8,
        at_least=True,
    ),
    Goal("Slowest list at many orders, p95", "listing.p95_ms", "{:.1f} ms", 20),
    Goal("Slowest list at many orders, times the slowest at few", "listing.ratio", "{:.2f} ×", 1.5),
    Goal("The list that grows most, times itself at few orders", "listing.most_growth", "{:.2f} ×", 1.5),
    Goal(
        "Lifecycles a second at many orders, times that at few",
        "lifecycle_with_history.ratio",
        "{:.2f} ×",
        0.9,
        at_least=True,
    ),
    Goal("Pieces of one product promised a second, times plain SQL", "hot_sku.ratio", "{:.1f} ×", 8, at_least=True),
    Goal("Pieces oversold", "hot_sku.oversold", "{:.0f}", 0),
    Goal("Dispatch rows handed out a second", "relay.rows_per_s", "{:,.0f}", 20_000, at_least=True),
    Goal("A scan at the picking page, under load, p95", "scan.p95_ms", "{:.1f} ms", 50),
    Goal("Memory of the largest process of any kind", "soak.memory_mb", "{:.0f} MB", 150),
    Goal("Growth of memory, the kind that grows most", "soak.growth_mb_per_h", "{:.2f} MB/h", 1),
)


def written(page: str, figures: Mapping[str, Any]) -> str:
    """Write the table of figures into a page, in place of the one that is there. Raises ValueError where it has no place."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page has no place for figures: {BEGIN} and {END}")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n{_table(figures)}\n{END}", page, count=1)


def _table(figures: Mapping[str, Any]) -> str:
    machine = figures.get("machine", {})
    lines = [
        (
            f"Measured on {figures.get('date', 'some day')} by `fulfillment bench all --json`:"
            f" {machine.get('processors', '?')} processors ({machine.get('kind', 'of some kind')}),"
            f" {machine.get('memory_gb', '?')} GB of memory, everything on this one machine, the load included."
            f" {_sizes(figures)}"
        ),
        "",
        "| figure | goal | measured | |",
        "|---|---|---|---|",
    ]
    for goal in GOALS:
        value = _value(figures, goal.path)
        bound = f"{'at least' if goal.at_least else 'at most'} {goal.written.format(goal.goal)}"
        shown, mark = ("not measured", "") if value is None else (goal.written.format(value), _mark(goal, value))
        lines.append(f"| {goal.what} | {bound} | {shown} | {mark} |")
    return "\n".join(lines)


def _sizes(figures: Mapping[str, Any]) -> str:
    listing = figures.get("listing")
    return "" if listing is None else f"Many orders are {listing['orders']:,}, few are {listing['beside_orders']:,}."


def _mark(goal: Goal, value: float) -> str:
    return "met" if goal.met(value) else "**missed**"


def _value(figures: Mapping[str, Any], path: str) -> float | None:
    found: Any = figures
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):  # of several kinds the largest counts; what plays the clients is none of ours
        found = max((value for kind, value in found.items() if kind != "load"), default=None)
    return None if found is None else float(found)
