"""The bank's word, heard through the gateway: chargebacks and their reversals come into our books once. (PY3)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

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
from fulfillment.payments.chargebacks.record_reversed import record_reversed
from fulfillment.payments.gateway.port import Transaction, TransactionKind
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.payments.sync.compare import Difference, DifferenceKind

_BY_GATEWAY: Final = "told by the gateway"

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
        charged = ChargedBack(_BY_GATEWAY, transaction.amount, transaction.reference)
        record_chargeback(session, payment.id, charged, cause=cause, at=at, by_person=False)
        return True
    chargeback_id = session.execute(_TO_WIN, {"payment_id": payment.id, "amount": transaction.amount}).scalar()
    if chargeback_id is None:
        return False
    end = ChargebackEnd(won=True, note=_BY_GATEWAY, reference=transaction.reference)
    end_chargeback(session, chargeback_id, end, cause=cause, at=at, by_person=False)
    return True


def came_and_went(left: Iterable[Difference]) -> list[tuple[Difference, Difference]]:
    """
    Give, of what did not fit our books, each chargeback with the reversal of the same payment and amount, in whatever order told.

    Had our books a chargeback of that amount which is not won, the reversal would have ended that one.
    """
    taken: list[Difference] = []
    given_again: list[Difference] = []
    for each in left:
        if each.kind == DifferenceKind.CHARGED_BACK:
            taken.append(each)
        elif each.kind == DifferenceKind.CHARGEBACK_REVERSED:
            given_again.append(each)
    pairs = []
    for each in taken:
        about = (each.payment_id, each.amount)
        end = next((other for other in given_again if (other.payment_id, other.amount) == about), None)
        if end is not None:
            given_again.remove(end)
            pairs.append((each, end))
    return pairs


def take_both(
    session: Session,
    payment: PaymentUnderLock,
    taken: Difference,
    given_again: Difference,
    *,
    cause: Cause,
    at: datetime,
) -> None:
    """Take a chargeback for which our books have no room, and its reversal, into them together: what is kept stays as it is."""
    record_reversed(
        session,
        payment,
        taken.amount,
        reason=_BY_GATEWAY,
        reference=taken.reference,
        reversal_reference=given_again.reference,
        cause=cause,
        at=at,
    )
