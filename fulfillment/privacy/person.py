"""Whom it is about: a known customer, or a guest who is known by an e-mail address alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Person:
    """A person, and the orders that are theirs, in the order of ids."""

    customer_id: int | None
    email: str | None
    orders: Mapping[int, str]
    """Numbers by id."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the statements about a person ask for."""
        return {"customer": self.customer_id, "email": self.email, "orders": list(self.orders)}


_CUSTOMER = text("SELECT id, email FROM customer WHERE id = :id FOR NO KEY UPDATE")
_BY_EMAIL = text("SELECT id, email FROM customer WHERE lower(email) = lower(:email) FOR NO KEY UPDATE")
# What a guest ordered with the address belongs to whoever has it; what is another customer's stays that customer's.
_ORDERS = text("""
SELECT id, number FROM purchase_order
 WHERE customer_id = :customer
    OR customer_id IS NULL AND lower(customer_email) = lower(CAST(:email AS text))
 ORDER BY id
""")


def customer_person(session: Session, customer_id: int) -> Person:
    """Find a customer, whose row is locked until the end of the transaction. Raises NotFound."""
    row = session.execute(_CUSTOMER, {"id": customer_id}).one_or_none()
    if row is None:
        raise NotFound(f"no customer {customer_id}")
    return _with_orders(session, row.id, row.email)


def person_of(session: Session, email: str) -> Person:
    """Find who has an e-mail address: the customer of it, if there is one, and what was ordered with it as a guest."""
    row = session.execute(_BY_EMAIL, {"email": email}).one_or_none()
    return _with_orders(session, row.id if row else None, email)


def _with_orders(session: Session, customer_id: int | None, email: str | None) -> Person:
    rows = session.execute(_ORDERS, {"customer": customer_id, "email": email})
    return Person(customer_id, email, {row.id: row.number for row in rows})
