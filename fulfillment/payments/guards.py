"""Reasons why money must not be given back now. Each is pure, named, and says what would help."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.kernel.job import Refusal
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus


def nothing_left_to_capture(
    order: OrderUnderLock, shipments: Iterable[ShipmentUnderLock], subject_id: int
) -> Refusal | None:
    """What has to be taken for goods that have left is not given back (PY4)."""
    shipped = sum(shipment.amount for shipment in shipments if shipment.status == ShipmentStatus.SHIPPED)
    if shipped <= order.paid:
        return None
    return Refusal(
        subject_id,
        guard="capture_due",
        reason=f"order {order.number} has shipped goods that are not captured yet",
        remedy="ask again when they are: what is left then is voided by itself",
    )
