"""A whole checkout, as a storefront posts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.checkout import (
    Checkout,
    CheckoutForm,
    CheckoutLine,
    CheckoutPayment,
    Destination,
    LinePart,
)
from web.schemas.base import (
    Address,
    Answer,
    Code,
    Email,
    Flag,
    Money,
    MoneyOut,
    Note,
    Pieces,
    Reference,
    Sent,
    ShortText,
    Sku,
    Text,
    Token,
)


class CustomerIn(Sent):
    """Who buys. The order keeps its own copy."""

    name: Text | None = None
    email: Email | None = None


class ContactIn(Sent):
    """Whom to ask about a section of an order."""

    name: Text | None = None
    email: Email | None = None
    phone: ShortText | None = None


class DestinationIn(Sent):
    """Where items go, by which method, and what that costs. `key` is how the lines name it."""

    key: Code
    ship_to: Address
    shipping_method: Text | None = None
    shipping: Money | None = None


class FormIn(Sent):
    """A section of the buyer's organization. `discount` is taken from its lines alone; `key` is how they name it."""

    key: Code
    name: Text | None = None
    contact: ContactIn | None = None
    bill_to: Address | None = None
    reference: Reference | None = None
    discount: Money | None = None


class PartIn(Sent):
    """Pieces of a line that go to one destination."""

    quantity: Pieces
    destination: Code | None = None
    gift: Flag = False
    gift_message: Note | None = None


class LineIn(Sent):
    """
    A SKU times a quantity. `discount` and `tax` are of the whole line, `price` is per piece.

    Without a `price` the catalog's is taken. A `manual` line is a charge that is no product: it needs name and price. `form`
    and `destination` name those of the checkout. `split` sends its pieces to several destinations: then destination and gift
    are said there.
    """

    sku: Sku
    quantity: Pieces
    price: Money | None = None
    name: Text | None = None
    manual: Flag = False
    discount: Money | None = None
    tax: Money | None = None
    options: Annotated[dict[Code, ShortText] | None, Field(max_length=20)] = None
    form: Code | None = None
    destination: Code | None = None
    gift: Flag = False
    gift_message: Note | None = None
    split: Annotated[list[PartIn] | None, Field(min_length=1, max_length=100)] = None

    @model_validator(mode="after")
    def _manual_lines_say_everything(self) -> Self:
        if self.manual and (self.name is None or self.price is None):
            raise PydanticCustomError("manual_line", "a manual line needs a name and a price")
        return self

    @model_validator(mode="after")
    def _splits_add_up(self) -> Self:
        if self.split is None:
            return self
        if self.destination is not None or self.gift or self.gift_message is not None:
            raise PydanticCustomError("split", "a line that is split says destination and gift with each part")
        if sum(part.quantity for part in self.split) != self.quantity:
            raise PydanticCustomError("split", "the parts of a line must add up to its quantity")
        return self

    def parts(self) -> list[PartIn]:
        """Give how its pieces are split; one part where they are not."""
        if self.split is not None:
            return self.split
        return [
            PartIn.model_construct(
                quantity=self.quantity, destination=self.destination, gift=self.gift, gift_message=self.gift_message
            )
        ]


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

    `shipping`, `discount` and `tax` are the order's own, beside those of its lines. `ship_to`, `shipping_method` and
    `shipping` are the destination of all lines that name none of `destinations`; `bill_to` belongs to the form of all that name
    none of `forms`.
    """

    market: Code
    reference: Reference | None = None
    customer: CustomerIn = CustomerIn()
    ship_to: Address | None = None
    bill_to: Address | None = None
    shipping_method: Text | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=2000)]
    forms: Annotated[list[FormIn], Field(max_length=100, default_factory=list)]
    destinations: Annotated[list[DestinationIn], Field(max_length=100, default_factory=list)]
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

    @model_validator(mode="after")
    def _keys_are_known_and_different(self) -> Self:
        for what, given, named in (
            ("form", [form.key for form in self.forms], {line.form for line in self.lines}),
            ("destination", [each.key for each in self.destinations], self._named_destinations()),
        ):
            if len(set(given)) < len(given):
                raise PydanticCustomError("key_twice", "two {what}s have the same key", {"what": what})
            if unknown := sorted(key for key in named - set(given) if key is not None):
                raise PydanticCustomError("key_unknown", "no {what} {key}", {"what": what, "key": unknown[0]})
        return self

    def _named_destinations(self) -> set[str | None]:
        return {part.destination for line in self.lines for part in line.parts()}

    def currencies(self) -> set[str]:
        """Give every currency that is named: there should be one, the market's."""
        return {each.currency for each in self._moneys() if each is not None}

    def _moneys(self) -> Iterator[Money | None]:
        yield from (self.shipping, self.discount, self.tax)
        yield from (payment.amount for payment in self.payments)
        yield from (form.discount for form in self.forms)
        yield from (destination.shipping for destination in self.destinations)
        for line in self.lines:
            yield from (line.price, line.discount, line.tax)

    def as_checkout(self) -> Checkout:
        """Give what the domain takes."""
        return Checkout(
            market=self.market,
            lines=[_line(line, position) for position, line in enumerate(self.lines, start=1)],
            payments=[
                CheckoutPayment(each.token, None if each.amount is None else each.amount.amount)
                for each in self.payments
                if each.token is not None
            ],
            forms=self._forms(),
            destinations=self._destinations(),
            customer_name=self.customer.name,
            customer_email=self.customer.email,
            reference=self.reference,
            discount=_amount(self.discount),
            tax=_amount(self.tax),
            priority=self.priority,
        )

    def _forms(self) -> list[CheckoutForm]:
        unnamed = [CheckoutForm(bill_to=_address(self.bill_to))]
        named = [
            CheckoutForm(
                name=form.name,
                contact=None if form.contact is None else form.contact.model_dump(exclude_none=True),
                bill_to=_address(form.bill_to) or _address(self.bill_to),
                reference=form.reference,
                discount=_amount(form.discount),
                key=form.key,
            )
            for form in self.forms
        ]
        return unnamed + named if not named or any(line.form is None for line in self.lines) else named

    def _destinations(self) -> list[Destination]:
        unnamed = [Destination(_address(self.ship_to), self.shipping_method, _amount(self.shipping))]
        named = [
            Destination(_address(each.ship_to), each.shipping_method, _amount(each.shipping), each.key)
            for each in self.destinations
        ]
        return unnamed + named if self.ship_to is not None or None in self._named_destinations() else named


def _line(line: LineIn, position: int) -> CheckoutLine:
    return CheckoutLine(
        sku=line.sku,
        quantity=line.quantity,
        price=None if line.price is None else line.price.amount,
        name=line.name,
        manual=line.manual,
        discount=_amount(line.discount),
        tax=_amount(line.tax),
        form=line.form or "",
        parts=[LinePart(part.quantity, part.destination or "", part.gift, part.gift_message) for part in line.parts()],
        options=line.options,
        position=position,
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
