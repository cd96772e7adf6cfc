"""Begin an exchange: a return, an order of what goes out, and the credit that pays for it, in one transaction. (EX1, EX2)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.return_policy import return_policy
from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, CheckoutPayment, Destination
from fulfillment.checkout.placed import Placed
from fulfillment.checkout.revise import add_lines
from fulfillment.db.ids import take_ids
from fulfillment.drafts.begin import begin as begin_draft
from fulfillment.drafts.edit import sellable
from fulfillment.drafts.place import place_draft
from fulfillment.exchanges.models import Exchange
from fulfillment.exchanges.states import AWAITING_RETURN, EXCHANGE, ExchangePolicy, ExchangeStatus
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.hold import enter_hold
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.payments.credits.give import give_credit
from fulfillment.payments.credits.queries import lock_sides
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, add_return
from fulfillment.returns.queries import lines_of_return
from fulfillment.returns.states import Settlement
from fulfillment.returns.worth import worth_of_return
from fulfillment.timeline.changes import Changes

_WENT_TO = text("""
SELECT m.code AS market, o.customer_id, o.customer_name, o.customer_email, o.priority, s.ship_to, s.shipping_method, f.bill_to,
       f.contact
  FROM line_item l JOIN shipment s ON s.id = l.shipment_id JOIN order_form f ON f.id = s.form_id
  JOIN purchase_order o ON o.id = s.order_id JOIN market m ON m.id = o.market_id WHERE l.id = :line AND o.id = :order
""")
_NUMBER = text("SELECT number FROM return_order WHERE id = :id")
_GOODS_FIRST = text("SELECT code, exchanges_goods_first FROM market WHERE id = :id")
_ANOTHER_WAY: Final = "enter a return and an order of their own: POST /v1/returns, POST /v1/orders"
_CALLS: Final = dict.fromkeys(
    ("no_shipping_method", "unknown_shipping_method"),
    "POST /v1/exchanges with a shipping_method that there is: GET /v1/shipping-methods",
)
"""What helps, by the code of what keeps the order of what goes out from being placed."""


@dataclass(frozen=True, slots=True)
class GoodsOut:
    """Pieces of a product that go out."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ExchangeWanted:
    """
    What comes back, what goes out for it, and which of the two goes first.

    What goes out costs more: the difference is taken from the card of `token`, or is paid later. It goes where the first line
    that comes back went, by `shipping_method` or by the same one.
    """

    back: Sequence[PiecesBack]
    out: Sequence[GoodsOut]
    notify_customer: bool
    policy: ExchangePolicy = ExchangePolicy.AFTER_GOODS
    token: str | None = None
    shipping_method: str | None = None
    warehouse_id: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Announced:
    """The return of an exchange, and what it is worth once all of it was accepted (minor units)."""

    id: int
    number: str
    worth: int


