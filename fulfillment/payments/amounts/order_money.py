"""What the money of an order amounts to, and what follows where it does not reach any more. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.progress import payment_status
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.attempts.intend import EXCHANGED, REDUCED, RETURNED
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.timeline.changes import Changes

_WAITED_FOR = text("""
SELECT DISTINCT product_id FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY product_id
""")


def write_order_money(changes: Changes, order: OrderUnderLock, payments: Sequence[PaymentUnderLock]) -> None:
    """Write an order's money, and the payment status that follows from it."""
    declined = any(payment.declined is not None for payment in payments)
    order.payment_status = payment_status(order, declined=declined)
    changes.set(
        PurchaseOrder,
        order.id,
        open_authorized=order.open_authorized,
        captured=order.captured,
        manual=order.manual,
        refunded=order.refunded,
        payment_status=order.payment_status,
    )


def count_refund(changes: Changes, order: OrderUnderLock, amount: int, reason: str | None) -> None:
    """Count what was paid back of an order, and what that means: that it costs less, or that goods came back."""
    order.refunded += amount
    if reason == REDUCED:
        order.given_back += amount
        changes.set(PurchaseOrder, order.id, given_back=order.given_back)
    elif reason in (RETURNED, EXCHANGED):
        order.returned += amount
        changes.set(PurchaseOrder, order.id, returned=order.returned)


def leave_the_queue(session: Session, changes: Changes, shipments: Iterable[ShipmentUnderLock], cause: Cause) -> None:
    """Let others try for what was kept for an order that is not covered any more."""
    waiting = [each.id for each in shipments if each.status == ShipmentStatus.AWAITING_INVENTORY]
    if waiting:
        for product_id in session.execute(_WAITED_FOR, {"ids": waiting}).scalars():
            changes.publish("stock.gained", product_id, cause)
