"""The carrier's books: an append-only journal of what was sold and given back, and where parcels are."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from web.simulators.books import Books
from web.simulators.carrier.entries import Asked, Entry, Manifest
from web.simulators.carrier.schema import SCHEMA
from web.simulators.refusals import KeyReused

ENTRY = (
    "seq, at, key, kind, outcome, code, reference, tracking_number, service, weight_grams, amount, currency,"
    " merchant_reference, asked"
)
BEFORE_HAND_OVER = "label_created"
"""The one state of a parcel in which the carrier does not have it yet."""


class Journal(Books):
    """The books in one file."""

    def __init__(self, path: Path, *, key_life: float) -> None:
        super().__init__(path, SCHEMA)
        self._key_life = key_life

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

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """Decisions in the order they were made."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {ENTRY} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608  a constant
                (after, limit),
            ).fetchall()
        return [Entry(*row) for row in rows]

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
