"""Archive: an order that is closed leaves the lists that people work from, and may come back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.orders.states import OrderStatus
from fulfillment.timeline.changes import Changes

_ARCHIVED_AT = text("SELECT archived_at FROM purchase_order WHERE id = :id")


def archive(session: Session, order_id: int, *, cause: Cause, at: datetime) -> None:
    """
    Put a closed order away; one that is away already stays so.

    Raises Conflict `still_open` while anything may still happen to it: nobody would look after it.
    """
    order = lock_order(session, order_id)
    if (refusal := refusal_to_archive(order)) is not None:
        raise refusal.as_error()
    if session.execute(_ARCHIVED_AT, {"id": order.id}).scalar_one() is None:
        _put(session, order, "archive", at, cause=cause, at=at)


def take_from_archive(session: Session, order_id: int, *, cause: Cause, at: datetime) -> None:
    """Bring an order back to the lists; one that is there already stays so."""
    order = lock_order(session, order_id)
    if session.execute(_ARCHIVED_AT, {"id": order.id}).scalar_one() is not None:
        _put(session, order, "take_from_archive", None, cause=cause, at=at)


def refusal_to_archive(order: OrderUnderLock) -> Refusal | None:
    """Say why an order must not be put away: it is not closed."""
    if order.status in (OrderStatus.COMPLETED, OrderStatus.CANCELED):
        return None
    remedy = f"cancel it: POST /v1/orders/{order.number}/cancellation; or let it be completed"
    if order.status == OrderStatus.DRAFT:
        remedy = f"place it, or delete it: DELETE /v1/orders/{order.number}"
    return Refusal(
        order.id, guard="still_open", reason=f"order {order.number} is {order.status.replace('_', ' ')}", remedy=remedy
    )


def _put(
    session: Session, order: OrderUnderLock, verb: str, archived_at: datetime | None, *, cause: Cause, at: datetime
) -> None:
    changes = Changes(at=at)
    changes.set(PurchaseOrder, order.id, archived_at=archived_at)
    changes.raise_version(PurchaseOrder, order)
    changes.note("order", order.id, order.id, verb, cause)
    changes.write(session)
