"""Fail: an attempt moved nothing, and what counted on it is free again. Amounts are minor units."""

from __future__ import annotations

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import LineItem
from fulfillment.payments.attempts.intend import add_pending
from fulfillment.payments.attempts.models import PaymentAttempt
from fulfillment.payments.queries import Attempt, PaymentUnderLock
from fulfillment.payments.states import ATTEMPT
from fulfillment.timeline.changes import Changes


def fail(
    changes: Changes,
    payment: PaymentUnderLock,
    attempt: Attempt,
    cause: Cause,
    *,
    code: str | None,
    message: str | None,
) -> int:
    """Write down that an attempt failed, and why: its amount and its pieces count no more. Gives the entry."""
    entry = changes.move(
        ATTEMPT,
        PaymentAttempt,
        attempt,
        "fail",
        cause,
        detail={"kind": attempt.kind, "amount": attempt.amount, "payment_id": payment.id, "code": code},
        code=code,
        message=message,
        decided_at=changes.at,
    )
    add_pending(changes, payment, attempt.kind, -attempt.amount)
    for line in attempt.lines or ():
        changes.add(LineItem, {"id": line["line_id"]}, refunded_quantity=-line["quantity"])
    return entry
