"""Reasons why something must not happen to an order now. Each is pure, named, and says what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.orders.queries import FloorSet, OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import OrderStatus, ShipmentStatus

ShipmentGuard = Callable[[ShipmentUnderLock], Refusal | None]


def not_on_hold(order: OrderUnderLock, subject_id: int) -> Refusal | None:
    """While a hold is open nothing is released, picked, packed, shipped, canceled or edited (OL7, OL8)."""
    if order.open_holds == 0:
        return None
    return Refusal(
        subject_id,
        guard="on_hold",
        reason=f"order {order.number} is on hold ({order.open_holds} open)",
        remedy=f"release its holds: POST /v1/orders/{order.number}/holds/{{id}}/release",
    )


def covered(order: OrderUnderLock, subject_id: int) -> Refusal | None:
    """An order must be paid, or enough set aside, before it can be released (OL6, SH4)."""
    if order.covered:
        return None
    return Refusal(
        subject_id,
        guard="balance_due",
        reason=f"order {order.number} lacks {printed(order.missing, order.currency)} of payment",
        remedy=f"add a payment: POST /v1/orders/{order.number}/payments",
    )


def open_for_work(order: OrderUnderLock, subject_id: int) -> Refusal | None:
    """Only an order that is placed, and neither finished nor canceled, is worked on."""
    if order.is_open:
        return None
    if order.status == OrderStatus.DRAFT:
        return Refusal(
            subject_id,
            guard="order_placed",
            code="not_placed",
            reason=f"order {order.number} is a draft",
            remedy=f"place it: POST /v1/orders/{order.number}/placement",
        )
    return Refusal(
        subject_id,
        guard="order_closed",
        reason=f"order {order.number} is {order.status}",
        remedy="nothing is to be done",
    )


def before_release(order: OrderUnderLock, shipments: Iterable[ShipmentUnderLock]) -> Refusal | None:
    """A storefront cancels its orders until the warehouse has been told to work them; later, customer service does."""
    worked = (ShipmentStatus.RELEASED, ShipmentStatus.PACKING, ShipmentStatus.SHIPPED)
    at_work = next((shipment for shipment in shipments if shipment.status in worked), None)
    if at_work is None:
        return None
    return Refusal(
        order.id,
        guard="before_release",
        code="already_released",
        reason=f"shipment {at_work.number} is {at_work.status}",
        remedy="ask customer service",
    )


def on_shipments(
    floor: FloorSet, *guards: Callable[[OrderUnderLock, int], Refusal | None]
) -> tuple[ShipmentGuard, ...]:
    """Make guards of orders into guards of their shipments."""

    def of(guard: Callable[[OrderUnderLock, int], Refusal | None]) -> ShipmentGuard:
        return lambda shipment: guard(floor.order_of(shipment), shipment.id)

    return tuple(of(guard) for guard in guards)
