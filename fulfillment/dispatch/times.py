"""
How long steps take: from the change that called for one to the commit of its effect, with all that it waited for.

Rows that are closed are gone. So whoever closes them counts them, in memory, after its commit; what was counted is added to a
small table now and then. No step has a statement more for it, and a process that is killed takes some seconds of counts along.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0, math.inf)
"""Upper ends, in seconds."""

AGE: Final = "CAST(extract(epoch FROM clock_timestamp() - created_at) AS float8) AS age"
"""What a statement that closes rows gives beside them: how long ago each was written, by the clock of the database."""

_CLOSED: Final = "closed steps"

# Always in the same order: two processes that write at the same moment wait for each other, and never both.
_ADD = text("""
INSERT INTO step_time AS t (step, at_most, rows, seconds)
SELECT * FROM unnest(CAST(:steps AS text[]), CAST(:at_most AS float8[]), CAST(:rows AS bigint[]), CAST(:seconds AS float8[])) AS v
 ORDER BY 1, 2
    ON CONFLICT (step, at_most) DO UPDATE SET rows = t.rows + excluded.rows, seconds = t.seconds + excluded.seconds
""")


def note_closed(session: Session, rows: Iterable[Row[Any]]) -> None:
    """Keep with a session which rows it has closed, until it is known whether that counts."""
    session.info.setdefault(_CLOSED, []).append((time.monotonic(), rows))


class StepTimes:
    """What this process has counted and not yet written down."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, float], tuple[int, float]] = {}

    def count(self, session: Session) -> None:
        """Count what this session has closed, now that it is committed."""
        closed = session.info.pop(_CLOSED, None)
        if closed is None:
            return
        now = time.monotonic()
        with self._lock:
            for noted_at, rows in closed:
                for row in rows:
                    self._add(row.step, 1, max(0.0, row.age) + now - noted_at)

    def write(self, session: Session) -> int:
        """Add what was counted to the table, in one statement; give how many rows it was. What fails is kept."""
        with self._lock:
            taken, self._counts = self._counts, {}
        if not taken:
            return 0
        columns = {
            "steps": [step for step, _ in taken],
            "at_most": [at_most for _, at_most in taken],
            "rows": [rows for rows, _ in taken.values()],
            "seconds": [seconds for _, seconds in taken.values()],
        }
        try:
            session.execute(_ADD, columns)
        except BaseException:
            with self._lock:
                for (step, at_most), (rows, seconds) in taken.items():
                    self._add_to(step, at_most, rows, seconds)
            raise
        return sum(rows for rows, _ in taken.values())

    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self._counts

    def _add(self, step: str, rows: int, seconds: float) -> None:
        self._add_to(step, BUCKETS[bisect_left(BUCKETS, seconds)], rows, seconds)

    def _add_to(self, step: str, at_most: float, rows: int, seconds: float) -> None:
        counted, so_far = self._counts.get((step, at_most), (0, 0.0))
        self._counts[step, at_most] = (counted + rows, so_far + seconds)
