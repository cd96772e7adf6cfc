"""
What the books of a simulated system are made of: one file, a journal that only grows, and a list of every call received.

SQLite in WAL mode with synchronous=NORMAL. A commit is then in the operating system's hands before the answer leaves,
so `kill -9` loses nothing; only a power cut could take the last commits, and it would take the machine under test
along. FULL would add one fsync per operation, on the disk of the database that is being measured.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What was decided is never changed nor deleted.
_SCHEMA = """
CREATE TRIGGER IF NOT EXISTS journal_keeps BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_forgets_nothing BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    fault TEXT
);
CREATE INDEX IF NOT EXISTS calls_key ON calls (key);
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call, whatever came of it. `at` is in seconds since 1970."""

    seq: int
    at: float
    key: str
    operation: str
    fault: str | None


class Books:
    """The books in one file. Threads share one connection behind a lock: every operation takes microseconds."""

    def __init__(self, path: Path, schema: str) -> None:
        """`schema` makes the tables, `journal` among them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(schema + _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def count(self, key: str, operation: str, fault: str | None, *, at: float) -> None:
        """Note that a call came in."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO calls (at, key, operation, fault) VALUES (?, ?, ?, ?)", (at, key, operation, fault)
            )

    def calls(self, *, after: int, limit: int) -> list[Call]:
        """Calls in the order they came in."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT seq, at, key, operation, fault FROM calls WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
            ).fetchall()
        return [Call(*row) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
