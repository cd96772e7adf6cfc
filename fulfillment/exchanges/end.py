"""The other ends of an exchange: nothing came back, or somebody cancels it. What was credited is taken back. (EX5, EX6)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.exchanges.queries import Parties, lock_exchange
from fulfillment.exchanges.settle import end_exchange, let_go
from fulfillment.exchanges.states import EXCHANGE, ExchangePolicy
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import lock_order
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.credits.queries import credits_of_return, on_other_order
from fulfillment.payments.credits.take_back import take_back_credit
from fulfillment.returns.give_up import cancel_return
from fulfillment.returns.models import ReturnOrder
from fulfillment.returns.queries import lock_return
from fulfillment.returns.states import RETURN, ReturnStatus, Settlement
from fulfillment.timeline.changes import Changes

NEVER_CAME: Final = "what was to be exchanged never came back"
"""The reason of the cancellation of an order that waited for goods in vain."""


@dataclass(frozen=True, slots=True)
class ExchangeCancellation:
    """Why, and whether the customer is told: that must be said, one way or the other."""

    reason: str
    notify_customer: bool


def lose_goods(session: Session, exchange_id: int, *, cause: Cause, at: datetime) -> None:
    """
    End an exchange of which nothing came back: the old order keeps its money, and the new one has none of it.

    Where it waited for the goods it is canceled, unless somebody holds it for another reason: then that person decides what
    becomes of it. Where it went first it is to be paid, and a person sees to that.
    """
    parties = lock_exchange(session, exchange_id)
    exchange, target = parties.exchange, parties.target
    changes = Changes(at=at)
    waited = exchange.policy == ExchangePolicy.AFTER_GOODS and not _has_left(parties)
    _take_all_back(session, changes, parties, "cancel_exchange" if waited else "lose_goods", NEVER_CAME, cause)
    changes.write(session)
    let_go(session, exchange.hold_id, cause=cause, at=at)
    if waited and not lock_order(session, target.order.id).open_holds:
        _cancel_order(session, target.order.id, ExchangeCancellation(NEVER_CAME, exchange.notify_customer), cause, at)


def cancel_exchange(
    session: Session, exchange_id: int, wanted: ExchangeCancellation, *, cause: Cause, at: datetime
) -> None:
    """
    Cancel an exchange of which nothing has gone out: the new order is canceled, and its credit taken back.

    Of goods that have not come, the return is canceled, too; where some are here, it goes on, and what they are worth is paid
    back with its completion. Raises NotFound, Conflict where it has ended, something has left, or the new order is on hold for
    another reason.
    """
    parties = lock_exchange(session, exchange_id)
    if (refusal := refusal_to_cancel_exchange(parties)) is not None:
        raise refusal.as_error()
    exchange, source, target = parties.exchange, parties.source, parties.target
    _, return_ = lock_return(session, exchange.return_id)
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, source.order)
    _take_all_back(session, changes, parties, "cancel_exchange", wanted.reason, cause)
    goes_on = return_.status == ReturnStatus.RECEIVING
    if goes_on:
        changes.set(ReturnOrder, return_.id, settles_by=Settlement.REFUND)
        said = {"reason": wanted.reason}
        changes.note(RETURN.name, return_.id, source.order.id, "settle_return_by_refund", cause, said)
    changes.write(session)
    if not goes_on and return_.status == ReturnStatus.AUTHORIZED:
        cancel_return(
            session,
            return_.id,
            reason=wanted.reason,
            notify_customer=wanted.notify_customer,
            cause=cause,
            at=at,
        )
    let_go(session, exchange.hold_id, cause=cause, at=at)
    _cancel_order(session, target.order.id, wanted, cause, at)


def refusal_to_cancel_exchange(parties: Parties) -> Refusal | None:
    """Say why an exchange must not be canceled: it has ended, or goods have gone out for it."""
    _, refused = EXCHANGE.admit("cancel_exchange", [parties.exchange])
    if refused:
        return refused[0]
    if not _has_left(parties):
        return None
    number = parties.target.order.number
    return Refusal(
        parties.exchange.id,
        guard="goods_have_left",
        reason=f"goods of order {number} have left",
        remedy=f"settle it, or let them come back: GET /v1/orders/{number}/returnables",
    )


def _has_left(parties: Parties) -> bool:
    return any(shipment.status == ShipmentStatus.SHIPPED for shipment in parties.target.shipments)


def _take_all_back(session: Session, changes: Changes, parties: Parties, verb: str, reason: str, cause: Cause) -> None:
    source, target = parties.source, parties.target
    given = credits_of_return(session, parties.exchange.return_id)
    everything = sum(target.payment(each.id).refundable for each in given)
    taken = take_back_credit(session, changes, source, target, given, everything, cause=cause)
    end_exchange(changes, parties, verb, cause, {"reason": reason, "taken_back": taken})


def _cancel_order(session: Session, order_id: int, wanted: ExchangeCancellation, cause: Cause, at: datetime) -> None:
    """Cancel what was to go out, unless somebody has done so."""
    if lock_order(session, order_id).is_open:
        cancellation = Cancellation(wanted.reason, notify_customer=wanted.notify_customer)
        cancel(session, order_id, cancellation, cause=on_other_order(cause), at=at)
