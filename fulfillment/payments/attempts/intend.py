"""Intend: the row of an attempt, committed before the first byte goes out. It counts against the limits at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.payments.attempts.models import AttemptKind, PaymentAttempt
from fulfillment.payments.models import Payment
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.payments.states import AttemptStatus
from fulfillment.timeline.changes import Changes

CANCELED: Final = "canceled"
"""The reason of a refund that a cancellation brought: the mail of the cancellation tells of it."""


REDUCED: Final = "reduced"
"""The reason of a refund because the order costs less now: what it gives back was not paid for what is left."""


RETURNED: Final = "returned_goods"
"""The reason of a refund for goods that came back: what it gives back still counts as paid for them."""

EXCHANGED: Final = "exchanged"
"""The reason of a refund of what goods that came back had paid for in another order."""


def intend(
    session: Session,
    changes: Changes,
    payment: PaymentUnderLock,
    kind: AttemptKind,
    amount: int,
    *,
    dispatch_id: int | None,
    shipment_id: int | None = None,
    reason: str | None = None,
    lines: Sequence[dict[str, Any]] | None = None,
) -> int:
    """
    Add an attempt of `amount` minor units, and give its id.

    Made under a dispatch row it is about to be sent; made for a person it is new until its step comes.
    """
    [attempt_id] = take_ids(session, 1)
    sent = dispatch_id is not None
    changes.begin(
        PaymentAttempt,
        {
            "id": attempt_id,
            "payment_id": payment.id,
            "order_id": payment.order_id,
            "shipment_id": shipment_id,
            "dispatch_id": dispatch_id,
            "key": uuid4().hex,
            "kind": kind,
            "amount": amount,
            "status": AttemptStatus.SENDING if sent else AttemptStatus.NEW,
            "sends": 1 if sent else 0,
            "reason": reason,
            "lines": lines,
            "created_at": changes.at,
        },
    )
    add_pending(changes, payment, kind, amount)
    return attempt_id


def add_pending(changes: Changes, payment: PaymentUnderLock, kind: str, amount: int) -> None:
    """Count an amount as on its way (negative: no longer)."""
    if kind == AttemptKind.CAPTURE:
        payment.capture_pending += amount
    elif kind == AttemptKind.VOID:
        payment.void_pending += amount
    elif kind == AttemptKind.REFUND:
        payment.refund_pending += amount
    save(changes, payment)


def save(changes: Changes, payment: PaymentUnderLock) -> None:
    """Write the counters of a payment."""
    changes.set(
        Payment,
        payment.id,
        reference=payment.reference,
        declined=payment.declined,
        authorized=payment.authorized,
        captured=payment.captured,
        voided=payment.voided,
        expired=payment.expired,
        refunded=payment.refunded,
        capture_pending=payment.capture_pending,
        void_pending=payment.void_pending,
        refund_pending=payment.refund_pending,
    )
