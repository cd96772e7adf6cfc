"""Whose order it is: a known customer or a new contact, who must have an address (AD1), which is proposed (AD2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout
from fulfillment.customers.add import add_customer
from fulfillment.customers.read import find_customer
from fulfillment.kernel.errors import Invalid, NotFound

Address = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person or firm that is not known yet."""

    name: str
    email: str | None
    address: Address | None


def with_new_contact(session: Session, checkout: Checkout, contact: NewContact, *, at: datetime) -> Checkout:
    """
    Add a contact to the customers, with the address, and make the order theirs.

    Raises Invalid without an address (AD1), Conflict where another customer has this e-mail address.
    """
    address = contact.address or _said(checkout)
    if address is None:
        raise _without_address(contact.name, "send the contact's address")
    customer_id = add_customer(session, name=contact.name, email=contact.email, addresses=[address], at=at)
    checkout = replace(checkout, customer_id=customer_id, customer_name=contact.name, customer_email=contact.email)
    return _proposing(checkout, address)


def with_customer(session: Session, checkout: Checkout, customer_id: int) -> Checkout:
    """
    Make the order a known customer's; the first entry of the address book is proposed where no address is said (AD2).

    Raises Invalid for a customer that is not there, or who has no address while none is said (AD1).
    """
    try:
        found = find_customer(session, customer_id)
    except NotFound:
        raise Invalid(
            f"no customer {customer_id}", code="unknown_customer", remedy="find it: GET /v1/customers?email="
        ) from None
    customer = found.customer
    book: list[Address] = [entry["address"] for entry in found.addresses]
    address = _said(checkout) or next(iter(book), None)
    if address is None:
        remedy = f"add one: POST /v1/customers/{customer_id}/addresses, or send ship_to"
        raise _without_address(customer["name"], remedy)
    checkout = replace(
        checkout, customer_id=customer_id, customer_name=customer["name"], customer_email=customer["email"]
    )
    return _proposing(checkout, address)


def _said(checkout: Checkout) -> Address | None:
    return next((each.ship_to for each in checkout.destinations if each.ship_to is not None), None)


def _proposing(checkout: Checkout, address: Address) -> Checkout:
    if _said(checkout) is not None:
        return checkout
    first, *others = checkout.destinations
    return replace(checkout, destinations=[replace(first, ship_to=address), *others])


def _without_address(name: str, remedy: str) -> Invalid:
    return Invalid(f"{name} has no address", code="contact_without_address", guard="address", remedy=remedy)
