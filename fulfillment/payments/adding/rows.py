"""The row of a payment that is added. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.models import Method


def payment_row(
    order: OrderUnderLock, payment_id: int, position: int, method: Method, token: str | None, amount: int, at: datetime
) -> dict[str, Any]:
    """Give the row of a payment; a card is still to be authorized, any other has been received."""
    return {
        "id": payment_id,
        "order_id": order.id,
        "position": position,
        "method": method,
        "token": token if method == Method.CARD else None,
        "amount": amount,
        "currency": order.currency,
        "captured": 0 if method == Method.CARD else amount,
        "authorized": 0,
        "created_at": at,
    }
