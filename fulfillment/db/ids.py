"""Ids known before the row is written, so that a whole order and its answer can be made up before the one insert."""

from __future__ import annotations

import os
import threading
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, Sequence, text

from fulfillment.db.base import Base
from fulfillment.db.session import Executor

# One number is a block of ids: for rows made up in advance, and for those that one statement makes (db/write.py).
ROW_ID_BLOCK: Final = Sequence("row_id_block", metadata=Base.metadata)
CHANGE_ID: Final = Sequence("change_id", metadata=Base.metadata)

ROW_IDS_IN_BLOCK: Final = 1000
CHANGE_BLOCK: Final = 65536
"""A statement may make this many ids from the one number it draws from the sequence; a set stays far below."""
_NEXT_BLOCK = text("SELECT nextval('row_id_block')")
_NEXT_CHANGE = text(f"SELECT nextval('change_id') * {CHANGE_BLOCK}")


class IdBlocks:
    """
    Ids taken from a sequence in blocks of a thousand; what a process does not use is lost, which does no harm.

    They are unique over all tables that use them, and say nothing about order.
    """

    def __init__(self) -> None:
        """Begin with an empty block."""
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._next = self._end = 0

    def take(self, executor: Executor, count: int) -> list[int]:
        """Give `count` fresh ids."""
        with self._lock:
            if self._process != os.getpid():
                # A forked child must not use what its parent goes on using.
                self._process, self._next, self._end = os.getpid(), 0, 0
            taken: list[int] = []
            while len(taken) < count:
                if self._next == self._end:
                    self._next = executor.execute(_NEXT_BLOCK).scalar_one() * ROW_IDS_IN_BLOCK
                    self._end = self._next + ROW_IDS_IN_BLOCK
                part = min(count - len(taken), self._end - self._next)
                taken.extend(range(self._next, self._next + part))
                self._next += part
            return taken


# A block belongs to the database it was drawn from: a process that speaks to two must not mix them up.
_BLOCKS: Final[WeakKeyDictionary[Pool, IdBlocks]] = WeakKeyDictionary()
_BLOCKS_LOCK: Final = threading.Lock()


def take_ids(executor: Executor, count: int) -> list[int]:
    """Give `count` fresh ids from this process's block of the executor's database."""
    pool = (executor if isinstance(executor, Connection) else executor.get_bind()).engine.pool
    blocks = _BLOCKS.get(pool)
    if blocks is None:
        with _BLOCKS_LOCK:
            blocks = _BLOCKS.setdefault(pool, IdBlocks())
    return blocks.take(executor, count)


def take_change_id(executor: Executor) -> int:
    """Give an id among those that statements make of their own (db/write.py): it rises with the time of the change."""
    number: int = executor.execute(_NEXT_CHANGE).scalar_one()
    return number
