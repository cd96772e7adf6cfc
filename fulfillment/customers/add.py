"""Add a customer, and addresses to the address book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fulfillment.customers.change import email_taken
from fulfillment.customers.models import Customer, CustomerAddress
from fulfillment.kernel.errors import Conflict, NotFound

_ADD = text("""
INSERT INTO customer (name, email, created_at) VALUES (:name, :email, :at) ON CONFLICT DO NOTHING RETURNING id
""")


def add_customer(
    session: Session, *, name: str, email: str | None, addresses: Sequence[Mapping[str, Any]], at: datetime
) -> int:
    """Add a customer with an address book; give the id. Raises Conflict where another one has this e-mail address."""
    customer_id: int | None = session.execute(_ADD, {"name": name, "email": email, "at": at}).scalar_one_or_none()
    if customer_id is None:
        raise email_taken()
    session.add_all(CustomerAddress(customer_id=customer_id, address=dict(address)) for address in addresses)
    session.flush()
    return customer_id


def add_address(session: Session, customer_id: int, address: Mapping[str, Any]) -> int:
    """Add an entry to the address book; orders keep the address they were placed with (AD8). Raises NotFound."""
    if session.scalar(select(Customer.id).where(Customer.id == customer_id)) is None:
        raise NotFound(f"no customer {customer_id}")
    entry = CustomerAddress(customer_id=customer_id, address=dict(address))
    session.add(entry)
    session.flush()
    return entry.id


def keep_in_book(session: Session, customer_id: int | None, address: Mapping[str, Any]) -> None:
    """
    Add an address of an order to its customer's book, unless it is there already (AD7).

    Raises Conflict `no_customer` where the order is no known customer's.
    """
    if customer_id is None:
        raise Conflict(
            "the order belongs to no known customer, so there is no address book",
            code="no_customer",
            guard="known_customer",
            remedy="leave add_to_address_book out",
        )
    book = select(CustomerAddress.address).where(CustomerAddress.customer_id == customer_id)
    if dict(address) not in session.scalars(book).all():
        add_address(session, customer_id, address)
