"""Pay back: a refund by whatever way the money came. Amounts are minor units. (PY6, PY7, EX4)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.payments.attempts.intend import intend
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.by_hand.pay_out import task_pay_out
from fulfillment.payments.models import Method
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.timeline.changes import Changes


def pay_back(
    session: Session,
    changes: Changes,
    payment: PaymentUnderLock,
    amount: int,
    *,
    reason: str | None,
    cause: Cause,
    lines: Sequence[dict[str, Any]] | None = None,
) -> int:
    """
    Promise that `amount` of a payment of a locked order goes back; give the attempt's id.

    A card is refunded by the gateway, what was received by hand is somebody's task, and a credit goes back to the payment
    that it came from.
    """
    if payment.method == Method.MANUAL:
        return task_pay_out(session, changes, payment, amount, reason=reason, cause=cause, lines=lines)
    refund = AttemptKind.REFUND
    attempt_id = intend(session, changes, payment, refund, amount, dispatch_id=None, reason=reason, lines=lines)
    if payment.method == Method.CREDIT:
        changes.publish("credit.refund_requested", attempt_id, cause, order_id=payment.order_id)
    else:
        changes.publish("refund.requested", attempt_id, cause, order_id=payment.order_id)
    return attempt_id
