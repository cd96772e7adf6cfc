"""Exchanges: goods come back, and others go out for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fulfillment.exchanges.begin import ExchangeWanted, GoodsOut
from fulfillment.exchanges.end import ExchangeCancellation
from fulfillment.exchanges.states import ExchangePolicy, ExchangeStatus
from fulfillment.returns.authorize import PiecesBack
from web.schemas.base import Answer, Code, Flag, MoneyOut, Note, Page, Pieces, Reference, Sent, Sku, Text, Token
from web.schemas.returns import PiecesBackIn


class ExchangesQuery(Page):
    """Which exchanges: those that an order, old or new, is part of, and those of one status."""

    order: Reference | None = None
    status: ExchangeStatus | None = None


class GoodsOutIn(Sent):
    """Pieces of a product that go out."""

    sku: Sku
    quantity: Pieces


class ExchangeIn(Sent):
    """
    What of an order comes back, and what goes out for it.

    `policy` says which goes first. Where what goes out costs more, the difference is taken from the card of `token`, or paid
    later; where it costs less, the rest is paid back once the goods are here. `shipping_method` is that of what goes out, by
    default the one by which the goods went. Whether the customer is told, by e-mail, must be said.
    """

    order: Reference
    back: Annotated[list[PiecesBackIn], Field(min_length=1, max_length=500)]
    out: Annotated[list[GoodsOutIn], Field(min_length=1, max_length=500)]
    notify_customer: Flag
    policy: ExchangePolicy = ExchangePolicy.AFTER_GOODS
    token: Token | None = None
    shipping_method: Text | None = None
    warehouse: Code | None = None
    note: Note | None = None

    def as_wanted(self, warehouse_id: int | None) -> ExchangeWanted:
        """Give it as the domain knows it."""
        return ExchangeWanted(
            [PiecesBack(each.line_id, each.quantity, each.why) for each in self.back],
            [GoodsOut(each.sku, each.quantity) for each in self.out],
            notify_customer=self.notify_customer,
            policy=self.policy,
            token=self.token,
            shipping_method=self.shipping_method,
            warehouse_id=warehouse_id,
            note=self.note,
        )


class SettlementIn(Sent):
    """`without_rest` gives up what was announced and has not come."""

    without_rest: Flag = False


class ExchangeCancellationIn(Sent):
    """Why, and whether the customer is told."""

    reason: Text
    notify_customer: Flag

    def as_cancellation(self) -> ExchangeCancellation:
        """Give it as the domain knows it."""
        return ExchangeCancellation(self.reason, self.notify_customer)


class ExchangeMoneyOut(Answer):
    """
    What an exchange comes to. What comes back is `expected` to be worth so much; of that, `credit` pays for what goes out.

    `standing` is what is left of the credit, `missing` what the new order lacks. Once it is settled `worth` is what the goods
    that were accepted were worth, and `paid_back` what of it went to the customer.
    """

    expected: MoneyOut
    costs: MoneyOut
    credit: MoneyOut
    standing: MoneyOut
    missing: MoneyOut
    worth: MoneyOut | None
    paid_back: MoneyOut | None


class ExchangeOut(Answer):
    """An exchange: what comes back by `return` to `order` pays for `new_order`. `waits`: what goes out is held until then."""

    id: int
    status: str
    policy: str
    order: str
    return_id: int
    return_number: str
    return_status: str
    new_order: str
    waits: bool
    notify_customer: bool
    money: ExchangeMoneyOut
    created_at: str
    created_by: str
    ended_at: str | None


class ExchangesOut(Answer):
    """A page of exchanges, the latest first."""

    exchanges: list[ExchangeOut]
    next: str | None
