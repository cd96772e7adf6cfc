"""The parts of an order as clients send them, whether it is new, a cart or edited: destinations, forms, lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.checkout import CheckoutForm, Destination, LinePart
from web.schemas.base import (
    NO_OTHER_NAMES,
    Address,
    Code,
    Email,
    Flag,
    Money,
    Note,
    Pieces,
    Reference,
    Sent,
    ShortText,
    Sku,
    Text,
    no_card_number,
)

Options = Annotated[dict[Code, ShortText], Field(max_length=20), NO_OTHER_NAMES] | None
"""What was chosen of a product, by name."""


class ContactIn(Sent):
    """Whom to ask about a section of an order."""

    name: Text | None = None
    email: Email | None = None
    phone: ShortText | None = None


class DestinationDetails(Sent):
    """Where items go, by which method, and what that costs."""

    ship_to: Address
    shipping_method: Text | None = None
    shipping: Money | None = None

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield self.shipping

    def as_destination(self, key: str) -> Destination:
        """Give what the domain takes; `key` is how the lines name it."""
        return Destination(as_address(self.ship_to), self.shipping_method, in_minor_units(self.shipping), key)


class FormDetails(Sent):
    """A section of the buyer's organization. `discount` is taken from its lines alone."""

    name: Text | None = None
    contact: ContactIn | None = None
    bill_to: Address | None = None
    reference: Reference | None = None
    discount: Money | None = None

    def moneys(self) -> Iterator[Money | None]:
        """Give every amount it names."""
        yield self.discount

    def as_form(self, key: str) -> CheckoutForm:
        """Give what the domain takes; `key` is how the lines name it."""
        return CheckoutForm(
            name=self.name,
            contact=None if self.contact is None else self.contact.model_dump(exclude_none=True),
            bill_to=as_address(self.bill_to),
            reference=self.reference,
            discount=in_minor_units(self.discount),
            key=key,
        )


class PartIn(Sent):
    """Pieces of a line that go to one destination."""

    quantity: Pieces
    destination: Code | None = None
    gift: Flag = False
    gift_message: Note | None = None

    def as_part(self) -> LinePart:
        """Give what the domain takes."""
        return LinePart(self.quantity, self.destination or "", self.gift, self.gift_message)


class WantedLine(Sent):
    """A SKU times a quantity. `discount` and `tax` are of the whole line, `price` is per piece."""

    sku: Sku
    quantity: Pieces
    price: Money | None = None
    name: Text | None = None
    manual: Flag = False
    discount: Money | None = None
    tax: Money | None = None
    options: Options = None
    gift: Flag = False
    gift_message: Note | None = None

    @model_validator(mode="after")
    def _manual_lines_say_everything(self) -> Self:
        if self.manual and (self.name is None or self.price is None):
            raise PydanticCustomError("manual_line", "a manual line needs a name and a price")
        if self.manual:
            no_card_number(self.sku)  # No article has it: somebody typed it.
        return self


def in_minor_units(money: Money | None) -> int:
    """Give an amount as the domain takes it; nothing is 0."""
    return 0 if money is None else money.amount


def as_address(address: Address | None) -> dict[str, str] | None:
    """Give an address as the domain takes it."""
    return None if address is None else address.model_dump(exclude_none=True)
