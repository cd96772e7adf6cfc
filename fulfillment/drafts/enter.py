"""Enter: customer service takes an order, by telephone for example (OL5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.revise import add_lines
from fulfillment.customers.add import keep_in_book
from fulfillment.drafts.begin import begin
from fulfillment.drafts.contact import NewContact, with_customer, with_new_contact
from fulfillment.drafts.edit import refuse_several_addresses, sellable
from fulfillment.kernel.cause import Cause


def enter(
    session: Session,
    checkout: Checkout,
    *,
    customer_id: int | None,
    contact: NewContact | None,
    add_to_address_book: bool,
    cause: Cause,
    at: datetime,
) -> int:
    """
    Begin a draft for a known customer or a new contact; give the order's id (OL5, AD1, AD2, ST6).

    Raises Invalid for a market, a customer or a product that does not exist, or a contact without an address; Conflict where
    another customer has the contact's e-mail address, or where several addresses are given for one item (AD3).
    """
    if contact is not None:
        checkout = with_new_contact(session, checkout, contact, at=at)
    elif customer_id is not None:
        checkout = with_customer(session, checkout, customer_id)
    lines = sellable(session, checkout, checkout.lines)
    checkout = add_lines(replace(checkout, lines=()), lines, by=cause.actor)
    if lines:
        refuse_several_addresses(session, checkout, at=at)
    if add_to_address_book:
        address = next(each.ship_to for each in checkout.destinations if not each.key)
        assert address is not None, "the address to add is said"
        keep_in_book(session, checkout.customer_id, address)
    return begin(session, checkout, cause=cause, at=at)
