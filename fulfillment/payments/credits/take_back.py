"""Take back: goods that were to pay for a credit did not come, or were not accepted. Amounts are minor units. (EX5)"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import shipments_of
from fulfillment.payments.amounts.order_money import leave_the_queue
from fulfillment.payments.amounts.spread import spread
from fulfillment.payments.credits.give import write_credited
from fulfillment.payments.credits.give_back import put_back
from fulfillment.payments.credits.queries import Credit, Side
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.models import Payment
from fulfillment.timeline.changes import Changes


def take_back_credit(
    session: Session,
    changes: Changes,
    source: Side,
    target: Side,
    given: Sequence[Credit],
    amount: int,
    *,
    cause: Cause,
) -> int:
    """
    Let `amount` of these credits be kept of the source's payments again, the latest first; give how much that was.

    What was refunded of a credit, or is on its way to be, cannot be taken back. The target order then lacks it: it was never
    paid for that much.
    """
    latest_first = [target.payment(each.id) for each in reversed(given)]
    shares = spread(amount, latest_first, lambda payment: payment.refundable)
    origins = {each.id: each.source_payment_id for each in given}
    was_covered = target.order.covered
    for payment, share in shares:
        payment.captured -= share
        changes.set(Payment, payment.id, captured=payment.captured)
        enter_transfer(
            changes,
            TransferKind.CREDIT_BACK,
            order_id=target.order.id,
            payment_id=payment.id,
            amount=share,
            currency=payment.currency,
        )
        put_back(changes, source.payment(origins[payment.id]), share)
    taken = sum(share for _, share in shares)
    if not taken:
        return 0
    target.order.credited -= taken
    for account, other in ((source, target), (target, source)):
        said = {"amount": taken, "order": other.order.number}
        changes.note("order", account.order.id, account.order.id, "take_back_credit", cause, said)
    if was_covered and target.order.is_open and not target.order.covered:
        leave_the_queue(session, changes, shipments_of(session, [target.order.id])[target.order.id], cause)
    write_credited(changes, target)
    return taken
