"""Orders as customer service enters them: drafts, their parts, their review, their placement."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.checkout.checkout import Checkout, Destination
from fulfillment.checkout.revise import HeadChange
from fulfillment.drafts.contact import NewContact
from fulfillment.drafts.edit import DraftChange
from web.schemas.base import (
    Address,
    Flag,
    Id,
    Money,
    Reference,
    Sent,
    ShortText,
    Text,
)
from web.schemas.carts import FormOfCartIn, LineChangeIn
from web.schemas.content import ContentIn, LineIn
from web.schemas.parts import as_address, in_minor_units

Priority = Annotated[int, Field(strict=True, ge=-1000, le=1000)]
Codes = Annotated[list[ShortText], Field(max_length=20)]
_WORKED_OUT = "shipping and tax are worked out here: by the shipping method and the market's rate"


class DraftLineIn(LineIn):
    """A line of a draft. Without a `price` the catalog's is taken; with one it is kept who gave it."""

    @model_validator(mode="after")
    def _tax_is_worked_out(self) -> Self:
        if self.tax is not None:
            raise PydanticCustomError("worked_out", _WORKED_OUT)
        return self


class DraftLinesIn(Sent):
    """Lines that are added together, all or none."""

    lines: Annotated[list[DraftLineIn], Field(min_length=1, max_length=2000)]


class NewDraftIn(ContentIn):
    """
    An order to be entered. It belongs to a customer that is known (`customer_id`), or to a new one: `customer` and `address`.

    Without `ship_to` it goes to the customer's address. Shipping and tax are worked out.
    """

    customer_id: Id | None = None
    address: Address | None = None
    codes: Annotated[Codes, Field(default_factory=list)]
    priority: Priority = 0
    add_to_address_book: Flag = False

    @model_validator(mode="after")
    def _belongs_to_one_customer(self) -> Self:
        if (self.customer_id is None) == (self.customer.name is None):
            raise PydanticCustomError("customer", "say customer_id, or the name of a new customer")
        if self.customer_id is not None and (self.customer.email is not None or self.address is not None):
            raise PydanticCustomError("customer", "a known customer has an e-mail address and addresses of their own")
        return self

    @model_validator(mode="after")
    def _rest_is_worked_out(self) -> Self:
        priced = (self.shipping, self.tax, *(each.shipping for each in self.destinations))
        if any(amount is not None for amount in (*priced, *(line.tax for line in self.lines))):
            raise PydanticCustomError("worked_out", _WORKED_OUT)
        return self

    @model_validator(mode="after")
    def _book_needs_an_address(self) -> Self:
        if self.add_to_address_book and self.ship_to is None:
            raise PydanticCustomError("ship_to", "add_to_address_book needs ship_to")
        return self

    def as_checkout(self) -> Checkout:
        """Give what the domain takes. There is always a destination without a key: the customer's address is proposed for it."""
        checkout = super().as_checkout()
        destinations = list(checkout.destinations)
        if all(each.key for each in destinations):
            destinations.insert(0, Destination(as_address(self.ship_to), self.shipping_method))
        return replace(checkout, destinations=destinations, codes=self.codes, priority=self.priority)

    def new_contact(self) -> NewContact | None:
        """Give the new customer, if it is one."""
        if self.customer.name is None:
            return None
        return NewContact(self.customer.name, self.customer.email, as_address(self.address))


class DraftChangeIn(Sent):
    """What is changed of a draft as a whole; what is left out stays. `customer_id` makes it another customer's."""

    customer_id: Id | None = None
    reference: Reference | None = None
    priority: Priority = 0
    discount: Money | None = None
    codes: Annotated[Codes, Field(default_factory=list)]
    ship_to: Address | None = None
    shipping_method: Text | None = None
    bill_to: Address | None = None
    add_to_address_book: Flag = False

    @model_validator(mode="after")
    def _book_needs_an_address(self) -> Self:
        if self.add_to_address_book and self.ship_to is None:
            raise PydanticCustomError("ship_to", "add_to_address_book needs ship_to")
        return self

    def as_change(self) -> DraftChange:
        """Give what the domain takes."""
        said = self.model_fields_set
        head: HeadChange = {}
        if "reference" in said:
            head["reference"] = self.reference
        if "priority" in said:
            head["priority"] = self.priority
        if "discount" in said:
            head["discount"] = in_minor_units(self.discount)
        if "codes" in said:
            head["codes"] = self.codes
        destination = {"ship_to": as_address(self.ship_to), "shipping_method": self.shipping_method}
        return DraftChange(
            head,
            self.customer_id,
            form={"bill_to": as_address(self.bill_to)} if "bill_to" in said else {},
            destination={name: value for name, value in destination.items() if name in said},
            add_to_address_book=self.add_to_address_book,
        )


class DraftLineChangeIn(LineChangeIn):
    """What is changed of a line; what is left out stays. `price` null is the catalog's again; `split` parts it anew."""

    @model_validator(mode="after")
    def _tax_is_worked_out(self) -> Self:
        if self.tax is not None:
            raise PydanticCustomError("worked_out", _WORKED_OUT)
        return self


class DraftDestinationIn(Sent):
    """An address that items of a draft go to. The address book stays as it is unless `add_to_address_book` is true."""

    ship_to: Address
    shipping_method: Text | None = None
    add_to_address_book: Flag = False

    def as_destination(self, key: str) -> Destination:
        """Give what the domain takes."""
        return Destination(as_address(self.ship_to), self.shipping_method, key=key)


class DraftFormIn(FormOfCartIn):
    """A section of the buyer's organization. `discount` is taken from its lines alone."""


class ReorderIn(Sent):
    """An order is repeated as it is; what is to be different is changed in the draft."""
