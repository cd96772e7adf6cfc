"""Shipping methods and what they cost in each market."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.catalog.models import Buys
from fulfillment.catalog.shipping_carriers import Binding
from fulfillment.catalog.shipping_methods import MethodPrice, NewShippingMethod
from web.schemas.base import Answer, Code, Flag, Money, MoneyOut, Page, Sent, Text, no_card_number


class ShippingMethodsQuery(Page):
    """Of a `market`: only what may be chosen there."""

    market: Code | None = None


class ShippingPriceIn(Sent):
    """What a method costs in a market; nothing where the goods, after discounts, come to `free_from` or more."""

    market: Code
    price: Money
    free_from: Money | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> ShippingPriceIn:
        if self.free_from is not None and self.free_from.currency != self.price.currency:
            raise PydanticCustomError("one_currency", "price and free_from must be in one currency")
        return self

    def as_price(self) -> MethodPrice:
        """Give what the domain takes."""
        free_from = None if self.free_from is None else self.free_from.amount
        return MethodPrice(self.market, self.price.amount, self.price.currency, free_from)


class ShippingMethodChangeIn(Sent):
    """A method as a whole. It is offered in the markets it has a price for, while it is `active`."""

    name: Text
    prices: Annotated[list[ShippingPriceIn], Field(max_length=200, default_factory=list)]
    active: Flag = True

    def as_method(self, code: str) -> NewShippingMethod:
        """Give what the domain takes."""
        return NewShippingMethod(code, self.name, [each.as_price() for each in self.prices], self.active)


class ShippingMethodIn(ShippingMethodChangeIn):
    """A method as it is added."""

    code: Code


Service = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$"), AfterValidator(no_card_number)]


class BindingIn(Sent):
    """
    The carrier of a method, and by which of its services: of several the cheapest, of two alike the first.

    `when_packed` buys the label of a parcel by itself, once its shipment is packed whole and it is weighed. With
    `label_required` nothing leaves without a label.
    """

    code: Service
    services: Annotated[list[Service], Field(min_length=1, max_length=20)]
    buys: Buys = Buys.ON_REQUEST
    label_required: Flag = False

    def as_binding(self) -> Binding:
        """Give what the domain takes."""
        return Binding(self.code, self.services, self.buys, self.label_required)


class ShippingMethodPatchIn(Sent):
    """What is to change of a method: its carrier; null takes it away."""

    carrier: BindingIn | None


class BindingOut(Answer):
    """The carrier of a method, its services, when labels are bought, and whether nothing leaves without one."""

    code: str
    services: list[str]
    buys: str
    label_required: bool


class ShippingPriceOut(Answer):
    """What a method costs in a market; nothing where the goods come to `free_from` or more."""

    market: str
    price: MoneyOut
    free_from: MoneyOut | None


class ShippingMethodOut(Answer):
    """A shipping method, its prices by market, and the carrier that it is bound to."""

    code: str
    name: str
    active: bool
    prices: list[ShippingPriceOut]
    carrier: BindingOut | None


class ShippingMethodsOut(Answer):
    """A page of shipping methods, by code."""

    shipping_methods: list[ShippingMethodOut]
    next: str | None
