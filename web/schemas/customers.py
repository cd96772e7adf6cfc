"""Customers and their address books."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import Address, AddressOut, Answer, Email, Fragment, Page, Sent, Text


class CustomersQuery(Page):
    """`email` is matched as a whole; `q` is any part of name or e-mail address, three characters or more."""

    email: Email | None = None
    q: Fragment | None = None

    @model_validator(mode="after")
    def _one_way(self) -> CustomersQuery:
        if self.email is not None and self.q is not None:
            raise PydanticCustomError("one_way", "look for email or for q, not for both")
        return self


class NewCustomerIn(Sent):
    """A person or firm, with an address book."""

    name: Text
    email: Email | None = None
    addresses: Annotated[list[Address], Field(max_length=50, default_factory=list)]


class CustomerChangeIn(Sent):
    """What is to be changed of a customer; what is left out stays. An `email` of null takes it away."""

    name: Text | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _something(self) -> CustomerChangeIn:
        if not self.model_fields_set or ("name" in self.model_fields_set and self.name is None):
            raise PydanticCustomError("nothing_to_change", "name what is to be changed, and say what it becomes")
        return self


class ChosenIn(Sent):
    """Nothing needs to be said."""


class EntryOfBookOut(Answer):
    """An entry of an address book. The first is what is proposed; it is the `default` where one was chosen."""

    id: int
    default: bool
    address: AddressOut


class CustomerBookOut(Answer):
    """A customer with the address book."""

    id: int
    name: str
    email: str | None
    created_at: str
    addresses: list[EntryOfBookOut]


class CustomersOut(Answer):
    """A page of customers, by id."""

    customers: list[CustomerBookOut]
    next: str | None
