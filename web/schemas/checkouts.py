"""A whole checkout, as a storefront posts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.checkout import Checkout, CheckoutLine, CheckoutPayment
from web.schemas.base import (
    Address,
    Answer,
    Code,
    Email,
    Flag,
    Money,
    MoneyOut,
    Pieces,
    Reference,
    Sent,
    Sku,
    Text,
    Token,
)


class CustomerIn(Sent):
    """Who buys. The order keeps its own copy."""

    name: Text | None = None
    email: Email | None = None


class LineIn(Sent):
    """
    A SKU times a quantity. `discount` and `tax` are of the whole line, `price` is per piece.

    Without a `price` the catalog's is taken. A `manual` line is a charge that is no product: it needs name and price.
    """

    sku: Sku
    quantity: Pieces
    price: Money | None = None
    name: Text | None = None
    manual: Flag = False
    discount: Money | None = None
    tax: Money | None = None

    @model_validator(mode="after")
    def _manual_lines_say_everything(self) -> Self:
        if self.manual and (self.name is None or self.price is None):
            raise PydanticCustomError("manual_line", "a manual line needs a name and a price")
        return self


class PaymentIn(Sent):
    """
    How it is paid. A card is authorized by the gateway's token; `manual` will be received by hand and counts nothing yet.

    Without an amount the only payment takes the whole total.
    """

    method: Literal["card", "manual"]
    token: Token | None = None
    amount: Money | None = None

    @model_validator(mode="after")
    def _cards_have_tokens(self) -> Self:
        if (self.method == "card") != (self.token is not None):
            raise PydanticCustomError("token", "a card needs the gateway's token, and nothing else has one")
        return self


class CheckoutIn(Sent):
    """
    Everything an order is made of. All amounts are in the market's currency.

    `shipping`, `discount` and `tax` are the order's own, beside those of its lines.
    """

    market: Code
    reference: Reference | None = None
    customer: CustomerIn = CustomerIn()
    ship_to: Address | None = None
    bill_to: Address | None = None
    shipping_method: Text | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=2000)]
    shipping: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    payments: Annotated[list[PaymentIn], Field(max_length=10, default_factory=list)]
    priority: Annotated[int, Field(strict=True, ge=-1000, le=1000)] = 0

    @model_validator(mode="after")
    def _several_payments_have_amounts(self) -> Self:
        if len(self.payments) > 1 and any(each.amount is None and each.method == "card" for each in self.payments):
            raise PydanticCustomError("amount", "of several payments each card needs an amount")
        return self

    def currencies(self) -> set[str]:
        """Give every currency that is named: there should be one, the market's."""
        return {each.currency for each in self._moneys() if each is not None}

    def _moneys(self) -> Iterator[Money | None]:
        yield from (self.shipping, self.discount, self.tax)
        yield from (payment.amount for payment in self.payments)
        for line in self.lines:
            yield from (line.price, line.discount, line.tax)

    def as_checkout(self) -> Checkout:
        """Give what the domain takes."""
        return Checkout(
            market=self.market,
            lines=[
                CheckoutLine(
                    sku=line.sku,
                    quantity=line.quantity,
                    price=None if line.price is None else line.price.amount,
                    name=line.name,
                    manual=line.manual,
                    discount=_amount(line.discount),
                    tax=_amount(line.tax),
                )
                for line in self.lines
            ],
            payments=[
                CheckoutPayment(each.token, None if each.amount is None else each.amount.amount)
                for each in self.payments
                if each.token is not None
            ],
            customer_name=self.customer.name,
            customer_email=self.customer.email,
            ship_to=_address(self.ship_to),
            bill_to=_address(self.bill_to),
            shipping_method=self.shipping_method,
            reference=self.reference,
            shipping=_amount(self.shipping),
            discount=_amount(self.discount),
            tax=_amount(self.tax),
            priority=self.priority,
        )


def _amount(money: Money | None) -> int:
    return 0 if money is None else money.amount


def _address(address: Address | None) -> dict[str, str] | None:
    return None if address is None else address.model_dump(exclude_none=True)


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
