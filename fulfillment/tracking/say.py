"""Say: a person tells where an item is on its way, only while the order is New or Processing (SH7, SH8)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.shipments.read import shipment_of_line
from fulfillment.shipments.states import DELIVERY, DeliveryState
from fulfillment.shipments.update import lock_updatable
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.follow import follow
from fulfillment.tracking.queries import consignment

_VERBS: Final = {entry.target: entry.verb for entry in reversed(DELIVERY.rows)}
"""How a person's word is called, by the state it leads to: of two verbs that lead there, the first of the table is a person's."""

_TELL = text("""
INSERT INTO tracking_event (order_id, shipment_id, line_id, status, actor, occurred_at, received_at)
VALUES (:order_id, :shipment_id, :line_id, :status, :actor, :at, :at)
""")


def say_where_item_is(session: Session, line_id: int, state: DeliveryState, *, cause: Cause, at: datetime) -> None:
    """
    Say where an item is on its way (SH7, SH8); to say it again does nothing. What its carrier tells later goes on from there.

    Raises NotFound, or Conflict where the order is neither New nor Processing, the shipment is canceled or has no
    carrier, or the item cannot have come there from where it is.
    """
    order, shipment = lock_updatable(session, shipment_of_line(session, line_id))
    item = consignment(session, [order.id], [shipment.id]).items[line_id]
    if item.status == state:
        return
    _, refused = DELIVERY.admit(_VERBS[state], [item])
    if refused:
        raise refused[0].as_error()
    of = {"order_id": order.id, "shipment_id": shipment.id, "line_id": line_id}
    session.execute(_TELL, {**of, "status": state, "actor": cause.actor, "at": at})
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    follow(session, changes, {order.id: order}, [shipment.id], cause, said={line_id: _VERBS[state]})
