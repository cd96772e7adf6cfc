"""
A hand: a thread that does one act, and can be held before any statement or commit of it.

Only here does it matter which thread a statement comes from; `watching` looks at the driver for as long as a block lasts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any, Final

import psycopg

from fulfillment.kernel.errors import FulfillmentError

_PATIENCE_SECONDS: Final = 120.0


class Point(Enum):
    """Where a hand may be held."""

    BEGIN = auto()
    """Before the first statement of a transaction."""
    STATEMENT = auto()
    COMMIT = auto()


Stops = Callable[[Point, int], bool]
"""Whether to be held at a point, by its kind and its number within the act."""

_own = threading.local()


class Hand:
    """Does an act in a thread of its own. `outcome` is what it came to: done, the guard that refused, or what was raised."""

    def __init__(self, act: Callable[[], None], stops: Stops = lambda _point, _number: False) -> None:
        """Nothing happens before `go`."""
        self._act = act
        self._stops = stops
        self._go = threading.Event()
        self._rests = threading.Event()
        self._between = True
        self._thread = threading.Thread(target=self._live, daemon=True)
        self.is_over = False
        self.outcome = ""
        self.points = 0

    def start(self) -> None:
        """Go, and do not wait for anything."""
        self._rests.clear()
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._go.set()

    def rests(self, seconds: float = _PATIENCE_SECONDS) -> bool:
        """Wait until it is held or over; give whether it is."""
        return self._rests.wait(seconds)

    def go(self) -> None:
        """Go on until it is held again, or over. Raises TimeoutError where it is neither."""
        self.start()
        if not self.rests():
            raise TimeoutError("neither held nor over: the two wait for each other")

    def pass_point(self, point: Point) -> None:
        """Called by the driver's own statements and commits, in our thread."""
        if point is Point.STATEMENT and self._between:
            point = Point.BEGIN
        self._between = False
        self.points += 1
        if self._stops(point, self.points):
            self._rests.set()
            self._go.wait()
            self._go.clear()

    def end_transaction(self) -> None:
        """What comes next begins another one."""
        self._between = True

    def _live(self) -> None:
        _own.hand = self
        try:
            self._act()
            self.outcome = "done"
        except FulfillmentError as refused:
            self.outcome = f"refused: {refused.guard or refused.reason}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what came of it
            self.outcome = f"raised {type(error).__name__}: {str(error).splitlines()[0]}"
        finally:
            self.is_over = True
            self._rests.set()


@contextmanager
def watching() -> Iterator[None]:
    """Let hands be held at what their threads ask of the driver, for as long as the block lasts."""
    honest = psycopg.Cursor.execute, psycopg.Connection.commit, psycopg.Connection.rollback
    _put(_executing(honest[0]), _committing(honest[1]), _rolling_back(honest[2]))
    try:
        yield
    finally:
        _put(*honest)


def _executing(honest: Callable[..., Any]) -> Callable[..., Any]:
    def execute(cursor: psycopg.Cursor[Any], *arguments: Any, **named: Any) -> Any:
        hand = _hand()
        hand.pass_point(Point.STATEMENT)
        try:
            return honest(cursor, *arguments, **named)
        finally:
            if cursor.connection.autocommit:
                hand.end_transaction()

    return execute


def _committing(honest: Callable[..., None]) -> Callable[..., None]:
    def commit(connection: psycopg.Connection[Any]) -> None:
        hand = _hand()
        hand.pass_point(Point.COMMIT)
        honest(connection)
        hand.end_transaction()

    return commit


def _rolling_back(honest: Callable[..., None]) -> Callable[..., None]:
    def rollback(connection: psycopg.Connection[Any]) -> None:
        honest(connection)
        _hand().end_transaction()

    return rollback


def _put(execute: Callable[..., Any], commit: Callable[..., None], rollback: Callable[..., None]) -> None:
    setattr(psycopg.Cursor, "execute", execute)  # noqa: B010 - for the type checker methods are constants
    setattr(psycopg.Connection, "commit", commit)  # noqa: B010
    setattr(psycopg.Connection, "rollback", rollback)  # noqa: B010


_nobody: Final = Hand(lambda: None)
"""Stands for every other thread."""


def _hand() -> Hand:
    return getattr(_own, "hand", _nobody)
