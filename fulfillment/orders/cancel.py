"""Cancel: what has not shipped does not ship, its stock is free at once, and the money goes back by steps (OL10-OL12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind, PutBack
from fulfillment.inventory.movements import lock_stock, record
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.models import LineItem, PurchaseOrder, Shipment
from fulfillment.orders.progress import payment_status
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock, lines_of, lock_order, shipments_of
from fulfillment.orders.states import ORDER, SHIPMENT, OrderStatus, PaymentStatus, ShipmentStatus
from fulfillment.promotions.use import give_back_uses
from fulfillment.timeline.changes import Changes

_STOP_WAITING = text("DELETE FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[])) RETURNING product_id")


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why, and whether the customer is told: that must be said, one way or the other (OL12)."""

    reason: str
    notify_customer: bool


def cancel(session: Session, order_id: int, cancellation: Cancellation, *, cause: Cause, at: datetime) -> None:
    """
    Cancel an order, or the rest of one of which a part has shipped.

    Shipments are canceled and their stock given back in this transaction, so nothing ships after the answer; what was
    authorized is voided and what was captured for them refunded by steps. Raises Conflict where it is on hold or closed.
    """
    order = lock_order(session, order_id)
    if (refusal := refusal_to_cancel(order)) is not None:
        raise refusal.as_error()
    verb = _verb(order)
    changes = Changes(at=at)
    dropped = [shipment for shipment in shipments_of(session, [order.id])[order.id] if not shipment.is_done]
    give_back(session, changes, dropped, cause)
    if verb == "cancel":
        give_back_uses(session, changes, order.id)
    for shipment in dropped:
        entry = changes.move(SHIPMENT, Shipment, shipment, "cancel", cause, status_since=at)
        if shipment.picklist_id is not None:
            changes.publish("picklist.shortened", shipment.picklist_id, cause, because=entry)
    order.canceled_amount += sum(shipment.amount for shipment in dropped)
    declined = order.payment_status == PaymentStatus.DECLINED
    ended = {"canceled_at": at} if verb == "cancel" else {"completed_at": at}
    entry = changes.move(
        ORDER,
        PurchaseOrder,
        order,
        verb,
        cause,
        detail={"reason": cancellation.reason, "notify_customer": cancellation.notify_customer},
        canceled_amount=order.canceled_amount,
        payment_status=payment_status(order, declined=declined),  # less is due now
        cancel_reason=cancellation.reason,
    )
    changes.raise_version(PurchaseOrder, order)
    changes.set(PurchaseOrder, order.id, **ended)
    told = cancellation.notify_customer and order.customer_email
    changes.publish(
        "order.canceled",
        order.id,
        cause,
        order_id=order.id,
        because=entry,
        leaving_out=() if told else ("notifications.canceled",),
    )
    changes.write(session)


def refusal_to_cancel(order: OrderUnderLock) -> Refusal | None:
    """Say why an order must not be canceled now: it is closed, or on hold (OL8, OL10)."""
    _, refused = ORDER.admit(_verb(order), [order], guards=[lambda order: not_on_hold(order, order.id)])
    return refused[0] if refused else None


def _verb(order: OrderUnderLock) -> str:
    return "cancel_rest" if order.status == OrderStatus.PARTIALLY_SHIPPED else "cancel"


def give_back(session: Session, changes: Changes, shipments: Sequence[ShipmentUnderLock], cause: Cause) -> None:
    """
    Free the units that were allocated to these shipments, and let those that wait for them try again.

    Pieces that were picked are free once somebody has put them back (design: a put-back task).
    """
    freed = set(session.execute(_STOP_WAITING, {"ids": [shipment.id for shipment in shipments]}).scalars())
    warehouses = {shipment.id: shipment.warehouse_id for shipment in shipments}
    lines = [line for each in lines_of(session, warehouses).values() for line in each if line.allocated]
    lock_stock(session, [(line.product_id or 0, warehouses[line.shipment_id] or 0) for line in lines])
    picklists = {each.id: each.picklist_id for each in shipments if each.status == ShipmentStatus.PACKING}
    for line in lines:
        warehouse_id = warehouses[line.shipment_id]
        if line.product_id is None or warehouse_id is None:
            continue
        in_hand = line.picked if line.shipment_id in picklists else 0
        if in_hand:
            changes.insert(
                PutBack,
                {
                    "product_id": line.product_id,
                    "warehouse_id": warehouse_id,
                    "order_id": line.order_id,
                    "line_id": line.id,
                    "picklist_id": picklists[line.shipment_id],
                    "quantity": in_hand,
                    "created_at": changes.at,
                },
            )
        if free := line.allocated - in_hand:
            record(changes, MovementKind.DEALLOCATED, line.product_id, warehouse_id, free, cause, line_id=line.id)
            changes.set(LineItem, line.id, allocated=in_hand)
            freed.add(line.product_id)
    for product_id in sorted(freed):
        changes.publish("stock.gained", product_id, cause)
