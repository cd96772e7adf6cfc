"""What an order is made of, as clients send it: customer, forms, destinations, lines. Shared by checkouts, carts and drafts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from web.schemas.base import (
    Address,
    Code,
    Email,
    Money,
    Reference,
    Sent,
    Text,
)
from web.schemas.parts import DestinationDetails, FormDetails, PartIn, WantedLine, as_address, in_minor_units

Codes = Annotated[list[Code], Field(max_length=20)]
"""Promotion codes."""


class CustomerIn(Sent):
    """Who buys. The order keeps its own copy."""

    name: Text | None = None
    email: Email | None = None


class DestinationIn(DestinationDetails):
    """Where items go, by which method, and what that costs. `key` is how the lines name it."""

    key: Code


class FormIn(FormDetails):
    """A section of the buyer's organization. `discount` is taken from its lines alone; `key` is how they name it."""

    key: Code


class LineIn(WantedLine):
    """
    A SKU times a quantity. `discount` and `tax` are of the whole line, `price` is per piece.

    Without a `price` the catalog's is taken. A `manual` line is a charge that is no product: it needs name and price. `form`
    and `destination` name those of the checkout. `split` sends its pieces to several destinations: then destination and gift
    are said there.
    """

    form: Code | None = None
    destination: Code | None = None
    split: Annotated[list[PartIn] | None, Field(min_length=1, max_length=100)] = None

    @model_validator(mode="after")
    def _splits_add_up(self) -> Self:
        if self.split is None:
            return self
        if self.destination is not None or self.gift or self.gift_message is not None:
            raise PydanticCustomError("split", "a line that is split says destination and gift with each part")
        if sum(part.quantity for part in self.split) != self.quantity:
            raise PydanticCustomError("split", "the parts of a line must add up to its quantity")
        return self

    def as_line(self, position: int | None = None) -> CheckoutLine:
        """Give what the domain takes."""
        return CheckoutLine(
            sku=self.sku,
            quantity=self.quantity,
            price=None if self.price is None else self.price.amount,
            name=self.name,
            manual=self.manual,
            discount=in_minor_units(self.discount),
            tax=in_minor_units(self.tax),
            form=self.form or "",
            parts=self._parts(),
            options=self.options,
            position=position,
        )

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield from (self.price, self.discount, self.tax)

    def destinations(self) -> Iterator[str | None]:
        """Give where its pieces go: one destination, or that of each part."""
        return iter([self.destination]) if self.split is None else (part.destination for part in self.split)

    def _parts(self) -> list[LinePart]:
        if self.split is not None:
            return [part.as_part() for part in self.split]
        return [LinePart(self.quantity, self.destination or "", self.gift, self.gift_message)]


class ContentIn(Sent):
    """
    Everything an order is made of, but for its payments. All amounts are in the market's currency.

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
    lines: Annotated[list[LineIn], Field(max_length=2000, default_factory=list)]
    forms: Annotated[list[FormIn], Field(max_length=100, default_factory=list)]
    destinations: Annotated[list[DestinationIn], Field(max_length=100, default_factory=list)]
    shipping: Money | None = None
    discount: Money | None = None
    tax: Money | None = None

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
        return {each for line in self.lines for each in line.destinations()}

    def currencies(self) -> set[str]:
        """Give every currency that is named: there should be one, the market's."""
        return {each.currency for each in self.moneys() if each is not None}

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield from (self.shipping, self.discount, self.tax)
        members: list[FormIn | DestinationIn | LineIn] = [*self.forms, *self.destinations, *self.lines]
        for member in members:
            yield from member.moneys()

    def as_checkout(self) -> Checkout:
        """Give what the domain takes."""
        return Checkout(
            market=self.market,
            lines=[line.as_line(position) for position, line in enumerate(self.lines, start=1)],
            forms=self._forms(),
            destinations=self._destinations(),
            customer_name=self.customer.name,
            customer_email=self.customer.email,
            reference=self.reference,
            discount=in_minor_units(self.discount),
            tax=in_minor_units(self.tax),
        )

    def _forms(self) -> list[CheckoutForm]:
        unnamed = [CheckoutForm(bill_to=as_address(self.bill_to))]
        named = [form.as_form(form.key) for form in self.forms]
        named = [form if form.bill_to else replace(form, bill_to=as_address(self.bill_to)) for form in named]
        return unnamed + named if not named or any(line.form is None for line in self.lines) else named

    def _destinations(self) -> list[Destination]:
        unnamed = [Destination(as_address(self.ship_to), self.shipping_method, in_minor_units(self.shipping))]
        named = [each.as_destination(each.key) for each in self.destinations]
        return unnamed + named if not named or self.ship_to is not None or None in self._named_destinations() else named
