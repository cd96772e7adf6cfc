"""
Watches the one place in which each kind of act happens: the driver's commit, and the ports to the outside world.

Importing this module changes nothing; `begin` is called in the nursery, of which every process of the matrix is a child.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args, get_type_hints

import psycopg

from fulfillment.chaos.crash.points import watch
from fulfillment.process import SWEEPS
from fulfillment.wiring import Services

_WRITES: Final = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b")
_SWEEP_SECONDS: Final = 5


def begin() -> None:
    """Watch this process from here on."""
    _watch_commits()
    _watch_statements()
    _watch_ports()
    # A sweep that comes once an hour would be killed once an hour.
    SWEEPS.update(dict.fromkeys(SWEEPS, _SWEEP_SECONDS))


def ports() -> Iterator[tuple[str, tuple[str, ...]]]:
    """
    Give each port of Services to the outside world, by its field, with the calls that it knows; new ones come by themselves.

    What only reads something that has come in calls nobody.
    """
    for name, hint in get_type_hints(Services).items():
        for kind in (hint, *get_args(hint)):
            if getattr(kind, "_is_protocol", False):
                calls = {call for call, found in vars(kind).items() if callable(found) and not call.startswith("_")}
                if calls != {"read"}:
                    yield name, tuple(sorted(calls - {"close"}))


def replace(owner: object, **names: Callable[..., Any]) -> None:
    """Put something else in the place of what a module or class has. Raises AttributeError where it no longer has it."""
    for name, watched in names.items():
        getattr(owner, name)
        setattr(owner, name, watched)


def _watch_commits() -> None:
    commit = psycopg.Connection.commit

    def watched(connection: psycopg.Connection[Any]) -> None:
        with watch.passing("commit"):
            commit(connection)

    replace(psycopg.Connection, commit=watched)


def _watch_statements() -> None:
    """A statement that writes on a connection of its own is a transaction: it has no commit to watch."""
    execute: Callable[..., Any] = psycopg.RawCursor.execute

    def watched(cursor: psycopg.RawCursor[Any], query: Any, *arguments: Any, **named: Any) -> Any:
        if not cursor.connection.autocommit or not _WRITES.search(str(query)):
            return execute(cursor, query, *arguments, **named)
        with watch.passing("statement"):
            return execute(cursor, query, *arguments, **named)

    replace(psycopg.RawCursor, execute=watched)


def _watch_ports() -> None:
    put_together: Callable[..., None] = Services.__init__

    def watched(services: Services, *arguments: Any, **named: Any) -> None:
        put_together(services, *arguments, **named)
        for field, calls in ports():
            adapter = getattr(services, field)
            if isinstance(adapter, Mapping):
                each = {name: _Watched(one, field, calls) for name, one in adapter.items()}
                object.__setattr__(services, field, each)
            elif adapter is not None:
                object.__setattr__(services, field, _Watched(adapter, field, calls))

    replace(Services, __init__=watched)


class _Watched:
    """An adapter whose calls are watched."""

    def __init__(self, adapter: object, field: str, calls: tuple[str, ...]) -> None:
        self._adapter = adapter
        self._field = field
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if name not in self._calls:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            if arguments and arguments[0] == []:  # A set of nothing is no call.
                return found(*arguments, **named)
            with watch.passing(f"{self._field}.{name}"):
                return found(*arguments, **named)

        return call
