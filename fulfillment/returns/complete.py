"""Complete: it is known what became of every piece, and what was accepted is paid back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.catalog.return_policy import return_policy
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.amounts.pieces import refund_pieces
from fulfillment.payments.attempts.intend import RETURNED
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.attempts.request import Asked, RefundWanted, Requested, request_refund
from fulfillment.returns.give_up import give_up_rest
from fulfillment.returns.models import ReturnLine, ReturnOrder
from fulfillment.returns.queries import PiecesOfLine, ReturnUnderLock, lines_of_return, lock_return
from fulfillment.returns.states import RETURN, Settlement
from fulfillment.returns.worth import Worth, worth_of_return
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps


@dataclass(frozen=True, slots=True)
class Completion:
    """
    Whether the customer is told, and what is paid back where it is not what the pieces are worth (minor units).

    `without_rest` gives up what was announced and has not come.
    """

    notify_customer: bool
    amount: int | None = None
    without_rest: bool = False


_MAIL: Final = "notifications.return_completed"


def complete_return(session: Session, return_id: int, completion: Completion, *, asked: Asked) -> Requested:
    """
    Complete a return, and ask for the refund of what was accepted; give what was asked for, which may be nothing.

    Raises NotFound, Conflict `status`, `still_coming`, `undecided`, `exchange`, or `over_refund` where less is kept than the
    pieces are worth.
    """
    order, return_ = lock_return(session, return_id)
    lines = lines_of_return(session, return_id)
    refusal = refusal_to_complete(return_, lines, without_rest=completion.without_rest)
    if refusal is not None:
        raise refusal.as_error()
    changes = Changes(at=asked.at)
    give_up_rest(changes, lines)
    worth = worth_of_return(session, order, return_id, lines, return_policy(session, order.market_id))
    amount = worth.amount if completion.amount is None else completion.amount
    conclude(changes, order, return_, lines, worth, amount, asked.cause, notify_customer=completion.notify_customer)
    if not amount:
        refund_pieces(session, changes, order, worth.pieces, with_shipping=False)
        changes.raise_version(PurchaseOrder, order)
        return _ask_for_nothing(session, changes, asked)
    wanted = RefundWanted(RETURNED, amount, worth.pieces)

    def note_attempts(attempt_ids: Sequence[int]) -> None:
        changes.set(ReturnOrder, return_.id, attempts=list(attempt_ids))

    return request_refund(session, order.id, wanted, asked=asked, changes=changes, note_attempts=note_attempts)


def _ask_for_nothing(session: Session, changes: Changes, asked: Asked) -> Requested:
    """Nothing is paid back: an operation that is done as it begins."""
    operation_id = request_steps(
        session,
        "refund.requested",
        [],
        kind=AttemptKind.REFUND,
        client_id=asked.client_id,
        cause=asked.cause,
        at=asked.at,
        result={"amount": 0, "attempts": []},
        changes=changes,
    )
    return Requested(operation_id, [], 0)


def conclude(
    changes: Changes,
    order: OrderUnderLock,
    return_: ReturnUnderLock,
    lines: Sequence[PiecesOfLine],
    worth: Worth,
    refund: int,
    cause: Cause,
    *,
    notify_customer: bool,
) -> None:
    """
    Move a return to completed, for a refund of so many minor units.

    The caller counts the pieces of `worth` as refunded on their line items, moves the money and writes.
    """
    of_line = {line.line_id: line for line in lines}
    for each in worth.pieces:
        changes.set(ReturnLine, of_line[each.line_id].id, refunded=each.quantity)
    detail = {
        "goods": worth.goods,
        "shipping": worth.shipping,
        "fee": worth.fee,
        "refund": refund,
        "notify_customer": notify_customer,
    }
    entry = changes.move(
        RETURN,
        ReturnOrder,
        return_,
        "complete_return",
        cause,
        detail=detail,
        ended_at=changes.at,
        goods=worth.goods,
        shipping=worth.shipping,
        fee=worth.fee,
        refund=refund,
    )
    told = notify_customer and order.customer_email
    changes.publish(
        "return.completed",
        return_.id,
        cause,
        order_id=order.id,
        because=entry,
        leaving_out=() if told else (_MAIL,),
    )


def refusal_to_complete(
    return_: ReturnUnderLock, lines: Sequence[PiecesOfLine], *, without_rest: bool = False
) -> Refusal | None:
    """Say why a return must not be completed, and what it is worth not be paid back."""
    if return_.settles_by == Settlement.EXCHANGE:
        return Refusal(
            return_.id,
            guard="exchange",
            reason=f"what return {return_.number} is worth goes to another order",
            remedy="it is completed with its exchange",
        )
    return refusal_to_conclude(return_, lines, without_rest=without_rest)


def refusal_to_conclude(
    return_: ReturnUnderLock, lines: Sequence[PiecesOfLine], *, without_rest: bool = False
) -> Refusal | None:
    """Say why a return, whatever is given for it, is not at its end: something is still to come, or to be decided."""
    _, refused = RETURN.admit("complete_return", [return_])
    if refused:
        return refused[0]
    if undecided := sum(line.undecided for line in lines):
        return Refusal(
            return_.id,
            guard="undecided",
            reason=f"nobody has said yet what becomes of {undecided} pieces",
            remedy=f"say it: POST /v1/returns/{return_.id}/decisions",
            members={"undecided": undecided},
        )
    coming = sum(line.coming for line in lines)
    if coming and not without_rest:
        return Refusal(
            return_.id,
            guard="still_coming",
            reason=f"{coming} pieces are still to come",
            remedy="wait for them, or send without_rest: true to give them up",
            members={"coming": coming},
        )
    return None
