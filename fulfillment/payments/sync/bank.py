"""The bank's word, heard through the gateway: chargebacks and their reversals come into our books once. (PY3)"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.payments.chargebacks.record import (
    ChargebackEnd,
    ChargedBack,
    end_chargeback,
    record_chargeback,
    refusal_to_charge_back,
)
from fulfillment.payments.gateway.port import Transaction, TransactionKind
from fulfillment.payments.queries import PaymentUnderLock

# What somebody entered by hand before the gateway told of it has no reference yet.
_RECOGNIZE = {
    TransactionKind.CHARGEBACK: text("""
UPDATE chargeback SET reference = :reference WHERE id = (
  SELECT id FROM chargeback WHERE payment_id = :payment_id AND amount = :amount AND reference IS NULL ORDER BY id LIMIT 1)
RETURNING id
"""),
    TransactionKind.CHARGEBACK_REVERSED: text("""
UPDATE chargeback SET reversal_reference = :reference WHERE id = (
  SELECT id FROM chargeback WHERE payment_id = :payment_id AND amount = :amount AND status = 'won'
     AND reversal_reference IS NULL ORDER BY id LIMIT 1)
RETURNING id
"""),
}
_TO_WIN = text("""
SELECT id FROM chargeback WHERE payment_id = :payment_id AND amount = :amount AND status <> 'won' ORDER BY id LIMIT 1
""")


def follow_bank(
    session: Session, payment: PaymentUnderLock, transaction: Transaction, *, cause: Cause, at: datetime
) -> bool:
    """
    Take a chargeback, or its reversal, of a locked order into our books; tell whether that was done.

    One that a person has entered already is recognized by its amount. What does not fit what is kept is left alone.
    """
    said = {"payment_id": payment.id, "amount": transaction.amount, "reference": transaction.reference}
    if session.execute(_RECOGNIZE[transaction.kind], said).scalar() is not None:
        return True
    if transaction.kind == TransactionKind.CHARGEBACK:
        if refusal_to_charge_back(payment, transaction.amount) is not None:
            return False
        charged = ChargedBack("told by the gateway", transaction.amount, transaction.reference)
        record_chargeback(session, payment.id, charged, cause=cause, at=at, by_person=False)
        return True
    chargeback_id = session.execute(_TO_WIN, {"payment_id": payment.id, "amount": transaction.amount}).scalar()
    if chargeback_id is None:
        return False
    end = ChargebackEnd(won=True, note="told by the gateway", reference=transaction.reference)
    end_chargeback(session, chargeback_id, end, cause=cause, at=at, by_person=False)
    return True
