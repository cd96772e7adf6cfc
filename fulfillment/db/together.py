"""
What several requests write at the same moment goes to the database as one statement.

A statement that places one order costs the server several times what its rows cost: a dozen tables are opened, their
constraints read, a commit reaches the disk. So there is one of them under way at a time: who comes meanwhile waits, and all
who waited go together with the next. Where nobody else is there, nobody waits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from fulfillment.db.base import Base
from fulfillment.db.write import Insert, NotEmptyError, RowsChangedError, Unchanged, write

_PATIENCE_SECONDS: Final = 0.1
"""Who was not taken along by then goes alone: the statement that is under way may wait for a lock."""


@dataclass(slots=True, eq=False)
class _Passenger:
    """What one request writes, and what became of it."""

    inserts: Sequence[Insert]
    only_if: Insert
    unchanged: Sequence[Unchanged]
    empty: str | None
    called: threading.Event = field(default_factory=threading.Event)
    """Set when it is to drive, or has arrived."""
    arrived: threading.Event = field(default_factory=threading.Event)
    written: bool = False
    error: BaseException | None = None

    @property
    def shape(self) -> tuple[Any, ...]:
        """Only what has the same columns of the same tables goes into one statement."""
        return (
            *((each.model, tuple(each.rows[0]), each.local_ids) for each in (self.only_if, *self.inserts)),
            *(each.model for each in self.unchanged),
            self.empty,
        )


class Together:
    """Statements on one database, each a transaction; safe to use by many threads."""

    def __init__(self, engine: Engine, *, patience: float = _PATIENCE_SECONDS) -> None:
        """`engine` makes connections on which each statement is a transaction; `patience` is in seconds."""
        self._engine = engine
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: list[_Passenger] = []
        self._under_way = False

    def write(
        self,
        inserts: Sequence[Insert],
        only_if: Insert,
        unchanged: Sequence[Unchanged],
        *,
        empty: str | None = None,
    ) -> bool:
        """Write as `db.write.write` does with `only_if`, in one statement with others or alone. Raises what that raises."""
        mine = _Passenger([each for each in inserts if each.rows], only_if, unchanged, empty)
        with self._lock:
            self._waiting.append(mine)
            drives, self._under_way = not self._under_way, True
        if not drives:
            mine.called.wait(self._patience)
        if group := self._board(mine):
            self._drive(group)
        mine.arrived.wait()
        if mine.error is not None:
            raise mine.error
        return mine.written

    def _board(self, driver: _Passenger) -> list[_Passenger]:
        """Take everybody along who waits with the same to write; nobody where the driver itself was taken along."""
        with self._lock:
            if driver not in self._waiting:
                return []
            shape = driver.shape
            group = [each for each in self._waiting if each.shape == shape]
            self._waiting = [each for each in self._waiting if each not in group]
            self._under_way = True
            return group

    def _drive(self, group: Sequence[_Passenger]) -> None:
        try:
            self._write(group)
        except BaseException as error:
            for each in group:
                each.error = error
            raise
        finally:
            with self._lock:
                self._under_way = bool(self._waiting)
                following = self._waiting[:1]
            for each in following:
                each.called.set()
            for each in group:
                each.arrived.set()
                each.called.set()

    def _write(self, group: Sequence[_Passenger]) -> None:
        if len(group) > 1:
            inserts, only_if, unchanged = _joined(group)
            try:
                with self._engine.connect() as connection:
                    write(connection, inserts, only_if=only_if, unchanged=unchanged, or_fail=True, empty=group[0].empty)
            except (DBAPIError, RowsChangedError, NotEmptyError):
                pass  # Nothing was written. Each goes alone, and hears what is the matter with itself.
            else:
                for each in group:
                    each.written = True
                return
        for each in group:
            self._write_alone(each)

    def _write_alone(self, one: _Passenger) -> None:
        try:
            with self._engine.connect() as connection:
                one.written = write(
                    connection, one.inserts, only_if=one.only_if, unchanged=one.unchanged, empty=one.empty
                )
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            one.error = error


def _joined(group: Sequence[_Passenger]) -> tuple[list[Insert], Insert, list[Unchanged]]:
    """Put the rows of several into one insert per table; rows made in the statement are numbered through."""
    used = 0
    tables: list[list[dict[str, Any]]] = [[] for _ in group[0].inserts]
    for each in group:
        for rows, insert in zip(tables, each.inserts, strict=True):
            rows.extend(_renumbered(insert, after=used) if used and insert.local_ids else insert.rows)
        used += max((len(insert.rows) for insert in each.inserts if insert.local_ids), default=0)
    inserts = [
        Insert(insert.model, rows, insert.local_ids) for insert, rows in zip(group[0].inserts, tables, strict=True)
    ]
    claims = Insert(group[0].only_if.model, [row for each in group for row in each.only_if.rows])
    return inserts, claims, list(_all_unchanged(group))


def _renumbered(insert: Insert, *, after: int) -> Iterator[dict[str, Any]]:
    for row in insert.rows:
        yield {**row, **{name: row[name] - after for name in insert.local_ids if (row[name] or 0) < 0}}


def _all_unchanged(group: Sequence[_Passenger]) -> Iterator[Unchanged]:
    """What one remembers of a row another may remember otherwise: then both are looked for, and one of them is not found."""
    models: dict[type[Base], dict[tuple[int, str], None]] = {}
    for each in group:
        for unchanged in each.unchanged:
            models.setdefault(unchanged.model, {}).update(dict.fromkeys(unchanged.rows))
    return (Unchanged(model, list(rows)) for model, rows in models.items())
