"""All of a locked order that its money depends on."""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment.kernel.immutable import immutable
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.payments.queries import PaymentUnderLock


@immutable
class Money:
    """A locked order, its payments and its shipments."""

    order: OrderUnderLock
    payments: list[PaymentUnderLock]
    shipments: Sequence[ShipmentUnderLock]

    def payment(self, payment_id: int) -> PaymentUnderLock:
        """Give one of its payments."""
        return next(payment for payment in self.payments if payment.id == payment_id)