def begin_exchange(session: Session, order_id: int, wanted: ExchangeWanted, *, cause: Cause, at: datetime) -> int:
    """
    Begin an exchange for pieces of an order; give its id.

    What comes back pays for what goes out as far as it is worth that: nothing is captured or refunded for it. Raises what a
    return and a placement do, Conflict `goods_first` where the market sends nothing before, Conflict `worth_nothing`,
    `over_credit` where the order does not keep what the pieces are worth.
    """
    order = lock_order(session, order_id)
    _refuse_goods_first(session, order, wanted)
    announced = _announce(session, order, wanted, cause=cause, at=at)
    placed = _place(session, order, wanted, announced, cause=cause, at=at)
    sides = lock_sides(session, [order.id, placed.id])
    source, target = sides[order.id], sides[placed.id]
    changes = Changes(at=at)
    waits = wanted.policy == ExchangePolicy.AFTER_GOODS
    note = f"waits for return {announced.number} of order {order.number}"
    held = enter_hold(session, changes, target.order, reason=AWAITING_RETURN, note=note, cause=cause) if waits else None
    credit = min(announced.worth, placed.total)
    give_credit(session, changes, source, target, credit, return_id=announced.id, cause=cause)
    [exchange_id] = take_ids(session, 1)
    changes.insert(
        Exchange,
        {
            "id": exchange_id,
            "order_id": order.id,
            "return_id": announced.id,
            "new_order_id": placed.id,
            "status": ExchangeStatus.OPEN,
            "policy": wanted.policy,
            "hold_id": held,
            "notify_customer": wanted.notify_customer,
            "expected": announced.worth,
            "credit": credit,
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    said = {
        "return": announced.number,
        "policy": wanted.policy,
        "worth": announced.worth,
        "costs": placed.total,
        "to_pay": placed.total - credit,
        "to_pay_back": announced.worth - credit,
    }
    old, new = source.order, target.order
    changes.note(EXCHANGE.name, exchange_id, old.id, "begin_exchange", cause, {**said, "order": new.number})
    changes.note("order", new.id, new.id, "await_exchange", cause, {**said, "order": old.number})
    changes.write(session)
    return exchange_id


def _refuse_goods_first(session: Session, order: OrderUnderLock, wanted: ExchangeWanted) -> None:
    market = session.execute(_GOODS_FIRST, {"id": order.market_id}).one()
    if wanted.policy == ExchangePolicy.GOODS_FIRST and not market.exchanges_goods_first:
        raise Conflict(
            f"market {market.code} sends nothing before the goods of an exchange are back",
            code="goods_first",
            guard="goods_first",
            remedy=f"leave the policy out, or allow it: PATCH /v1/markets/{market.code}",
        )


def _announce(
    session: Session, order: OrderUnderLock, wanted: ExchangeWanted, *, cause: Cause, at: datetime
) -> _Announced:
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    back = ReturnWanted(
        wanted.back, wanted.notify_customer, wanted.note, wanted.warehouse_id, settles_by=Settlement.EXCHANGE
    )
    return_id = add_return(session, changes, order, back, cause)
    changes.write(session)
    lines = lines_of_return(session, return_id)
    policy = return_policy(session, order.market_id)
    worth = worth_of_return(session, order, return_id, lines, policy, with_coming=True).amount
    if worth <= 0:
        raise Conflict(
            "nothing would be paid back for these pieces",
            code="worth_nothing",
            guard="worth_nothing",
            remedy=_ANOTHER_WAY,
        )
    return _Announced(return_id, session.execute(_NUMBER, {"id": return_id}).scalar_one(), worth)


def _place(
    session: Session,
    order: OrderUnderLock,
    wanted: ExchangeWanted,
    announced: _Announced,
    *,
    cause: Cause,
    at: datetime,
) -> Placed:
    """Place the order of what goes out, by the way of all orders that customer service enters."""
    draft_id = begin_draft(session, _checkout(session, order, wanted, announced, cause), cause=cause, at=at)
    missing = lock_order(session, draft_id).total - announced.worth
    payments = [CheckoutPayment(wanted.token, missing)] if wanted.token and missing > 0 else []
    try:
        return place_draft(session, draft_id, payments, cause=cause, at=at)
    except Conflict as refusal:
        if "obstacles" not in refusal.members:
            raise
        raise _not_placed(refusal) from None


def _not_placed(refusal: Conflict) -> Conflict:
    """Say what helps of the exchange that was asked for: the order that cannot be placed is gone with the refusal."""
    obstacles = [
        {"code": each["code"], "reason": each["reason"], "call": _CALLS.get(each["code"], _ANOTHER_WAY)}
        for each in cast("list[dict[str, str]]", refusal.members["obstacles"])
    ]
    return Conflict(
        f"what is to go out cannot be placed: {obstacles[0]['reason']}",
        code=refusal.reason,
        guard="complete",
        remedy=obstacles[0]["call"],
        members={"obstacles": obstacles},
    )


def _checkout(
    session: Session, order: OrderUnderLock, wanted: ExchangeWanted, announced: _Announced, cause: Cause
) -> Checkout:
    there = session.execute(_WENT_TO, {"line": wanted.back[0].line_id, "order": order.id}).one()
    checkout = Checkout(
        market=there.market,
        lines=(),
        destinations=[Destination(there.ship_to, wanted.shipping_method or there.shipping_method)],
        forms=[CheckoutForm(f"Exchange {announced.number}", contact=there.contact, bill_to=there.bill_to)],
        customer_id=there.customer_id,
        customer_name=there.customer_name,
        customer_email=there.customer_email,
        reference=announced.number,
        priority=there.priority,
    )
    lines = [CheckoutLine(each.sku, each.quantity) for each in wanted.out]
    return add_lines(checkout, sellable(session, checkout, lines), by=cause.actor)
