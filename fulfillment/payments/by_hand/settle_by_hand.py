"""Settle by hand: a person says what became of what no gateway can do, or can be asked about any more. Amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.dead_letters import replay
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.payments.attempts.intend import CANCELED
from fulfillment.payments.attempts.settle import Answered, settle
from fulfillment.payments.gateway.port import Answer, Result
from fulfillment.payments.queries import Attempt, attempts
from fulfillment.payments.states import AttemptStatus
from fulfillment.timeline.changes import Changes

SETTLED_BY_HAND: Final = "settled_by_hand"

# The row stays locked, so that nothing is sent between the look and the settlement.
_DEAD_LETTER = text("SELECT id FROM dispatch WHERE id = :id AND dead FOR UPDATE")
_TOLD_OF_CANCELLATION = text("""
SELECT coalesce((SELECT CAST(detail ->> 'notify_customer' AS boolean) FROM timeline
                  WHERE order_id = :id AND verb IN ('cancel', 'cancel_rest') ORDER BY id DESC LIMIT 1), false)
""")


@dataclass(frozen=True, slots=True)
class Settlement:
    """Whether money moved, by which reference, and where that was seen or why it was given up."""

    succeeded: bool
    note: str
    reference: str | None = None


def settle_by_hand(session: Session, attempt_id: int, said: Settlement, *, cause: Cause, at: datetime) -> int:
    """
    Settle a pay-out, or an attempt whose outcome is unknown and cannot be asked about any more; give its payment's id.

    The dead letter of the latter is tried again at once: what goods that have left still owe is asked for anew, under a key of
    its own. An authorization that did not happen counts as declined; a pay-out that was given up leaves the money kept. Raises
    NotFound, Conflict `decided` for one that has its outcome, Conflict `still_asked` while the gateway is still being asked,
    Invalid for a success without a reference.
    """
    if (attempt := attempts(session, [attempt_id]).get(attempt_id)) is None:
        raise NotFound(f"no attempt {attempt_id}")
    # Dispatch rows before orders, as all do; what was read before the locks is read again.
    dead_letter = session.scalar(_DEAD_LETTER, {"id": attempt.dispatch_id})
    order = lock_order(session, attempt.order_id)
    attempt = attempts(session, [attempt_id])[attempt_id]
    _refuse(attempt, said, is_dead=dead_letter is not None)
    pays_out = attempt.status == AttemptStatus.BY_HAND
    _note(session, order, attempt, said, cause, at)
    result = Result.SUCCEEDED if said.succeeded else Result.FAILED
    answer = Answer(result, said.reference, SETTLED_BY_HAND, said.note)
    settle(session, [Answered(attempt, answer, cause)], at=at)
    if dead_letter is not None:
        replay(session, [dead_letter])
    if pays_out and said.succeeded and attempt.reason == CANCELED:
        _tell_of_pay_out(session, order, attempt, cause, at)
    return attempt.payment_id


def _refuse(attempt: Attempt, said: Settlement, *, is_dead: bool) -> None:
    if attempt.status not in (AttemptStatus.SENDING, AttemptStatus.UNKNOWN, AttemptStatus.BY_HAND):
        raise Conflict(
            f"attempt {attempt.id} is {attempt.status}",
            code="decided",
            guard="undecided",
            remedy="nothing is to be decided",
        )
    if not is_dead and attempt.status != AttemptStatus.BY_HAND:
        raise Conflict(
            f"the gateway is still being asked about attempt {attempt.id}",
            code="still_asked",
            guard="undecided",
            remedy="wait: what cannot be found out becomes a dead letter, and then a person decides",
        )
    if said.succeeded and said.reference is None:
        raise Invalid(
            "money that moved has a reference",
            code="no_reference",
            remedy="send the reference that the gateway's or the bank's records show",
        )


def _note(
    session: Session, order: OrderUnderLock, attempt: Attempt, said: Settlement, cause: Cause, at: datetime
) -> None:
    """Make a further version of the order, and keep on its timeline what was said and where it was seen."""
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    detail = {
        "attempt_id": attempt.id,
        "payment_id": attempt.payment_id,
        "kind": attempt.kind,
        "amount": attempt.amount,
        "succeeded": said.succeeded,
        "reference": said.reference,
        "note": said.note,
    }
    changes.note("order", order.id, order.id, "settle_by_hand", cause, detail)
    changes.write(session)


def _tell_of_pay_out(session: Session, order: OrderUnderLock, attempt: Attempt, cause: Cause, at: datetime) -> None:
    """Tell a customer who knows of the cancellation that the money, which a card would have had at once, is on its way now."""
    if order.customer_email and session.scalar(_TOLD_OF_CANCELLATION, {"id": order.id}):
        changes = Changes(at=at)
        changes.publish("payment.refunded", attempt.id, cause, order_id=order.id)
        changes.write(session)
