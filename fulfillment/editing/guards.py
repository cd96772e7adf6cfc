"""Reasons why an order must not be edited now. Each is pure, named, and says what would help (OL4)."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.kernel.job import Refusal
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import OrderStatus, ShipmentStatus

_REMEDIES = {
    OrderStatus.DRAFT: "change the draft itself: PATCH /v1/orders/{}/draft",
    OrderStatus.PARTIALLY_SHIPPED: "cancel the rest, and place what is wanted instead: POST /v1/orders/{}/cancellation",
    OrderStatus.COMPLETED: "place another order: this one has shipped",
    OrderStatus.CANCELED: "place another order: this one is canceled",
}


def in_progress(order: OrderUnderLock, subject_id: int) -> Refusal | None:
    """An order is edited only while it is in progress (OL4)."""
    if order.status == OrderStatus.IN_PROGRESS:
        return None
    return Refusal(
        subject_id,
        guard="status",
        reason=f"order {order.number} is {order.status}: only one in progress can be edited",
        remedy=_REMEDIES[OrderStatus(order.status)].format(order.number),
    )


def refusal_to_edit(order: OrderUnderLock) -> Refusal | None:
    """Say why nothing of an order may be edited now (OL4, OL8)."""
    return in_progress(order, order.id) or not_on_hold(order, order.id)


def not_packed(order: OrderUnderLock, changed: Iterable[ShipmentUnderLock]) -> Refusal | None:
    """What is being packed, or has left, is not changed any more; what was only released is withdrawn first (OL4)."""
    for shipment in changed:
        if shipment.status == ShipmentStatus.PACKING:
            return Refusal(
                shipment.id,
                guard="packing",
                reason=f"shipment {shipment.number} is being packed",
                remedy="leave what is in it as it is, or have it taken off its picklist first; the order can still be "
                f"canceled: POST /v1/orders/{order.number}/cancellation",
            )
        if shipment.is_done:
            return Refusal(
                shipment.id,
                guard="shipment_closed",
                reason=f"shipment {shipment.number} is {shipment.status}",
                remedy="change another shipment, or add a line with a destination of its own",
            )
    return None
