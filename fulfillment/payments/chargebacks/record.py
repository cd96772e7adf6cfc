"""
Chargebacks: the customer's bank takes money back, and sometimes gives it back again. Amounts are minor units.

An order in work is held by each until that is won or somebody releases the hold: what ships meanwhile may never be paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.orders.hold import enter_hold, release_hold
from fulfillment.orders.models import Hold, PurchaseOrder
from fulfillment.orders.progress import cover
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.orders.states import HoldStatus
from fulfillment.payments.amounts.excess import excess, is_left_over
from fulfillment.payments.amounts.order_money import leave_the_queue, write_order_money
from fulfillment.payments.chargebacks.models import Chargeback
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.models import Method, Payment
from fulfillment.payments.queries import PaymentUnderLock, order_of_payment, payments_of
from fulfillment.payments.states import CHARGEBACK, ChargebackStatus
from fulfillment.timeline.changes import Changes

HOLD_REASON: Final = "chargeback"


@dataclass(frozen=True, slots=True)
class ChargedBack:
    """What a bank took back, why, and the gateway's reference for it. No amount: all that is kept of the payment."""

    reason: str
    amount: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class ChargebackEnd:
    """How a chargeback ended, what was said about it, and the gateway's reference for money that came back."""

    won: bool
    note: str | None = None
    reference: str | None = None


@dataclass(slots=True)
class _Dispute:
    """A locked order and its money while a chargeback of one of its payments is entered."""

    session: Session
    changes: Changes
    order: OrderUnderLock
    payments: list[PaymentUnderLock]
    payment: PaymentUnderLock
    cause: Cause


def record_chargeback(
    session: Session, payment_id: int, charged: ChargedBack, *, cause: Cause, at: datetime, by_person: bool = True
) -> int:
    """
    Enter what a bank took back of a payment, and hold its order where that is in work; give the chargeback's id.

    Raises NotFound, or Conflict `over_chargeback` beyond what is kept of the payment.
    """
    dispute = _dispute(session, payment_id, cause, at, by_person=by_person)
    changes, order, payment = dispute.changes, dispute.order, dispute.payment
    amount = payment.refundable if charged.amount is None else charged.amount
    if (refusal := refusal_to_charge_back(payment, amount)) is not None:
        raise refusal.as_error()
    [chargeback_id] = take_ids(session, 1)
    was_covered = order.covered
    _move(dispute, TransferKind.CHARGEBACK, amount)
    detail = {"chargeback_id": chargeback_id, "payment_id": payment.id, "amount": amount, "reason": charged.reason}
    changes.note("order", order.id, order.id, "record_chargeback", cause, detail)
    note = f"{printed(amount, order.currency)} of payment {payment.id}: {charged.reason}"
    held = enter_hold(session, changes, order, reason=HOLD_REASON, note=note, cause=cause) if order.is_open else None
    changes.insert(
        Chargeback,
        {
            "id": chargeback_id,
            "order_id": order.id,
            "payment_id": payment.id,
            "status": ChargebackStatus.OPEN,
            "amount": amount,
            "currency": payment.currency,
            "reason": charged.reason,
            "reference": charged.reference,
            "hold_id": held,
            "opened_at": at,
            "opened_by": cause.actor,
        },
    )
    if was_covered and order.is_open and not order.covered:
        leave_the_queue(session, changes, shipments_of(session, [order.id])[order.id], cause)
    changes.write(session)
    return chargeback_id


def end_chargeback(
    session: Session, chargeback_id: int, end: ChargebackEnd, *, cause: Cause, at: datetime, by_person: bool = True
) -> None:
    """
    Say how a chargeback ended. Won, the money is there again and its hold is lifted; lost, it is gone.

    The hold of a lost one stays until somebody has decided about the order. What turned out to have been lost for good may
    still be won. Raises NotFound, or Conflict where it has ended so before.
    """
    if (found := session.get(Chargeback, chargeback_id)) is None:
        raise NotFound(f"no chargeback {chargeback_id}")
    dispute = _dispute(session, found.payment_id, cause, at, by_person=by_person)
    session.refresh(found)
    session.expunge(found)  # Changes writes it; the session must not do so as well.
    verb = "win" if end.won else "lose"
    _, refused = CHARGEBACK.admit(verb, [found])
    if refused:
        raise refused[0].as_error()
    said = {"payment_id": found.payment_id, "amount": found.amount, "note": end.note}
    entry = dispute.changes.move(
        CHARGEBACK,
        Chargeback,
        found,
        verb,
        cause,
        detail=said,
        ended_at=at,
        note=end.note,
        reversal_reference=end.reference,
    )
    if end.won:
        _return(dispute, found.amount, entry)
    dispute.changes.write(session)
    if end.won and found.hold_id is not None and _is_open(session, found.hold_id):
        release_hold(session, found.hold_id, cause=cause, at=at)


def refusal_to_charge_back(payment: PaymentUnderLock, amount: int) -> Refusal | None:
    """Say why a payment cannot have lost so much: a bank takes back only what is kept of it."""
    if payment.method == Method.CREDIT:
        return Refusal(
            payment.id,
            guard="no_bank",
            reason=f"payment {payment.id} is the credit of an exchange: no bank knows it",
            remedy="record it for the payment that the credit came from",
        )
    if 0 < amount <= payment.refundable:
        return None
    return Refusal(
        payment.id,
        guard="over_chargeback",
        reason=f"{printed(payment.refundable, payment.currency)} is kept of payment {payment.id}",
        remedy="compare with the gateway's records: sync the payments of its order"
        if payment.refundable <= 0
        else f"ask for at most {printed(payment.refundable, payment.currency)}, or compare with the gateway's records",
        members={"most": payment.refundable},
    )


def _dispute(session: Session, payment_id: int, cause: Cause, at: datetime, *, by_person: bool) -> _Dispute:
    order = lock_order(session, order_of_payment(session, payment_id))
    payments = payments_of(session, [order.id])[order.id]
    [payment] = [each for each in payments if each.id == payment_id]
    changes = Changes(at=at)
    if by_person:
        changes.raise_version(PurchaseOrder, order)
    return _Dispute(session, changes, order, payments, payment, cause)


def _move(dispute: _Dispute, kind: TransferKind, amount: int) -> None:
    """Enter money that was taken back, or that came back, in the ledger and in all that repeats it."""
    order, payment, changes = dispute.order, dispute.payment, dispute.changes
    enter_transfer(changes, kind, order_id=order.id, payment_id=payment.id, amount=amount, currency=payment.currency)
    change = amount if kind == TransferKind.CHARGEBACK else -amount
    payment.charged_back += change
    order.charged_back += change
    changes.set(Payment, payment.id, charged_back=payment.charged_back)
    changes.set(PurchaseOrder, order.id, charged_back=order.charged_back)
    write_order_money(changes, order, dispute.payments)


def _return(dispute: _Dispute, amount: int, entry: int) -> None:
    """Enter that the money is there again; what the customer has paid anew meanwhile goes back."""
    order, changes = dispute.order, dispute.changes
    was_covered = order.covered
    _move(dispute, TransferKind.CHARGEBACK_REVERSED, amount)
    if order.is_open and order.covered and not was_covered:
        cover(changes, order, shipments_of(dispute.session, [order.id])[order.id], dispute.cause, because=entry)
    if is_left_over(order) or (order.is_open and excess(order, dispute.payments)):
        changes.publish("order.overpaid", order.id, dispute.cause, order_id=order.id, because=entry)


def _is_open(session: Session, hold_id: int) -> bool:
    return session.scalar(select(Hold.status).where(Hold.id == hold_id)) == HoldStatus.OPEN
