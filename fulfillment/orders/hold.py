"""Holds: reasons why an order must not move on, laid over its status (OL7, OL8, OL9)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.job import Refusal
from fulfillment.kernel.machine import Subject
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.guards import open_for_work
from fulfillment.orders.models import Hold, PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.orders.states import HOLD, HoldStatus, ShipmentStatus
from fulfillment.timeline.changes import Changes


def hold(session: Session, order_id: int, *, reason: str, note: str | None, cause: Cause, at: datetime) -> int:
    """
    Hold an order for a reason; several holds may be open at once. Give the id of the hold.

    Raises Conflict for an order that is completed or canceled.
    """
    order = lock_order(session, order_id)
    if (refusal := open_for_work(order, order.id)) is not None:
        raise refusal.as_error()
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    hold_id = enter_hold(session, changes, order, reason=reason, note=note, cause=cause)
    changes.write(session)
    return hold_id


def enter_hold(
    session: Session, changes: Changes, order: OrderUnderLock, *, reason: str, note: str | None, cause: Cause
) -> int:
    """Enter a hold of a locked open order into a change of it, with its entry on the timeline; give the id of the hold."""
    [hold_id] = take_ids(session, 1)
    changes.insert(
        Hold,
        {
            "id": hold_id,
            "order_id": order.id,
            "status": HoldStatus.OPEN,
            "reason": reason,
            "note": note,
            "opened_at": changes.at,
            "opened_by": cause.actor,
        },
    )
    order.open_holds += 1
    changes.set(PurchaseOrder, order.id, open_holds=order.open_holds)
    changes.note("order", order.id, order.id, "hold", cause, {"hold_id": hold_id, "reason": reason})
    changes.publish("order.held", order.id, cause, order_id=order.id)
    return hold_id


def release_hold(
    session: Session,
    hold_id: int,
    *,
    cause: Cause,
    at: datetime,
    then: Literal["cancel"] | None = None,
    cancellation: Cancellation | None = None,
) -> None:
    """
    End one hold; where it was the last, what the order waited for goes on.

    `then="cancel"` cancels in the same transaction, so that a fraudulent order cannot slip out between. Raises NotFound,
    or Conflict where the hold is not open or the cancellation is refused; then the hold stays.
    """
    found = session.get(Hold, hold_id)
    if found is None:
        raise NotFound(f"no hold {hold_id}")
    order = lock_order(session, found.order_id)
    session.refresh(found)
    session.expunge(found)  # Changes writes it; the session must not do so as well.
    if (refusal := refusal_to_release_hold(found)) is not None:
        raise refusal.as_error()
    changes = Changes(at=at)
    left = order.open_holds - 1
    changes.move(HOLD, Hold, found, "release_hold", cause, released_at=at, released_by=cause.actor)
    changes.set(PurchaseOrder, order.id, open_holds=left)
    changes.raise_version(PurchaseOrder, order)
    changes.publish("order.hold_released", order.id, cause, order_id=order.id)
    if left == 0 and then is None and order.is_open:
        for shipment in shipments_of(session, [order.id])[order.id]:
            if shipment.status == ShipmentStatus.INVENTORY_ASSIGNED and order.releases_automatically:
                changes.publish("shipment.unblocked", shipment.id, cause, order_id=order.id)
            if shipment.status == ShipmentStatus.PENDING and not shipment.needs_shipping and order.covered_at:
                changes.publish("shipment.covered_unshippable", shipment.id, cause, order_id=order.id)
    changes.write(session)
    if then == "cancel" and cancellation is not None:
        cancel(session, order.id, cancellation, cause=cause, at=at)


def refusal_to_release_hold(found: Subject) -> Refusal | None:
    """Say why a hold must not be released: it was before (OL9)."""
    _, refused = HOLD.admit("release_hold", [found])
    return refused[0] if refused else None
