"""What is seen while the day goes by: a line for each phase, with a bar on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

Advance = Callable[[], None]


class Phases:
    """The phases of the day. On a terminal a bar moves; elsewhere each phase is one line when it is over."""

    def __init__(self, console: Console) -> None:
        """Show them on this console."""
        self._console = console
        self._live = console.is_terminal and not console.is_dumb_terminal
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not self._live,
        )

    def __enter__(self) -> Self:
        self._progress.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def stop(self) -> None:
        """Leave the bars as they are; what is printed from now on comes below them."""
        self._progress.stop()

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Advance]:
        """A part of the day that has `total` things to do; call what is given after each of them. Thread-safe."""
        task = self._progress.add_task(title, total=total)
        done = _Count()

        def advance() -> None:
            done.n += 1
            self._progress.advance(task)

        yield advance
        self._end(task, title, done.n)

    def _end(self, task: TaskID, title: str, done: int) -> None:
        if self._live:
            self._progress.update(task, total=done, completed=done)
        else:
            self._console.print(f"{title}: {done}", highlight=False, soft_wrap=True)


class _Count:
    n = 0
