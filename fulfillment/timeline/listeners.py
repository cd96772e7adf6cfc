"""
Whether anybody outside listens to events, as far as this process knows.

While nobody does, a change writes nothing for them, and costs nothing but a look at an empty table: the statement that writes
it writes nothing where it finds a listener, and is repeated with what is to be told (docs/decisions/0032). So nobody
tells anybody of a new listener, and no event of a change that began after it came is lost.
"""

from __future__ import annotations

import time
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool

from fulfillment.db.session import Executor

LISTENERS: Final = "webhook_endpoint"
"""The table that has a row for each listener."""

_REMEMBERED_SECONDS: Final = 60.0
"""How long a process goes on writing for listeners that may be gone: rows that lead to nobody do no harm."""

_FOUND: Final[WeakKeyDictionary[Pool, float]] = WeakKeyDictionary()


def somebody_listens(executor: Executor) -> bool:
    """Tell whether somebody was found a moment ago."""
    found = _FOUND.get(_pool(executor))
    return found is not None and time.monotonic() - found < _REMEMBERED_SECONDS


def somebody_was_found(executor: Executor) -> None:
    """Keep in mind that somebody listens."""
    _FOUND[_pool(executor)] = time.monotonic()


def nobody_listens() -> None:
    """Forget whom this process found: its databases were emptied."""
    _FOUND.clear()


def _pool(executor: Executor) -> Pool:
    return (executor if isinstance(executor, Connection) else executor.get_bind()).engine.pool
