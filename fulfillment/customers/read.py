"""Customers as they are shown. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.terms import read_search

_PAGE = text("""
SELECT id, name, email, created_at FROM customer WHERE id > :after ORDER BY id LIMIT :limit
""")
_BY_EMAIL = text("SELECT id, name, email, created_at FROM customer WHERE lower(email) = lower(:email) AND id > :after")
_SEARCH = text("""
SELECT id, name, email, created_at FROM customer
 WHERE trigrams @> text_trigrams(:pieces) AND (name ILIKE :pattern OR email ILIKE :pattern) AND id > :after
 ORDER BY id LIMIT :limit
""")
_ONE = text("SELECT id, name, email, created_at FROM customer WHERE id = :id")
_ADDRESSES = text("""
SELECT id, customer_id, address, is_default FROM customer_address WHERE customer_id = ANY (CAST(:ids AS bigint[]))
 ORDER BY is_default DESC, id
""")


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer and the address book, first the address that is proposed (AD2)."""

    customer: RowMapping
    addresses: Sequence[RowMapping]


def list_customers(
    session: Session, *, email: str | None = None, search: str | None = None, after: int = 0, limit: int = 50
) -> list[CustomerView]:
    """
    List customers by id; an `email` address is matched as a whole (FI2), whatever its capitals.

    `search` is any part of the name or the e-mail address. Raises Invalid where it has less than three characters in a row.
    """
    if email is None and search is not None:
        term = read_search("q", search)
        asked = {"after": after, "limit": limit, **term.parameters}
        rows = session.execute(_SEARCH, asked).mappings().all()
    elif email is None:
        rows = session.execute(_PAGE, {"after": after, "limit": limit}).mappings().all()
    else:
        rows = session.execute(_BY_EMAIL, {"email": email, "after": after}).mappings().all()
    return _with_addresses(session, rows)


def find_customer(session: Session, customer_id: int) -> CustomerView:
    """Give one customer. Raises NotFound."""
    rows = session.execute(_ONE, {"id": customer_id}).mappings().all()
    if not rows:
        raise NotFound(f"no customer {customer_id}")
    return _with_addresses(session, rows)[0]


def _with_addresses(session: Session, customers: Sequence[RowMapping]) -> list[CustomerView]:
    found = session.execute(_ADDRESSES, {"ids": [customer["id"] for customer in customers]}).mappings().all()
    return [
        CustomerView(customer, [entry for entry in found if entry["customer_id"] == customer["id"]])
        for customer in customers
    ]
