"""Plots: drawn by the server, as bars of one hour each. They load nothing, and the table under them says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 600
HEIGHT: Final = 120
_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and a part of it in another color; `label` is what it stands for, `at` when it began."""

    x: float
    y: float
    height: float
    inner_y: float
    inner_height: float
    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars of one width side by side; `most` is what the highest stands for."""

    bars: Sequence[Bar]
    bar_width: float
    most: float


def throughput(hours: Sequence[Mapping[str, Any]]) -> Plot:
    """Draw how many orders were placed in each hour, and how many of them are completed by now."""
    values = [(hour["placed"], hour["completed"]) for hour in hours]
    labels = [f"{hour['placed']} placed, {hour['completed']} completed" for hour in hours]
    return _plot(hours, values, labels)


def latency(hours: Sequence[Mapping[str, Any]], name: str) -> Plot:
    """Draw how long the orders of each hour took: 95 percent of them, and half of them."""
    spans = [hour[name] or {"most": 0, "half": 0} for hour in hours]
    values = [(span["most"], span["half"]) for span in spans]
    labels = [f"half within {duration(span['half'])}, 95 % within {duration(span['most'])}" for span in spans]
    return _plot(hours, values, labels)


def duration(seconds: float) -> str:
    """Write a stretch of time in its largest unit: 90 s as 1.5 min."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{round(seconds / length, 1):g} {unit}"
    return f"{round(seconds, 1):g} s"


def _plot(hours: Sequence[Mapping[str, Any]], values: Sequence[tuple[float, float]], labels: Sequence[str]) -> Plot:
    most = max((value for value, _ in values), default=0)
    step = WIDTH / max(len(hours), 1)
    scale = HEIGHT / most if most else 0
    bars = [
        Bar(
            x=round(place * step + _GAP / 2, 1),
            y=round(HEIGHT - value * scale, 1),
            height=round(value * scale, 1),
            inner_y=round(HEIGHT - part * scale, 1),
            inner_height=round(part * scale, 1),
            at=hour["begins_at"],
            label=label,
        )
        for place, (hour, (value, part), label) in enumerate(zip(hours, values, labels, strict=True))
    ]
    return Plot(bars, round(step - _GAP, 1), most)
