"""Customers and their address books."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from web.schemas.base import Address, AddressOut, Answer, Email, Page, Sent, Text


class CustomersQuery(Page):
    """An e-mail address is matched as a whole."""

    email: Email | None = None


class NewCustomerIn(Sent):
    """A person or firm, with an address book."""

    name: Text
    email: Email | None = None
    addresses: Annotated[list[Address], Field(max_length=50, default_factory=list)]


class EntryOfBookOut(Answer):
    """An entry of an address book."""

    id: int
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
