"""Adopt: money that was moved at the gateway, and not because we asked, comes into our books. Amounts are minor units. (PY3)"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.payments.attempts.intend import add_pending
from fulfillment.payments.attempts.models import PaymentAttempt
from fulfillment.payments.attempts.release import RELEASED
from fulfillment.payments.attempts.settle import Answered, settle
from fulfillment.payments.gateway.port import Answer, Result, Transaction, TransactionKind
from fulfillment.payments.queries import PaymentUnderLock, attempts
from fulfillment.payments.states import AttemptStatus
from fulfillment.timeline.changes import Changes

SYNCED: Final = "synced"
"""The reason of an attempt that was made elsewhere."""


def fits(payment: PaymentUnderLock, transaction: Transaction) -> bool:
    """Tell whether our books, with all that is on its way by ourselves, have room for what was done elsewhere."""
    if transaction.kind in (TransactionKind.CAPTURE, TransactionKind.VOID):
        return transaction.amount <= payment.open
    return transaction.kind == TransactionKind.REFUND and transaction.amount <= payment.refundable


def adopt(session: Session, payment: PaymentUnderLock, transaction: Transaction, *, cause: Cause, at: datetime) -> None:
    """
    Book a capture, void or refund of a locked order that fits its payment, as if it had been asked for and answered.

    Its key is made of the gateway's reference: whatever else may go wrong, it is never booked twice.
    """
    [attempt_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(
        PaymentAttempt,
        {
            "id": attempt_id,
            "payment_id": payment.id,
            "order_id": payment.order_id,
            "key": f"gateway:{transaction.reference}",
            "kind": transaction.kind.value,
            "amount": transaction.amount,
            "status": AttemptStatus.SENDING,
            "sends": 0,
            "reason": RELEASED if transaction.by_capture else SYNCED,
            "created_at": transaction.at,
        },
    )
    add_pending(changes, payment, transaction.kind, transaction.amount)
    changes.write(session)
    attempt = attempts(session, [attempt_id])[attempt_id]
    settle(session, [Answered(attempt, Answer(Result.SUCCEEDED, transaction.reference, None, None), cause)], at=at)
