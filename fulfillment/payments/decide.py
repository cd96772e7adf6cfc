"""Decide: a person who has compared with the gateway's own records says what became of an attempt nobody can ask about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.dead_letters import replay
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.orders.queries import lock_orders
from fulfillment.payments.gateway.port import Answer, Result
from fulfillment.payments.queries import attempts
from fulfillment.payments.settle import Answered, settle
from fulfillment.payments.states import AttemptStatus

_CODE: Final = "decided_by_hand"

# The row stays locked, so that nothing is sent between the look and the decision.
_DEAD_LETTER = text("SELECT id FROM dispatch WHERE id = :id AND dead FOR UPDATE")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gateway's records say: whether money moved, by which reference, and where that was seen."""

    succeeded: bool
    evidence: str
    reference: str | None = None


def decide(session: Session, attempt_id: int, decision: Decision, *, cause: Cause, at: datetime) -> int:
    """
    Settle an attempt whose outcome is unknown and cannot be asked about any more; give its payment's id.

    Its dead letter is tried again at once: what goods that have left still owe is asked for anew, under a key of its own. An
    authorization that did not happen counts as declined. Raises NotFound, Conflict `decided` for one that has its outcome,
    Conflict `still_asked` while the gateway is still being asked, Invalid for a success without the gateway's reference.
    """
    if (attempt := attempts(session, [attempt_id]).get(attempt_id)) is None:
        raise NotFound(f"no attempt {attempt_id}")
    # Dispatch rows before orders, as all do; what was read before the locks is read again.
    dead_letter = session.scalar(_DEAD_LETTER, {"id": attempt.dispatch_id})
    lock_orders(session, [attempt.order_id])
    attempt = attempts(session, [attempt_id])[attempt_id]
    if attempt.status not in (AttemptStatus.SENDING, AttemptStatus.UNKNOWN):
        raise Conflict(
            f"attempt {attempt.id} is {attempt.status}",
            code="decided",
            guard="undecided",
            remedy="nothing is to be decided",
        )
    if dead_letter is None:
        raise Conflict(
            f"the gateway is still being asked about attempt {attempt.id}",
            code="still_asked",
            guard="undecided",
            remedy="wait: what cannot be found out becomes a dead letter, and then a person decides",
        )
    if decision.succeeded and decision.reference is None:
        raise Invalid(
            "money that moved has a reference",
            code="no_reference",
            remedy="send the reference that the gateway's records show",
        )
    result = Result.SUCCEEDED if decision.succeeded else Result.FAILED
    answer = Answer(result, decision.reference, _CODE, decision.evidence)
    settle(session, [Answered(attempt, answer, cause)], at=at)
    replay(session, [dead_letter])
    return attempt.payment_id
