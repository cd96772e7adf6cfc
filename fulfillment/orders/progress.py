"""The status of an order follows from its shipments; nobody sets it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import ORDER, OrderStatus, PaymentStatus, ShipmentStatus
from fulfillment.timeline.changes import Changes


def follow_shipments(
    changes: Changes, order: OrderUnderLock, shipments: Sequence[ShipmentUnderLock], cause: Cause
) -> None:
    """
    Move the order where its shipments have gone: part shipped, or all done and at least one shipped.

    Canceling an order, or the rest of one, is the cancel verb's own move.
    """
    shipped = [shipment for shipment in shipments if shipment.status == ShipmentStatus.SHIPPED]
    if not shipped:
        return
    if all(shipment.is_done for shipment in shipments):
        changes.move(ORDER, PurchaseOrder, order, "complete", cause, completed_at=changes.at)
        changes.publish("order.completed", order.id, cause, order_id=order.id)
    elif order.status == OrderStatus.IN_PROGRESS:
        changes.move(ORDER, PurchaseOrder, order, "ship_part", cause)


def payment_status(order: OrderUnderLock, *, declined: bool = False) -> PaymentStatus:
    """
    Say what the money of an order amounts to.

    `declined`: the latest payment was refused, and nothing else pays.
    """
    if order.total == 0:
        return PaymentStatus.PAID
    if order.charged_back and (order.kept < order.due or not order.kept):
        return PaymentStatus.CHARGED_BACK
    if order.refunded:
        return PaymentStatus.REFUNDED if order.refunded == order.paid else PaymentStatus.PARTIALLY_REFUNDED
    if order.paid:
        return PaymentStatus.PAID if order.paid >= order.due else PaymentStatus.PARTIALLY_PAID
    if order.open_authorized:
        return PaymentStatus.AUTHORIZED
    return PaymentStatus.DECLINED if declined else PaymentStatus.UNPAID


def cover(
    changes: Changes,
    order: OrderUnderLock,
    shipments: Iterable[ShipmentUnderLock],
    cause: Cause,
    *,
    because: int | None = None,
) -> None:
    """Set an order going that has just been covered (SH1); or again, where its money had been taken back meanwhile."""
    if order.covered_at is not None:
        go_on(changes, order, shipments, cause, because=because)
        return
    order.covered_at = changes.at
    shipments = list(shipments)
    changes.set(PurchaseOrder, order.id, covered_at=changes.at)
    pending = [
        (shipment.id, shipment.needs_shipping) for shipment in shipments if shipment.status == ShipmentStatus.PENDING
    ]
    promise_work(changes, order.id, order.customer_email, pending, cause, because=because)
    for shipment in shipments:  # pre-ordered: the stock check did not wait for the money
        if shipment.status == ShipmentStatus.AWAITING_INVENTORY:
            changes.publish(
                "shipment.covered",
                shipment.id,
                cause,
                order_id=order.id,
                because=because,
                argument={"stands_by_payment": True},
            )
        elif shipment.status == ShipmentStatus.INVENTORY_ASSIGNED and order.releases_automatically:
            changes.publish("shipment.unblocked", shipment.id, cause, order_id=order.id, because=because)


def go_on(
    changes: Changes,
    order: OrderUnderLock,
    shipments: Iterable[ShipmentUnderLock],
    cause: Cause,
    *,
    because: int | None,
) -> None:
    """
    Promise the next step of shipments of a covered order: refused while it was not, or called for by an edit.

    The customer was told the first time.
    """
    for shipment in shipments:
        if shipment.status == ShipmentStatus.INVENTORY_ASSIGNED and order.releases_automatically:
            event = "shipment.unblocked"
        elif shipment.status == ShipmentStatus.PENDING and not shipment.needs_shipping:
            event = "shipment.covered_unshippable"
        elif shipment.status in (ShipmentStatus.PENDING, ShipmentStatus.AWAITING_INVENTORY):
            event = "shipment.covered"
        else:
            continue
        changes.publish(event, shipment.id, cause, order_id=order.id, because=because)


def promise_work(
    changes: Changes,
    order_id: int,
    customer_email: str | None,
    pending: Iterable[tuple[int, bool]],
    cause: Cause,
    *,
    because: int | None,
) -> None:
    """Promise what follows when an order is covered, for its pending shipments (id, whether it needs shipping)."""
    unmailed = () if customer_email else ("notifications.order_received",)
    changes.publish("order.covered", order_id, cause, order_id=order_id, because=because, leaving_out=unmailed)
    for shipment_id, needs_shipping in pending:
        event = "shipment.covered" if needs_shipping else "shipment.covered_unshippable"
        changes.publish(event, shipment_id, cause, order_id=order_id, because=because)
