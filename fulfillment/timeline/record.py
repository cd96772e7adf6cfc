"""A record of everything that is written through a session, kept while somebody wants to know what a verb would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from fulfillment.db.base import Base
from fulfillment.db.session import Executor

_PLACE: Final = "fulfillment.record"


@dataclass(slots=True)
class Record:
    """What was written, in the order of writing: entries of timelines, promised steps, and rows by table."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    promises: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[type[Base], dict[str, Any]]] = field(default_factory=list)

    @property
    def order_ids(self) -> list[int]:
        """The orders that were changed."""
        found = {row["order_id"] for row in (*self.entries, *self.promises) if row["order_id"] is not None}
        return sorted(found)

    def rows_of(self, model: type[Base]) -> list[dict[str, Any]]:
        """Give the rows that were added to a table."""
        return [row for known, row in self.rows if known is model]


@contextmanager
def recording(session: Session) -> Iterator[Record]:
    """Keep a record of what `Changes` write through this session until the end of the block."""
    record = session.info[_PLACE] = Record()
    try:
        yield record
    finally:
        del session.info[_PLACE]


def note_down(
    executor: Executor,
    entries: Sequence[dict[str, Any]],
    promises: Sequence[dict[str, Any]],
    inserts: Mapping[type[Base], Sequence[dict[str, Any]]],
) -> None:
    """Add a change to the record of its session, where one is kept."""
    record: Record | None = executor.info.get(_PLACE) if isinstance(executor, Session) else None
    if record is not None:
        record.entries += entries
        record.promises += promises
        record.rows += [(model, row) for model, rows in inserts.items() for row in rows]
