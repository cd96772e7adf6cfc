"""Plots of what `bench all` measured, as SVG that is read on light and on dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

# What is written stands out from white as from black.
_COLORS: Final[Mapping[str, Any]] = {
    "background": "transparent",
    "plot_background": "transparent",
    "foreground": "#8a8a8a",
    "foreground_strong": "#8a8a8a",
    "foreground_subtle": "#8a8a8a",
    "opacity": "0.9",
    "colors": ("#2f81c7", "#e08a1e", "#4c9f4c", "#c25b8f"),
    "font_family": "sans-serif",
}


def _chart(kind: str, **more: Any) -> Any:
    """Begin a chart; nothing in it is fetched from elsewhere. Only who draws loads the library: it changes how imports work."""
    import pygal
    from pygal.style import Style

    return getattr(pygal, kind)(style=Style(**_COLORS), js=[], legend_at_bottom=True, **more)


def draw(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what is there of the figures; give the files that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, plot in _PLOTS.items():
        chart = plot(figures)
        if chart is not None:
            file = folder / f"{name}.svg"
            file.write_bytes(chart.render())
            drawn.append(file)
    return drawn


def _lists(figures: Mapping[str, Any]) -> Any:
    listing = figures.get("listing")
    if listing is None:
        return None
    filters = listing["filters"]
    chart = _chart("HorizontalBar", title="A page of orders, p95 in ms", height=22 * len(filters) + 120)
    chart.x_labels = list(filters)
    chart.add(f"{listing['beside_orders']:,} orders", [each["beside_p95_ms"] for each in filters.values()])
    chart.add(f"{listing['orders']:,} orders", [each["p95_ms"] for each in filters.values()])
    return chart


def _throughput(figures: Mapping[str, Any]) -> Any:
    empty, full = figures.get("lifecycle"), figures.get("lifecycle_with_history")
    if empty is None:
        return None
    chart = _chart("Line", title="Orders closed a second, in windows of 5 s", range=(0, None), x_title="window")
    chart.add("from an empty database", empty["windows_per_s"])
    if full is not None:
        chart.add(f"with {full['orders']:,} orders in the tables", full["windows_per_s"])
    chart.add("plain SQL", [empty["raw_sql_lifecycles_per_s"]] * len(empty["windows_per_s"]))
    return chart


def _soak(figures: Mapping[str, Any]) -> Any:
    soak = figures.get("soak")
    if soak is None:
        return None
    chart = _chart("Line", title="A checkout's answer in the soak, p99 in ms", x_title="tenth of the time")
    chart.add(f"{soak['checkouts_per_s']:g} checkouts a second", soak["p99_ms_by_shift"])
    return chart


_PLOTS: Final = {"lists": _lists, "throughput": _throughput, "soak": _soak}
