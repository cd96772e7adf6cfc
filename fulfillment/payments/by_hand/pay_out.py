"""
Pay-outs: money that was received by hand goes back by hand. (PY7, OL11)

A refund of it is a task until a person says what became of it. Until then it counts as on its way. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.payments.attempts.intend import intend
from fulfillment.payments.attempts.models import AttemptKind, PaymentAttempt
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.payments.states import ATTEMPT, AttemptStatus
from fulfillment.timeline.changes import Changes


@dataclass(slots=True)
class _Task:
    """An attempt in the making, as a subject of its machine."""

    id: int
    order_id: int
    status: str = AttemptStatus.NEW


def task_pay_out(
    session: Session,
    changes: Changes,
    payment: PaymentUnderLock,
    amount: int,
    *,
    reason: str | None,
    cause: Cause,
    lines: Sequence[dict[str, Any]] | None = None,
) -> int:
    """Make it somebody's task to pay back `amount` of a manual payment of a locked order; give the attempt's id."""
    kind = AttemptKind.REFUND
    attempt_id = intend(session, changes, payment, kind, amount, dispatch_id=None, reason=reason, lines=lines)
    task = _Task(attempt_id, payment.order_id)
    detail = {"kind": kind, "amount": amount, "payment_id": payment.id, "reason": reason}
    changes.move(ATTEMPT, PaymentAttempt, task, "hand_over", cause, detail=detail)
    return attempt_id
