"""Add, change and delete a note. Each leaves what it said on the timeline, so that no note vanishes without a trace."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_change_id
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.notes.models import OrderNote
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.timeline.changes import Changes

_NOTE = text("SELECT description FROM order_note WHERE order_id = :order_id AND id = :id")
_RECORDED = text("SELECT verb FROM timeline WHERE order_id = :order_id AND id = :id")
_DELETE = text("DELETE FROM order_note WHERE id = :id")


def add_note(session: Session, order_id: int, description: str, *, cause: Cause, at: datetime) -> int:
    """Write a note on an order, whatever its status (NO1); give its id."""
    order = lock_order(session, order_id)
    note_id = take_change_id(session)
    changes = Changes(at=at)
    changes.insert(
        OrderNote,
        {
            "id": note_id,
            "order_id": order.id,
            "description": description,
            "created_by": cause.actor,
            "created_at": at,
        },
    )
    _tell(changes, order, "add_note", cause, note_id=note_id)
    changes.write(session)
    return note_id


def change_note(session: Session, order_id: int, note_id: int, description: str, *, cause: Cause, at: datetime) -> None:
    """
    Write a note anew; what it said stands on the timeline. To write what it says already does nothing.

    Raises NotFound, or Conflict `system_note` for what the system recorded (NO2).
    """
    order = lock_order(session, order_id)
    before = _own(session, order, note_id)
    if before == description:
        return
    changes = Changes(at=at)
    changes.set(OrderNote, note_id, description=description, changed_by=cause.actor, changed_at=at)
    _tell(changes, order, "change_note", cause, note_id=note_id, said=before)
    changes.write(session)


def delete_note(session: Session, order_id: int, note_id: int, *, cause: Cause, at: datetime) -> None:
    """
    Take a note away; what it said stands on the timeline.

    Raises NotFound, or Conflict `system_note` for what the system recorded (NO2).
    """
    order = lock_order(session, order_id)
    before = _own(session, order, note_id)
    session.execute(_DELETE, {"id": note_id})
    changes = Changes(at=at)
    _tell(changes, order, "delete_note", cause, note_id=note_id, said=before)
    changes.write(session)


def _own(session: Session, order: OrderUnderLock, note_id: int) -> str:
    """Give what a person's note says."""
    named = {"order_id": order.id, "id": note_id}
    said: str | None = session.execute(_NOTE, named).scalar_one_or_none()
    if said is not None:
        return said
    if session.execute(_RECORDED, named).one_or_none() is None:
        raise NotFound(f"order {order.number} has no note {note_id}")
    raise Conflict(
        f"note {note_id} was recorded by the system, and stays as it is",
        code="system_note",
        guard="system_note",
        remedy=f"write a note of your own: POST /v1/orders/{order.number}/notes",
    )


def _tell(changes: Changes, order: OrderUnderLock, verb: str, cause: Cause, **detail: object) -> None:
    changes.raise_version(PurchaseOrder, order)
    changes.note("order", order.id, order.id, verb, cause, detail)
