"""The notes of an order: those of people, and what the system recorded (NO1, NO2). Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

Kind = Literal["person", "system"]

# A person's note stands for the entry that it was added.
_NOTES = text("""
SELECT * FROM (
  SELECT id, order_id, 'person' AS kind, description, created_by, created_at, changed_by, changed_at,
         NULL AS subject, NULL AS verb, NULL AS before, NULL AS after, NULL::jsonb AS detail
    FROM order_note
   UNION ALL
  SELECT id, order_id, 'system', NULL, actor, at, NULL, NULL, subject, verb, before, after, detail
    FROM timeline WHERE verb <> 'add_note') n
 WHERE order_id = :order_id AND id > :after AND kind = coalesce(:kind, kind) ORDER BY id LIMIT :limit
""")


def notes_of(
    session: Session, order_id: int, *, kind: Kind | None = None, after: int = 0, limit: int = 50
) -> Sequence[RowMapping]:
    """
    List the notes of an order as they came: of people, of the system, or (None) both; `after` is the id of the last seen.

    One of the system has no description of its own: `described` makes one of its entry.
    """
    parameters = {"order_id": order_id, "kind": kind, "after": after, "limit": limit}
    return session.execute(_NOTES, parameters).mappings().all()


def note_of(session: Session, order_id: int, note_id: int) -> RowMapping:
    """Give one note. Raises NotFound."""
    found = [note for note in notes_of(session, order_id, after=note_id - 1, limit=1) if note["id"] == note_id]
    if not found:
        raise NotFound(f"the order has no note {note_id}")
    return found[0]


def described(note: RowMapping) -> str:
    """Say what a note says: a person's own words, or what happened in words."""
    if note["description"] is not None:
        return str(note["description"])
    parts = [f"{note['subject']}: {_words(note['verb'])}"]
    if note["after"] is not None:
        parts.append(f"{_words(note['before'])} to {_words(note['after'])}")
    # Ids and amounts in minor units are for the timeline; people are told what was said.
    parts += [f"{_words(name)} {value}" for name, value in (note["detail"] or {}).items() if isinstance(value, str)]
    return ", ".join(parts)


def _words(name: str) -> str:
    return name.replace("_", " ")
