"""Notes on an order. Storefronts see none: they are for internal tracking."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.orders.notes.edit import add_note, change_note, delete_note
from fulfillment.orders.notes.read import described, note_of, notes_of
from fulfillment.orders.read import find_order
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.paging import after_id, page
from web.preconditions import etag
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.order_desk import NoteIn, NoteOut, NotesOut, NotesQuery

noun = Noun("order_notes", "What people write about an order for one another, and what the system recorded.")

_NOTES = "/v1/orders/<name:number>/notes"
_NOTE = f"{_NOTES}/<id:note_id>"


@noun.reads(_NOTES, roles=(CSR, ADMIN), answer=NotesOut, query=NotesQuery)
def list_notes(session: Session, call: Call, number: str, query: NotesQuery) -> Reply:  # noqa: ARG001 - all see all
    """List the notes of an order as they came: of people and of the system, or of one `kind`."""
    order = find_order(session, number)
    after = after_id(query.cursor) or 0
    rows = notes_of(session, order["id"], kind=query.kind, after=after, limit=query.limit + 1)
    body = page("notes", rows, query.limit, lambda row: row["id"], [_shown(row) for row in rows])
    return Reply(body, headers=etag(order["version"]))


@noun.commands(_NOTES, roles=(CSR, ADMIN), body=NoteIn, answer=NoteOut, status=201)
def create_note(session: Session, call: Call, body: NoteIn, number: str) -> Reply:
    """Write a note on an order."""
    order = find_order(session, number)
    note_id = add_note(session, order["id"], body.description, cause=call.cause, at=call.at)
    return _answer(session, number, note_id, 201)


@noun.changes("PATCH", _NOTE, roles=(CSR, ADMIN), body=NoteIn, answer=NoteOut)
def edit_note(session: Session, call: Call, body: NoteIn, number: str, note_id: int) -> Reply:
    """Write a note anew. Notes of the system cannot be changed (409)."""
    order = find_order(session, number)
    change_note(session, order["id"], note_id, body.description, cause=call.cause, at=call.at)
    return _answer(session, number, note_id)


@noun.changes("DELETE", _NOTE, roles=(CSR, ADMIN), answer=NoteOut)
def remove_note(session: Session, call: Call, number: str, note_id: int) -> Reply:
    """Take a note away, and give what it said; the timeline keeps it. Notes of the system cannot be deleted (409)."""
    order = find_order(session, number)
    note = note_of(session, order["id"], note_id)
    delete_note(session, order["id"], note_id, cause=call.cause, at=call.at)
    return Reply(_shown(note), headers=etag(find_order(session, number)["version"]))


def _answer(session: Session, number: str, note_id: int, status: int = 200) -> Reply:
    order = find_order(session, number)
    return Reply(_shown(note_of(session, order["id"], note_id)), status, etag(order["version"]))


def _shown(note: RowMapping) -> dict[str, Any]:
    return {
        "id": note["id"],
        "kind": note["kind"],
        "description": described(note),
        "created_by": note["created_by"],
        "created_at": moment(note["created_at"]),
        "changed_by": note["changed_by"],
        "changed_at": moment(note["changed_at"]),
    }
