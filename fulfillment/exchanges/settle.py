"""Settle an exchange: what came back was accepted, and is worth what it is worth. Amounts are minor units. (EX3, EX5)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfillment.catalog.markets import payment_turns
from fulfillment.catalog.return_policy import return_policy
from fulfillment.exchanges.models import Exchange
from fulfillment.exchanges.queries import Parties, lock_exchange
from fulfillment.exchanges.states import EXCHANGE
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.orders.hold import release_hold
from fulfillment.orders.models import Hold, PurchaseOrder
from fulfillment.orders.states import HoldStatus
from fulfillment.payments.amounts.pieces import refund_pieces
from fulfillment.payments.amounts.spread import in_turn, spread
from fulfillment.payments.attempts.intend import RETURNED
from fulfillment.payments.attempts.pay_back import pay_back
from fulfillment.payments.credits.give_back import return_credits_asked_for
from fulfillment.payments.credits.models import ExchangeCredit
from fulfillment.payments.credits.queries import Credit, credits_of_return, on_other_order
from fulfillment.payments.credits.take_back import take_back_credit
from fulfillment.returns.complete import conclude, refusal_to_conclude
from fulfillment.returns.give_up import give_up_rest
from fulfillment.returns.models import ReturnOrder
from fulfillment.returns.queries import PiecesOfLine, ReturnUnderLock, lines_of_return, lock_return
from fulfillment.returns.worth import Worth, worth_of_return
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class _Goods:
    """What came back: the return under lock, its lines, and what is paid back for them."""

    return_: ReturnUnderLock
    lines: Sequence[PiecesOfLine]
    worth: Worth


def settle_exchange(
    session: Session,
    exchange_id: int,
    *,
    cause: Cause,
    at: datetime,
    without_rest: bool = False,
    by_person: bool = True,
) -> None:
    """
    Settle an exchange: its return is completed, and the new order may go.

    The credit becomes what the accepted pieces are worth: what they are worth beyond it is paid back by the old order's payments,
    what they are worth less is taken back from the new order, which then waits for that money. `without_rest` gives up what has
    not come. Raises NotFound, Conflict where it has ended, pieces are to come, or nobody has said what becomes of them.
    """
    parties = lock_exchange(session, exchange_id)
    exchange, source = parties.exchange, parties.source
    order, return_ = lock_return(session, exchange.return_id)
    lines = lines_of_return(session, return_.id)
    if (refusal := refusal_to_settle(parties, return_, lines, without_rest=without_rest)) is not None:
        raise refusal.as_error()
    changes = Changes(at=at)
    if by_person:
        changes.raise_version(PurchaseOrder, source.order)
    give_up_rest(changes, lines)
    worth = worth_of_return(session, order, return_.id, lines, return_policy(session, order.market_id))
    given = credits_of_return(session, return_.id)
    goods = _Goods(return_, lines, worth)
    # What is on its way back waits for these goods, too: it must not pass by them.
    return_credits_asked_for(session, changes, source, parties.target, given, cause=cause)
    standing = standing_credit(parties, given)
    taken = take_back_credit(
        session, changes, source, parties.target, given, max(0, standing - worth.amount), cause=cause
    )
    for each in given:
        changes.set(ExchangeCredit, each.id, accepted=True)
    paid_back = _pay_back(session, changes, parties, goods, max(0, worth.amount - standing), cause)
    conclude(changes, source.order, return_, lines, worth, paid_back, cause, notify_customer=exchange.notify_customer)
    said = {"worth": worth.amount, "paid_back": paid_back, "taken_back": taken}
    end_exchange(changes, parties, "settle_exchange", cause, said, worth=worth.amount, paid_back=paid_back)
    changes.write(session)
    let_go(session, exchange.hold_id, cause=cause, at=at)


def refusal_to_settle(
    parties: Parties, return_: ReturnUnderLock, lines: Sequence[PiecesOfLine], *, without_rest: bool = False
) -> Refusal | None:
    """Say why an exchange must not be settled: it has ended, or it is not known yet what came back."""
    _, refused = EXCHANGE.admit("settle_exchange", [parties.exchange])
    return refused[0] if refused else refusal_to_conclude(return_, lines, without_rest=without_rest)


def standing_credit(parties: Parties, given: Sequence[Credit]) -> int:
    """Give what of the credits was used up: all but what went back to wait for the goods."""
    return sum(parties.target.payment(each.id).captured - each.waiting for each in given)


def end_exchange(
    changes: Changes, parties: Parties, verb: str, cause: Cause, said: Mapping[str, Any], **columns: Any
) -> None:
    """Move an exchange to its end, and tell of it on both orders."""
    exchange, old, new = parties.exchange, parties.source.order, parties.target.order
    changes.move(
        EXCHANGE,
        Exchange,
        exchange,
        verb,
        cause,
        detail={**said, "order": new.number},
        ended_at=changes.at,
        **columns,
    )
    changes.note("order", new.id, new.id, "end_exchange", on_other_order(cause), {**said, "order": old.number})


def let_go(session: Session, hold_id: int | None, *, cause: Cause, at: datetime) -> None:
    """End the hold under which an order waited for the goods, unless somebody has done so."""
    if hold_id is None or session.scalar(select(Hold.status).where(Hold.id == hold_id)) != HoldStatus.OPEN:
        return
    release_hold(session, hold_id, cause=on_other_order(cause), at=at)


def _pay_back(session: Session, changes: Changes, parties: Parties, goods: _Goods, amount: int, cause: Cause) -> int:
    """Pay back what the goods are worth beyond the credit, as far as the order still keeps it; give how much that is."""
    source = parties.source
    worth = goods.worth
    refund_pieces(session, changes, source.order, worth.pieces, with_shipping=False)
    turn = payment_turns(session, [source.order.market_id])[source.order.market_id].refund
    shares = spread(amount, in_turn(source.payments, turn), lambda payment: payment.refundable)
    # The pieces stand with the return: what is refunded here is only a part of what was given for them.
    made = [pay_back(session, changes, payment, share, reason=RETURNED, cause=cause) for payment, share in shares]
    if made:
        changes.set(ReturnOrder, goods.return_.id, attempts=made)
    return sum(share for _, share in shares)
