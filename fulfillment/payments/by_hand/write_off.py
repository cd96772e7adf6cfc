"""Write off: goods have left, nothing can be taken for them any more, and somebody gives the money up. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.payments.amounts.order_money import write_order_money
from fulfillment.payments.by_hand.refused_captures import end_refused_captures, hold_refused_captures
from fulfillment.payments.guards import owed_in_the_end
from fulfillment.payments.queries import PaymentUnderLock, payments_of
from fulfillment.timeline.changes import Changes


def write_off(
    session: Session, order_id: int, *, reason: str, cause: Cause, at: datetime, amount: int | None = None
) -> None:
    """
    Give up what a completed order still owes, all of it or `amount`: it is not due any more.

    Once nothing is owed, what is still authorized goes back, and refused captures are not tried again. Raises Conflict
    `nothing_owed` for an order that owes nothing or is not completed, or beyond what it owes.
    """
    refused = hold_refused_captures(session, order_id)  # Dispatch rows before orders, as all do.
    order = lock_order(session, order_id)
    payments = payments_of(session, [order.id])[order.id]
    amount = owed_in_the_end(order, payments) if amount is None else amount
    if (refusal := refusal_to_write_off(order, payments, amount)) is not None:
        raise refusal.as_error()
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    order.written_off += amount
    changes.set(PurchaseOrder, order.id, written_off=order.written_off)
    write_order_money(changes, order, payments)
    entry = changes.note("order", order.id, order.id, "write_off", cause, {"amount": amount, "reason": reason})
    end_refused_captures(session, changes, order, refused, cause, because=entry)
    changes.write(session)


def refusal_to_write_off(
    order: OrderUnderLock, payments: Iterable[PaymentUnderLock], amount: int | None = None
) -> Refusal | None:
    """Say why an order has not so much, or nothing, to be given up."""
    most = owed_in_the_end(order, payments)
    amount = most if amount is None else amount
    if 0 < amount <= most:
        return None
    return Refusal(
        order.id,
        guard="nothing_owed" if most <= 0 else "over_write_off",
        reason=f"order {order.number} owes {printed(max(most, 0), order.currency)} for goods that have left",
        remedy="nothing is to be done" if most <= 0 else "ask for less",
        members={"most": max(most, 0)},
    )
