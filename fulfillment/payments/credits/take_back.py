"""Take back: goods that were to pay for a credit did not come, or were not accepted. Amounts are minor units. (EX5)"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.amounts.order_money import leave_the_queue
from fulfillment.payments.amounts.spread import spread
from fulfillment.payments.credits.give import write_credited
from fulfillment.payments.credits.give_back import put_back
from fulfillment.payments.credits.queries import Credit, on_other_order
from fulfillment.payments.expiry.renew import capture_what_left
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.models import Payment
from fulfillment.timeline.changes import Changes


def take_back_credit(
    session: Session,
    changes: Changes,
    source: Money,
    target: Money,
    given: Sequence[Credit],
    amount: int,
    *,
    cause: Cause,
) -> int:
    """
    Let `amount` of these credits be kept of the source's payments again, the latest first; give how much that was.

    What was refunded of a credit, or is on its way to be, cannot be taken back. The target order then lacks it: it was never
    paid for that much. Where its goods have left, they are charged otherwise, or a person is told.
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
    elsewhere = on_other_order(cause)
    for side, other, whose in ((source, target, cause), (target, source, elsewhere)):
        said = {"amount": taken, "order": other.order.number}
        changes.note("order", side.order.id, side.order.id, "take_back_credit", whose, said)
    if was_covered and target.order.is_open and not target.order.covered:
        leave_the_queue(session, changes, target.shipments, elsewhere)
    capture_what_left(changes, target, elsewhere)
    write_credited(changes, target)
    return taken
