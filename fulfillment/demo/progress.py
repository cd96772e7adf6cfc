"""What is seen while the day goes by: a line for each phase, with a bar on a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Advance = Callable[[], None]


class Phases:
    """
    The phases of the day. Each is one line when it is over; until then, on a terminal, a bar moves.

    Only what is going on has a bar, so that it also fits a low window.
    """

    def __init__(self, console: Console) -> None:
        """Show them on this console."""
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal or console.is_dumb_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar away; what is printed from now on stays where it is."""
        self._progress.stop()

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Advance]:
        """A part of the day that has `total` things to do; call what is given after each of them."""
        started = time.monotonic()
        task = self._progress.add_task(title, total=total)
        yield lambda: self._progress.advance(task)
        self._progress.remove_task(task)
        line = f"{title:<36}{total:>6}  {time.monotonic() - started:5.1f} s"
        self._console.print(line, highlight=False, soft_wrap=True)
