"""What customer service keeps about an order: notes, the invoice number, the history of its status."""

from __future__ import annotations

from typing import Any, Literal

from web.schemas.base import Answer, Note, Page, Reference, Sent, Text

NoteKind = Literal["person", "system"]


class NotesQuery(Page):
    """Which notes: those that people wrote, those that the system recorded, or both."""

    kind: NoteKind | None = None


class NoteIn(Sent):
    """What a note says."""

    description: Note


class NoteOut(Answer):
    """
    A note on an order.

    Those of kind `system` record what happened; they are of the timeline, and cannot be changed or deleted.
    """

    id: int
    kind: NoteKind
    description: str
    created_by: str
    created_at: str
    changed_by: str | None
    changed_at: str | None


class NotesOut(Answer):
    """A page of notes, in the order in which they came."""

    notes: list[NoteOut]
    next: str | None


class InvoiceIn(Sent):
    """The number under which the order is invoiced; null takes it away."""

    invoice_number: Reference | None


class ArchiveIn(Sent):
    """There is nothing to say about putting an order away."""


class DeletionQuery(Sent):
    """Why an order is deleted. (A DELETE has no body.)"""

    reason: Text


class DeletedOrderOut(Answer):
    """What is kept of an order that was deleted: its number, when, by whom and why."""

    number: str
    deleted_at: str
    deleted_by: str
    reason: str


class BecauseOut(Answer):
    """What brought a status: the verb, in a step or directly, of a request, a schedule or a person."""

    verb: str
    step: str | None
    cause: str
    cause_id: str
    detail: dict[str, Any] | None


class StatusChangeOut(Answer):
    """
    One status that an order, or one of its shipments, came to.

    `because` says what brought it there: the verb, the step or request, and what was said about it (a reason, for example).
    """

    at: str
    shipment: str | None
    status: str
    before: str | None
    by: str
    because: BecauseOut


class StatusHistoryOut(Answer):
    """Every status of an order and its shipments, in the order in which they came."""

    status_history: list[StatusChangeOut]
