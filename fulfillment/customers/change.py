"""Change a customer: name, e-mail address, and the entries of the address book. Orders keep their own copy (AD8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Result, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, NotFound

_LOCK = text("SELECT id FROM customer WHERE id = :id FOR NO KEY UPDATE")
_CHANGEABLE: Final = ("name", "email")
_CHANGE = text(f"""
UPDATE customer AS c SET {", ".join(f"{name} = v.{name}" for name in _CHANGEABLE)}
  FROM (SELECT n.* FROM customer o, jsonb_populate_record(o, CAST(:changes AS jsonb)) AS n WHERE o.id = :id) AS v
 WHERE c.id = :id
""")  # noqa: S608 - our own names only
_REPLACE = text("""
UPDATE customer_address SET address = CAST(:address AS jsonb) WHERE id = :id AND customer_id = :customer_id RETURNING id
""")
_REMOVE = text("DELETE FROM customer_address WHERE id = :id AND customer_id = :customer_id RETURNING id")
_HAS_ANOTHER = text("SELECT EXISTS (SELECT FROM customer_address WHERE customer_id = :customer_id AND id <> :id)")
_NO_DEFAULT = text("UPDATE customer_address SET is_default = false WHERE customer_id = :customer_id AND is_default")
_DEFAULT = text(
    "UPDATE customer_address SET is_default = true WHERE id = :id AND customer_id = :customer_id RETURNING id"
)


def change_customer(session: Session, customer_id: int, changes: Mapping[str, Any]) -> None:
    """Change name, e-mail address, or both. Raises NotFound, Conflict where another customer has the e-mail address."""
    _lock(session, customer_id)
    try:
        with session.begin_nested():
            session.execute(_CHANGE, {"id": customer_id, "changes": json.dumps(dict(changes))})
    except IntegrityError:
        raise email_taken() from None


def email_taken() -> Conflict:
    """Say that an e-mail address is another customer's."""
    return Conflict(
        "another customer has this e-mail address",
        code="email_taken",
        remedy="find that customer by the address: GET /v1/customers?email=",
    )


def change_address(session: Session, customer_id: int, address_id: int, address: Mapping[str, Any]) -> None:
    """Write an entry of the address book anew; orders keep the address they were placed with (AD8). Raises NotFound."""
    _lock(session, customer_id)
    _expect_entry(session.execute(_REPLACE, {**_entry(customer_id, address_id), "address": json.dumps(dict(address))}))


def choose_default_address(session: Session, customer_id: int, address_id: int) -> None:
    """Make an entry the one that is proposed first (AD2). Raises NotFound."""
    _lock(session, customer_id)
    session.execute(_NO_DEFAULT, {"customer_id": customer_id})
    _expect_entry(session.execute(_DEFAULT, _entry(customer_id, address_id)))


def remove_address(session: Session, customer_id: int, address_id: int) -> None:
    """Take an entry out of the address book. Raises NotFound, Conflict where it is the only one (AD1)."""
    _lock(session, customer_id)
    entry = _entry(customer_id, address_id)
    _expect_entry(session.execute(_REMOVE, entry))
    if not session.execute(_HAS_ANOTHER, entry).scalar_one():
        raise Conflict(
            "it is the customer's only address",
            code="last_address",
            guard="has_another_address",
            remedy=f"add another one first: POST /v1/customers/{customer_id}/addresses",
        )


def _lock(session: Session, customer_id: int) -> None:
    if session.execute(_LOCK, {"id": customer_id}).one_or_none() is None:
        raise NotFound(f"no customer {customer_id}")


def _entry(customer_id: int, address_id: int) -> dict[str, int]:
    return {"id": address_id, "customer_id": customer_id}


def _expect_entry(found: Result[Any]) -> None:
    if found.one_or_none() is None:
        raise NotFound("no such entry in the customer's address book")
