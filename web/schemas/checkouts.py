"""A whole checkout, as a storefront posts it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.checkout import Checkout, CheckoutPayment
from web.schemas.base import Answer, Money, MoneyOut, Sent, Token, expect_means
from web.schemas.content import Codes, ContentIn, LineIn


class PaymentIn(Sent):
    """
    How it is paid. A card is authorized by the gateway's `token`, or was authorized by the storefront, which hands in the
    gateway's `reference` of that; `manual` will be received by hand and counts nothing yet.

    Without an amount the only payment takes the whole total.
    """

    method: Literal["card", "manual"]
    token: Token | None = None
    reference: Token | None = None
    amount: Money | None = None

    @model_validator(mode="after")
    def _cards_have_tokens(self) -> Self:
        expect_means(self.method, self.token, self.reference)
        return self


class PaidIn(Sent):
    """The payments of what becomes an order. None at all: it is paid by telephone."""

    payments: Annotated[list[PaymentIn], Field(max_length=10, default_factory=list)]

    @model_validator(mode="after")
    def _several_payments_have_amounts(self) -> Self:
        if len(self.payments) > 1 and any(each.amount is None and each.method == "card" for each in self.payments):
            raise PydanticCustomError("amount", "of several payments each card needs an amount")
        return self

    def as_payments(self) -> list[CheckoutPayment]:
        """Give the cards: what is received by hand is entered when it is there."""
        return [
            CheckoutPayment(each.token, None if each.amount is None else each.amount.amount, each.reference)
            for each in self.payments
            if each.method == "card"
        ]


class CheckoutIn(PaidIn, ContentIn):
    """
    Everything an order is made of. All amounts are in the market's currency.

    `shipping`, `discount` and `tax` are the order's own, beside those of its lines. `ship_to`, `shipping_method` and
    `shipping` are the destination of all lines that name none of `destinations`; `bill_to` belongs to the form of all that name
    none of `forms`.
    """

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=2000)]
    codes: Annotated[Codes, Field(default_factory=list)]
    priority: Annotated[int, Field(strict=True, ge=-1000, le=1000)] = 0

    def as_checkout(self) -> Checkout:
        """Give what the domain takes."""
        return replace(super().as_checkout(), payments=self.as_payments(), codes=self.codes, priority=self.priority)

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield from super().moneys()
        yield from (payment.amount for payment in self.payments)


class PlacedShipmentOut(Answer):
    """A shipment of an order that was just placed."""

    id: int
    number: str
    needs_shipping: bool


class CheckoutOut(Answer):
    """An order that was just placed; the `Location` header says where to read it."""

    number: str
    status: str
    payment_status: str
    total: MoneyOut
    shipments: list[PlacedShipmentOut]
