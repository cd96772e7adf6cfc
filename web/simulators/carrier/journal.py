"""
The carrier's books: an append-only journal of what was sold and given back, where parcels are, and every call received.

SQLite in WAL mode with synchronous=NORMAL, as the simulated gateway's: `kill -9` loses nothing that was answered.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from web.simulators.refusals import KeyReused

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sale', 'void')),
    outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
    code TEXT CHECK ((code IS NULL) = (outcome = 'succeeded')),
    reference TEXT NOT NULL,
    tracking_number TEXT,
    service TEXT NOT NULL,
    weight_grams INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    merchant_reference TEXT NOT NULL,
    asked TEXT NOT NULL,
    fingerprint TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_key ON journal (key, seq);
CREATE UNIQUE INDEX IF NOT EXISTS journal_sold_once ON journal (reference, kind) WHERE outcome = 'succeeded';
CREATE UNIQUE INDEX IF NOT EXISTS journal_number ON journal (tracking_number) WHERE kind = 'sale';
CREATE TRIGGER IF NOT EXISTS journal_keeps BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_forgets_nothing BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    id TEXT NOT NULL UNIQUE,
    tracking_number TEXT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_number ON events (tracking_number);
CREATE TABLE IF NOT EXISTS manifests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL UNIQUE,
    reference TEXT,
    code TEXT CHECK ((code IS NULL) = (reference IS NOT NULL)),
    labels TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS manifested (label TEXT PRIMARY KEY, manifest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    fault TEXT
);
CREATE INDEX IF NOT EXISTS calls_key ON calls (key);
"""
ENTRY = (
    "seq, at, key, kind, outcome, code, reference, tracking_number, service, weight_grams, amount, currency,"
    " merchant_reference, asked"
)
BEFORE_HAND_OVER = "label_created"
"""The one state of a parcel in which the carrier does not have it yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A label as it was asked for, with what it costs, or the code by which it is refused. `asked` is the parcel, as JSON."""

    key: str
    fingerprint: str
    service: str
    weight_grams: int
    amount: int
    currency: str
    merchant_reference: str
    asked: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, as it stands in the journal: a sale, or that a label was given back. `at` is in seconds since 1970."""

    seq: int
    at: float
    key: str
    kind: str
    outcome: str
    code: str | None
    reference: str
    tracking_number: str | None
    service: str
    weight_grams: int
    amount: int
    currency: str
    merchant_reference: str
    asked: str


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call, whatever came of it."""

    seq: int
    at: float
    key: str
    operation: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was decided; `labels` are references, divided by blanks."""

    key: str
    reference: str | None
    code: str | None
    labels: str
    at: float


class Journal:
    """The books in one file. Threads share one connection behind a lock: every operation takes microseconds."""

    def __init__(self, path: Path, *, key_life: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._key_life = key_life
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sell(self, asked: Asked, *, at: float) -> tuple[Entry, bool]:
        """
        Sell a label or refuse it, and write it down, or find what was decided on this key before; tell whether it is a repeat.

        Raises KeyReused when the key stood for something else. A key is forgotten after its life: the same key then buys again.
        """
        with self._writing():
            row = self._connection.execute(
                f"SELECT {ENTRY}, fingerprint FROM journal WHERE key = ? AND kind = 'sale' AND at > ?"  # noqa: S608  a constant
                " ORDER BY seq DESC LIMIT 1",
                (asked.key, at - self._key_life),
            ).fetchone()
            if row is not None:
                if row[-1] != asked.fingerprint:
                    raise KeyReused
                return Entry(*row[:-1]), True
            reference = f"lbl_{secrets.token_hex(10)}"
            number = None if asked.code else f"SC{secrets.randbelow(10**11):011d}GB"
            return self._write(asked, "sale", asked.code, reference, number, at), False

    def void(self, reference: str, *, at: float) -> tuple[Entry | None, str | None]:
        """Take a label back: the entry of that, the same one for a repeat; or, without one, the code of the refusal."""
        with self._writing():
            if (earlier := self._one("reference = ? AND kind = 'void'", reference)) is not None:
                return earlier, None
            sold = self._one("reference = ? AND kind = 'sale' AND outcome = 'succeeded'", reference)
            if sold is None:
                return None, "no_such_label"
            if self._handed_over(sold.tracking_number or "") or self._is_manifested(reference):
                return None, "handed_over"
            asked = Asked(
                sold.key,
                "",
                sold.service,
                sold.weight_grams,
                sold.amount,
                sold.currency,
                sold.merchant_reference,
                sold.asked,
            )
            return self._write(asked, "void", None, reference, sold.tracking_number, at), None

    def sold(self, *, key: str = "", tracking_number: str = "") -> Entry | None:
        """Give the last sale of a key, however long ago, or that of a parcel's number."""
        with self._lock:
            if key:
                return self._one("kind = 'sale' AND key = ?", key)
            return self._one("kind = 'sale' AND tracking_number = ?", tracking_number)

    def is_void(self, reference: str) -> bool:
        """Whether a label was given back."""
        with self._lock:
            return self._one("reference = ? AND kind = 'void'", reference) is not None

    def happen(self, tracking_number: str, status: str, *, at: float) -> str:
        """Write down where a parcel is; give the id of that event."""
        event = f"trk_{secrets.token_hex(10)}"
        with self._writing():
            self._connection.execute(
                "INSERT INTO events (at, id, tracking_number, status) VALUES (?, ?, ?, ?)",
                (at, event, tracking_number, status),
            )
        return event

    def count(self, key: str, operation: str, fault: str | None, *, at: float) -> None:
        """Note that a call came in."""
        with self._writing():
            self._connection.execute(
                "INSERT INTO calls (at, key, operation, fault) VALUES (?, ?, ?, ?)", (at, key, operation, fault)
            )

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """Decisions in the order they were made."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {ENTRY} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608  a constant
                (after, limit),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def calls(self, *, after: int, limit: int) -> list[Call]:
        """Calls in the order they came in."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT seq, at, key, operation, fault FROM calls WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
            ).fetchall()
        return [Call(*row) for row in rows]

    def close_manifest(self, key: str, references: Sequence[str], on_request: str | None, *, at: float) -> Manifest:
        """
        Close a manifest of these labels or refuse it, or find what was decided on this key before.

        Raises KeyReused when the key stood for other labels. A label is on one manifest at most.
        """
        labels = " ".join(references)
        with self._writing():
            if (earlier := self._manifest(key)) is not None:
                if earlier.labels != labels:
                    raise KeyReused
                return earlier
            code = on_request or self._refusal(references)
            reference = None if code else f"man_{secrets.token_hex(10)}"
            if reference is not None:
                rows = [(label, reference) for label in references]
                self._connection.executemany("INSERT INTO manifested (label, manifest) VALUES (?, ?)", rows)
            self._connection.execute(
                "INSERT INTO manifests (at, key, reference, code, labels) VALUES (?, ?, ?, ?, ?)",
                (at, key, reference, code, labels),
            )
            return Manifest(key, reference, code, labels, at)

    def manifest(self, key: str) -> Manifest | None:
        """Give what was decided on a key."""
        with self._lock:
            return self._manifest(key)

    def manifests(self) -> list[Manifest]:
        """Every manifest in the order in which they were decided."""
        with self._lock:
            rows = self._connection.execute("SELECT key, reference, code, labels, at FROM manifests ORDER BY seq")
            return [Manifest(*row) for row in rows.fetchall()]

    def _manifest(self, key: str) -> Manifest | None:
        row = self._connection.execute(
            "SELECT key, reference, code, labels, at FROM manifests WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else Manifest(*row)

    def _refusal(self, references: Sequence[str]) -> str | None:
        """Why labels may not go on a manifest together, as a code."""
        for reference in references:
            if self._one("reference = ? AND kind = 'sale' AND outcome = 'succeeded'", reference) is None:
                return "no_such_label"
            if self._one("reference = ? AND kind = 'void'", reference) is not None:
                return "voided"
            if self._is_manifested(reference):
                return "on_a_manifest"
        return None

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

    def _one(self, condition: str, value: str) -> Entry | None:
        row = self._connection.execute(
            f"SELECT {ENTRY} FROM journal WHERE {condition} ORDER BY seq DESC LIMIT 1",  # noqa: S608  constants
            (value,),
        ).fetchone()
        return None if row is None else Entry(*row)

    def _is_manifested(self, reference: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM manifested WHERE label = ?", (reference,)).fetchone()
        return found is not None

    def _handed_over(self, tracking_number: str) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM events WHERE tracking_number = ? AND status <> ?", (tracking_number, BEFORE_HAND_OVER)
        ).fetchone()
        return found is not None

    def _write(
        self, asked: Asked, kind: str, code: str | None, reference: str, tracking_number: str | None, at: float
    ) -> Entry:
        row = (
            at,
            asked.key,
            kind,
            "failed" if code else "succeeded",
            code,
            reference,
            tracking_number,
            asked.service,
            asked.weight_grams,
            asked.amount,
            asked.currency,
            asked.merchant_reference,
            asked.asked,
        )
        cursor = self._connection.execute(
            f"INSERT INTO journal ({ENTRY.removeprefix('seq, ')}, fingerprint)"  # noqa: S608  a constant
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, asked.fingerprint),
        )
        return Entry(cursor.lastrowid or 0, *row)
