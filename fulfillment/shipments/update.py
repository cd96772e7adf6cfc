"""Update shipment: its tracking number, by hand, only while the order is New or Processing (SH8 to SH10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.configuration.configuration import Meaning
from fulfillment.orders.configuration.read import state_under_lock
from fulfillment.orders.models import PurchaseOrder, Shipment
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock, lock_shipments
from fulfillment.orders.states import ShipmentStatus
from fulfillment.timeline.changes import Changes

_UPDATABLE = (Meaning.NEW, Meaning.PROCESSING)


def set_tracking(
    session: Session, shipment_id: int, *, tracking_number: str | None, cause: Cause, at: datetime
) -> None:
    """
    Enter the tracking number of a shipment, change it, or (None) take it back (SH10).

    Raises NotFound, or Conflict where its order is neither New nor Processing, is not covered yet, or the shipment is
    canceled or has no carrier.
    """
    order, shipment = lock_updatable(session, shipment_id)
    if order.covered_at is None:
        raise Conflict(
            f"order {order.number} is not covered: its delivery is not confirmed",
            code="not_confirmed",
            guard="not_confirmed",
            remedy=f"add a payment: POST /v1/orders/{order.number}/payments",
        )
    changes = Changes(at=at)
    changes.set(Shipment, shipment.id, tracking_number=tracking_number)
    changes.raise_version(PurchaseOrder, order)
    changes.note("shipment", shipment.id, order.id, "set_tracking", cause, {"tracking_number": tracking_number})
    changes.write(session)


def lock_updatable(session: Session, shipment_id: int) -> tuple[OrderUnderLock, ShipmentUnderLock]:
    """
    Lock a shipment of which a person may still say what becomes of it (SH8), and its order.

    Raises NotFound, or Conflict where the order is neither New nor Processing, or the shipment is canceled or has no carrier.
    """
    floor = lock_shipments(session, [shipment_id])
    if not floor.asked:
        raise NotFound(f"no shipment {shipment_id}")
    [shipment] = floor.asked
    order = floor.order_of(shipment)
    _refuse_unless_updatable(session, order, shipment)
    return order, shipment


def _refuse_unless_updatable(session: Session, order: OrderUnderLock, shipment: ShipmentUnderLock) -> None:
    state = state_under_lock(session, order)
    if state is None or state.meaning not in _UPDATABLE:
        raise Conflict(
            f"order {order.number} is {'a draft' if state is None else state.name}: shipments are updated only"
            " while it is new or being processed",
            code="not_updatable",
            guard="not_updatable",
            remedy=f"release its holds: POST /v1/orders/{order.number}/holds/{{id}}/release"
            if order.open_holds and order.is_open
            else "nothing is to be done",
        )
    if shipment.status == ShipmentStatus.CANCELED or not shipment.needs_shipping:
        raise Conflict(
            f"shipment {shipment.number} {'needs no carrier' if not shipment.needs_shipping else 'is canceled'}",
            code="not_shipped",
            guard="not_shipped",
            remedy="nothing is to be done",
        )
