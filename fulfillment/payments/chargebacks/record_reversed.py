"""A chargeback that came and went before our books had room for it. Amounts are minor units. (PY3)"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.payments.chargebacks.models import Chargeback
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.payments.states import CHARGEBACK, ChargebackStatus
from fulfillment.timeline.changes import Changes


def record_reversed(
    session: Session,
    payment: PaymentUnderLock,
    amount: int,
    *,
    reason: str,
    reference: str,
    reversal_reference: str,
    cause: Cause,
    at: datetime,
) -> int:
    """
    Enter, in one go, what a bank took back of a payment of a locked order and gave again; give the chargeback's id.

    Both together leave what is kept as it was, so it needs no room, and neither holds the order nor calls for anything.
    """
    changes = Changes(at=at)
    [chargeback_id] = take_ids(session, 1)
    said = {"payment_id": payment.id, "amount": amount}
    recorded = {**said, "chargeback_id": chargeback_id, "reason": reason}
    entry = changes.note("order", payment.order_id, payment.order_id, "record_chargeback", cause, recorded)
    row = {
        "id": chargeback_id,
        "order_id": payment.order_id,
        "payment_id": payment.id,
        "status": ChargebackStatus.OPEN,
        "amount": amount,
        "currency": payment.currency,
        "reason": reason,
        "reference": reference,
        "note": reason,
        "reversal_reference": reversal_reference,
        "opened_at": at,
        "opened_by": cause.actor,
        "ended_at": at,
    }
    changes.begin(Chargeback, row)
    won = {**said, "note": reason}
    changes.move(CHARGEBACK, Chargeback, Chargeback(**row), "win", cause, detail=won, because=entry)
    for kind in (TransferKind.CHARGEBACK, TransferKind.CHARGEBACK_REVERSED):
        enter_transfer(
            changes, kind, order_id=payment.order_id, payment_id=payment.id, amount=amount, currency=payment.currency
        )
    changes.write(session)
    return chargeback_id
