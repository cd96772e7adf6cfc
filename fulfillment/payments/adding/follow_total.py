"""Money follows an edit: a higher total asks for a further authorization, a lower one gives back (OL4, PY6)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.adding.rows import payment_row
from fulfillment.payments.amounts.excess import excess
from fulfillment.payments.amounts.order_money import write_order_money
from fulfillment.payments.guards import not_promised
from fulfillment.payments.models import Method, Payment
from fulfillment.payments.queries import payments_of
from fulfillment.timeline.changes import Changes


def follow_total(
    session: Session, changes: Changes, order: OrderUnderLock, *, raised: int, cause: Cause, because: int
) -> None:
    """
    Let the money of a locked order follow its new total, which is `raised` minor units above the old one (negative: below).

    The newest card that was not declined is asked for what is missing of the difference; without one, and where it is
    declined, the order is not covered. What is too much goes back by a step.
    """
    payments = payments_of(session, [order.id])[order.id]
    wanted = min(raised, not_promised(order, payments))
    card = next((each for each in reversed(payments) if each.token is not None and each.declined is None), None)
    if wanted > 0 and card is not None:
        [payment_id] = take_ids(session, 1)
        position = payments[-1].position + 1
        row = payment_row(order, payment_id, position, Method.CARD, card.token, wanted, changes.at)
        changes.insert(Payment, row)
        changes.publish("payment.added", payment_id, cause, order_id=order.id, because=because)
    if excess(order, payments):
        changes.publish("order.overpaid", order.id, cause, order_id=order.id, because=because)
    write_order_money(changes, order, payments)
