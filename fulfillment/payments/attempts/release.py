"""Release: what a gateway let go with a capture, because it captures an authorization only once. Amounts are minor units."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.attempts.intend import save
from fulfillment.payments.attempts.models import AttemptKind, PaymentAttempt
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.queries import Attempt, PaymentUnderLock
from fulfillment.payments.states import ATTEMPT, AttemptStatus
from fulfillment.timeline.changes import Changes

RELEASED: Final = "released"
"""The reason of a void that nobody asked for: it came with a capture."""


def record_release(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    payment: PaymentUnderLock,
    capture: Attempt,
    released: int,
    cause: Cause,
) -> int:
    """
    Book as voided what the gateway let go of a payment of a locked order with this capture; give how much that was.

    What is on its way to be captured is left to its own answer. The caller writes the order's money.
    """
    if not (amount := min(released, payment.open)):
        return 0
    attempt_id = _void(session, changes, payment, capture, amount, cause)
    enter_transfer(
        changes,
        TransferKind.VOID,
        order_id=order.id,
        payment_id=payment.id,
        attempt_id=attempt_id,
        amount=amount,
        currency=payment.currency,
    )
    payment.voided += amount
    order.open_authorized -= amount
    save(changes, payment)
    return amount


def _void(
    session: Session, changes: Changes, payment: PaymentUnderLock, capture: Attempt, amount: int, cause: Cause
) -> int:
    """Add the void that nobody asked for, and that has succeeded; give its id."""
    [attempt_id] = take_ids(session, 1)
    void = replace(
        capture,
        id=attempt_id,
        shipment_id=None,
        dispatch_id=None,
        key=f"{RELEASED}:{capture.key}",
        kind=AttemptKind.VOID,
        amount=amount,
        status=AttemptStatus.SENDING,
    )
    changes.begin(
        PaymentAttempt,
        {
            "id": void.id,
            "payment_id": void.payment_id,
            "order_id": void.order_id,
            "key": void.key,
            "kind": void.kind,
            "amount": void.amount,
            "status": void.status,
            "sends": 0,
            "reference": f"{payment.reference}:{RELEASED}",
            "reason": RELEASED,
            "created_at": changes.at,
            "decided_at": None,
        },
    )
    detail = {"kind": void.kind, "amount": amount, "payment_id": payment.id, "reason": RELEASED}
    changes.move(ATTEMPT, PaymentAttempt, void, "succeed", cause, detail=detail, decided_at=changes.at)
    return attempt_id
