"""What people look up in the gateway's own records, and take over into our books."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.chaos.money.books import Entry
from fulfillment.chaos.money.stage import Stage
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.payments.attempts.models import PaymentAttempt
from fulfillment.payments.attempts.request import RefundWanted, request_refund
from fulfillment.payments.by_hand.settle_by_hand import Settlement, settle_by_hand
from fulfillment.payments.chargebacks.record import ChargebackEnd, ChargedBack, end_chargeback, record_chargeback
from fulfillment.payments.sync.sync import sync as sync_payments
from fulfillment.workflow.sync import ask_about


def sync(stage: Stage, n: int) -> None:
    """Compare an order with the gateway's books, and take over what has happened there."""
    if (order_id := stage.order(n)) is not None:
        sync_by_id(stage, order_id)


def sync_by_id(stage: Stage, order_id: int) -> None:
    """Sync this order."""
    told = ask_about(stage.services, [order_id])
    with stage.services.transaction() as session:
        causes = {order_id: stage.cause}
        sync_payments(session, [order_id], told, causes=causes, at=stage.clock(), by_person=True)


_DISPUTED = text("""
SELECT p.id AS payment_id, c.id AS chargeback_id FROM payment p
  LEFT JOIN chargeback c ON c.payment_id = p.id AND c.reference = :reference WHERE p.reference = :authorization
""")


def dispute(stage: Stage) -> None:
    """Read of chargebacks in the gateway's own records, and enter what banks took back, and gave again."""
    for taken, won in stage.books.disputes():
        with suppress(FulfillmentError), stage.services.transaction() as session:
            named = {"reference": taken.reference, "authorization": taken.authorization}
            for payment_id, chargeback_id in session.execute(_DISPUTED, named).all():
                _enter(stage, session, taken, won, payment_id, chargeback_id)


def _enter(
    stage: Stage, session: Session, taken: Entry, won: Entry | None, payment_id: int, chargeback_id: int | None
) -> None:
    asked = stage.asked
    if chargeback_id is None:
        charged = ChargedBack("fraudulent", taken.amount, taken.reference)
        record_chargeback(session, payment_id, charged, cause=asked.cause, at=asked.at)
    elif won is not None:
        end = ChargebackEnd(won=True, reference=won.reference)
        end_chargeback(session, chargeback_id, end, cause=asked.cause, at=asked.at)


_MOVED_ON: Final = """
WITH RECURSIVE held AS (
  SELECT c.id, c.order_id FROM payment_difference d JOIN exchange_credit c ON c.source_payment_id = d.payment_id
   WHERE d.what IN ('refund', 'chargeback')
   UNION
  SELECT c.id, c.order_id FROM held h JOIN exchange_credit c ON c.source_payment_id = h.id)
SELECT id, order_id FROM held ORDER BY id
"""


def refund_credits(stage: Stage) -> None:
    """Do what is said of money that went back at the gateway and had moved on: refund the credits that hold it."""
    with stage.services.autocommit() as session:
        credits_ = session.execute(text(_MOVED_ON)).all()
    for credit_id, order_id in credits_:
        with suppress(FulfillmentError), stage.services.transaction() as session:
            wanted = RefundWanted("gone at the gateway")
            request_refund(session, order_id, wanted, payments=[credit_id], asked=stage.asked)
            stage.counts["credits refunded"] += 1


_UNDECIDED = """
SELECT a.id FROM payment_attempt a JOIN dispatch d ON d.id = a.dispatch_id
 WHERE a.status IN ('sending', 'unknown') AND d.dead ORDER BY a.id
"""


def compare(stage: Stage) -> None:
    """Look up in the gateway's own records whatever nobody can ask about any more, and say what is written there."""
    for attempt_id in stage.ids(_UNDECIDED):
        with suppress(FulfillmentError), stage.services.transaction() as session:
            entry = stage.books.moved(session.get_one(PaymentAttempt, attempt_id).key)
            done = entry is not None and entry.succeeded
            seen = Settlement(done, "the gateway's journal", entry.reference if entry is not None and done else None)
            settle_by_hand(session, attempt_id, seen, cause=stage.cause, at=stage.clock())
            stage.counts["decided by hand"] += 1


def pay_out(stage: Stage, n: int, *, done: bool) -> None:
    """Somebody pays out by hand what was received by hand, or gives it up."""
    if waiting := stage.ids("SELECT id FROM payment_attempt WHERE status = 'by_hand' ORDER BY id"):
        said = Settlement(done, "the bank's list", f"bank-{len(waiting)}" if done else None)
        with stage.services.transaction() as session:
            settle_by_hand(session, waiting[n % len(waiting)], said, cause=stage.cause, at=stage.clock())
