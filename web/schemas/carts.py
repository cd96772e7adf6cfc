"""Carts and wish lists, as clients send them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.revise import HeadChange, LineChange
from web.schemas.base import (
    Address,
    Code,
    Email,
    Flag,
    Id,
    Moment,
    Money,
    Note,
    Page,
    Pieces,
    Reference,
    Sent,
    Text,
)
from web.schemas.checkouts import PaidIn
from web.schemas.content import Codes, ContentIn, CustomerIn, LineIn
from web.schemas.markets import Seconds
from web.schemas.parts import DestinationDetails, FormDetails, Options, PartIn, as_address, in_minor_units

Kind = Literal["cart", "wish_list"]
Position = Annotated[int, Field(strict=True, ge=1, le=2**31)]


def _once(named: list[int]) -> list[int]:
    if len(set(named)) < len(named):
        raise PydanticCustomError("named_twice", "must not name anything twice")
    return named


class KnownCustomerIn(CustomerIn):
    """Who collects. `id` is the customer's account, if any: name and e-mail that are not given are taken from there."""

    id: Id | None = None


class CartIn(ContentIn):
    """A cart or a wish list as it is begun; it may be empty. All amounts are in the market's currency."""

    kind: Kind = "cart"
    customer: KnownCustomerIn = KnownCustomerIn()
    codes: Annotated[Codes, Field(default_factory=list)]


class CartChangeIn(Sent):
    """
    What is changed of a cart as a whole; what is left out stays, and null takes it away.

    `ship_to`, `shipping_method` and `shipping` are of the destination of all lines that name none, `bill_to` of the form of all
    lines that name none.
    """

    customer: KnownCustomerIn | None = None
    reference: Reference | None = None
    codes: Codes | None = None
    discount: Money | None = None
    tax: Money | None = None
    ship_to: Address | None = None
    shipping_method: Text | None = None
    shipping: Money | None = None
    bill_to: Address | None = None

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield from (self.discount, self.tax, self.shipping)

    def as_change(self) -> HeadChange:
        """Give what the domain takes."""
        said = self.model_fields_set
        change: HeadChange = {}
        if "customer" in said:
            customer = self.customer or KnownCustomerIn()
            change |= {"customer_id": customer.id, "customer_name": customer.name, "customer_email": customer.email}
        if "reference" in said:
            change["reference"] = self.reference
        if "codes" in said:
            change["codes"] = self.codes or []
        if "discount" in said:
            change["discount"] = in_minor_units(self.discount)
        if "tax" in said:
            change["tax"] = in_minor_units(self.tax)
        return change

    def of_destination(self) -> dict[str, Any]:
        """Give what changes of the destination that has no key."""
        found = {
            "ship_to": as_address(self.ship_to),
            "shipping_method": self.shipping_method,
            "shipping": in_minor_units(self.shipping),
        }
        return {name: value for name, value in found.items() if name in self.model_fields_set}

    def of_form(self) -> dict[str, Any]:
        """Give what changes of the form that has no key."""
        return {"bill_to": as_address(self.bill_to)} if "bill_to" in self.model_fields_set else {}


class LinesIn(Sent):
    """Lines to be added, all or none."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=2000)]

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        for line in self.lines:
            yield from line.moneys()


class LineChangeIn(Sent):
    """
    What is changed of a line; what is left out stays.

    A `price` of null is the catalog's again. `destination`, `gift` and `gift_message` are of a line that is not split; `split`
    sends its pieces to several destinations. A `form` or `destination` of null is the one without a key.
    """

    quantity: Pieces | None = None
    price: Money | None = None
    name: Text | None = None
    discount: Money | None = None
    tax: Money | None = None
    options: Options = None
    form: Code | None = None
    destination: Code | None = None
    gift: Flag | None = None
    gift_message: Note | None = None
    split: Annotated[list[PartIn] | None, Field(min_length=1, max_length=100)] = None

    @model_validator(mode="after")
    def _splits_say_it_themselves(self) -> Self:
        if self.split is not None and self.model_fields_set & {"destination", "gift", "gift_message"}:
            raise PydanticCustomError("split", "a line that is split says destination and gift with each part")
        return self

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield from (self.price, self.discount, self.tax)

    def as_change(self) -> LineChange:
        """Give what the domain takes: what was said, and nothing else."""
        quantity = self.quantity
        if quantity is None and self.split is not None:
            quantity = sum(part.quantity for part in self.split)
        change: LineChange = {}
        if quantity is not None:
            change["quantity"] = quantity
        if self.gift is not None:
            change["gift"] = self.gift
        if self.split is not None:
            change["parts"] = [part.as_part() for part in self.split]
        return change | self._others()

    def _others(self) -> LineChange:
        """Give what null takes away."""
        whole: LineChange = {
            "price": None if self.price is None else self.price.amount,
            "name": self.name,
            "discount": in_minor_units(self.discount),
            "tax": in_minor_units(self.tax),
            "options": self.options,
            "form": self.form or "",
            "destination": self.destination or "",
            "gift_message": self.gift_message,
        }
        said = {name: value for name, value in whole.items() if name in self.model_fields_set}
        return cast("LineChange", said)


class FormOfCartIn(FormDetails):
    """A section of the buyer's organization, all of it: what is left out is not there. Its key is in the path."""


class DestinationOfCartIn(DestinationDetails):
    """Where items go, by which method, and what that costs. Its key is in the path."""


class MoveIn(Sent):
    """Lines, by their positions, that go `to` another cart or wish list."""

    positions: Annotated[list[Position], Field(min_length=1, max_length=2000), AfterValidator(_once)]
    to: Id


class ReservationIn(Sent):
    """For how long; without it as long as the market says."""

    seconds: Seconds | None = None


class EmptyingIn(Sent):
    """Nothing is asked: all lines go, all else stays."""


class DeletionIn(Sent):
    """A selection of carts, over as many pages as it took."""

    cart_ids: Annotated[list[Id], Field(min_length=1, max_length=10_000), AfterValidator(_once)]


class CartCheckoutIn(PaidIn):
    """
    How a cart is paid. `total` is what its customer was shown: where it costs something else now, nothing is placed.

    No payments at all: it is paid by telephone.
    """

    total: Money | None = None

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield self.total
        yield from (payment.amount for payment in self.payments)


class ConversionIn(Sent):
    """
    Make an order of a cart by hand. `manual_payment` records what was received by telephone, or of which the rest is outstanding.

    `total` is what the customer was told: where it costs something else now, nothing is placed.
    """

    total: Money | None = None
    manual_payment: Money | None = None

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield from (self.total, self.manual_payment)


class CartsQuery(Page):
    """What a list of carts is narrowed to. A name matches in part (`%` stands for anything), an e-mail as a whole."""

    kind: Kind | None = None
    market: Annotated[list[Code], Field(max_length=100, default_factory=list)]
    customer_id: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    customer_name: Text | None = None
    customer_email: Email | None = None
    updated_from: Moment | None = None
    updated_to: Moment | None = None
    converted: bool | None = None
