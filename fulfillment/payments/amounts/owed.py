"""What is owed: the one answer to how much is still to be taken of what an order costs. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.queries import PaymentUnderLock


def untaken(order: OrderUnderLock, cost: int | None = None) -> int:
    """
    Give what of a `cost` nothing was taken for; without one of all that is due. Negative where more was taken.

    Taken is what was captured and received by hand, whatever became of it since: who is paid back for a scratch owes nothing
    for it, and what a bank has taken back is a chargeback, not a debt. One thing counts as not taken: what an edit gave back
    because the order cost less then. If it costs more again, that is to be paid (OL4, PY4).
    """
    return (order.due if cost is None else cost) - (order.paid - order.given_back)


def owed(order: OrderUnderLock, payments: Iterable[PaymentUnderLock], cost: int | None = None) -> int:
    """Give what of a cost is neither taken nor on its way to be: what may still be asked for, lest it be taken twice."""
    return untaken(order, cost) - sum(payment.capture_pending for payment in payments)


def cost_of_what_left(order: OrderUnderLock, shipments: Iterable[ShipmentUnderLock]) -> int:
    """Give what the goods cost that have left, and no more than is due."""
    left = sum(shipment.amount for shipment in shipments if shipment.status == ShipmentStatus.SHIPPED)
    return min(left, order.due)
