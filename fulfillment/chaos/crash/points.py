"""
Points at which a process may be killed: before and after each commit, publish, acknowledgement and outside call.

A point is named by what was being done, where, and which of its kind it was: `payments.capture worker commit-2 after`.
The harness arms a point by making a file; the process that passes it takes the file away and kills itself with SIGKILL,
so that each arming kills exactly once. Nothing of this is loaded where the environment does not ask for it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote, unquote

SWITCH: Final = "FULFILLMENT_CRASH_AT"
"""The folder of the armed points. Read once, when a process starts."""

SIDES: Final = ("before", "after")
_MOST: Final = 3
"""Of one kind in one run. From the fourth on it is a loop, and its points are those of the third."""


def point(scope: str, process: str, act: str, number: int, side: str) -> str:
    """Name a point."""
    return f"{scope} {process} {act}-{number} {side}"


def scope_of(name: str) -> str:
    """Give what a point belongs to: a step, a sweep or a route (`POST /v1/checkouts`)."""
    return name.rsplit(" ", maxsplit=3)[0]


def is_route(scope: str) -> bool:
    """Tell routes from steps and sweeps."""
    return " /" in scope


class Board:
    """The folder over which the harness and the processes it kills understand each other."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where it is not there yet."""
        self.folder = folder
        for name in ("armed", "passed", "struck"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def arm(self, name: str) -> None:
        """Let the next process that passes this point be killed there."""
        self._file("armed", name).touch()

    def disarm(self, name: str) -> bool:
        """Take the arming back; False where it has struck."""
        try:
            self._file("armed", name).unlink()
        except FileNotFoundError:
            return False
        return True

    def is_armed(self, name: str) -> bool:
        """Whether it waits for a process."""
        return self._file("armed", name).exists()

    def forget_passed(self) -> None:
        """From here on only what is passed again counts as passed."""
        for file in (self.folder / "passed").iterdir():
            file.unlink()

    def passed(self) -> set[str]:
        """Give every point that any process has passed."""
        return self._names("passed")

    def struck(self) -> set[str]:
        """Give every point at which a process was killed."""
        return self._names("struck")

    def sabotage(self, what: str = "") -> None:
        """Let whoever is born from now on be broken: `what` is a module that knows how, and a name that it knows."""
        (self.folder / "sabotage").write_text(what)

    def sabotaged(self) -> list[str]:
        """Give the module and the name, or nothing."""
        file = self.folder / "sabotage"
        return list(filter(None, file.read_text().split(":"))) if file.exists() else []

    def note(self, kind: str, name: str) -> None:
        """Write down that a point was passed, or struck."""
        file = self._file(kind, name)
        if not file.exists():
            file.touch()

    def _file(self, kind: str, name: str) -> Path:
        return self.folder / kind / quote(name, safe=" ")

    def _names(self, kind: str) -> set[str]:
        return {unquote(file.name) for file in (self.folder / kind).iterdir()}


class Watch(threading.local):
    """What this thread is doing, and how many acts of each kind it has done of it."""

    process: ClassVar[str] = ""
    """What kind of process it is: web, relay, worker or beat."""

    def __init__(self) -> None:
        self.scopes: Sequence[str] = ()
        self.acts: Counter[str] = Counter()

    def begin(self, *scopes: str) -> None:
        """From here on it is about these."""
        self.scopes = scopes
        self.acts.clear()

    @contextmanager
    def passing(self, act: str) -> Iterator[None]:
        """Pass the points before and after an act; an act that failed has no point after it."""
        if not self.scopes:
            yield
            return
        self.acts[act] += 1
        scopes, number = self.scopes, min(self.acts[act], _MOST)
        for scope in scopes:
            _pass(scope, act, number, "before")
        yield
        for scope in scopes:
            _pass(scope, act, number, "after")


watch: Final = Watch()

_board: Final = Board(Path(os.environ[SWITCH])) if SWITCH in os.environ else None


def _pass(scope: str, act: str, number: int, side: str) -> None:
    assert _board is not None, f"{SWITCH} names the folder"
    name = point(scope, Watch.process, act, number, side)
    _board.note("passed", name)
    if _board.is_armed(name) and _board.disarm(name):
        _board.note("struck", name)
        _die()


def _die() -> None:
    """A process of a worker's pool dies alone, as one that ran out of memory; others with all that belongs to them."""
    if Watch.process == "worker" and os.getpid() != os.getpgrp():
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(os.getpgrp(), signal.SIGKILL)
    signal.pause()
