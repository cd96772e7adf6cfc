"""How far a replay is, as three bars."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fulfillment.replay.plan import Day, Plan


class Bars:
    """Shows a walk on a console. May be told by several threads."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description:16}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[day]}"),
            console=console,
        )
        orders, refunds = len(plan.sales), len(plan.refunds)
        self._placed = self._bars.add_task("orders placed", total=orders, day="")
        self._settled = self._bars.add_task("shipped and paid", total=orders, day="")
        self._given_back = self._bars.add_task("refunds", total=refunds, day="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def day(self, day: Day) -> None:
        """A day begins."""
        self._bars.update(self._placed, day=str(day.date))

    def placed(self, count: int) -> None:
        """So many more orders are there."""
        self._bars.advance(self._placed, count)

    def settled(self, count: int) -> None:
        """So many more orders are shipped and captured."""
        self._bars.advance(self._settled, count)

    def given_back(self, count: int) -> None:
        """So many more refunds are through."""
        self._bars.advance(self._given_back, count)
