"""Export: everything that is held about a person, as it is held."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.privacy.held import HELD, Held
from fulfillment.privacy.person import Person

_ALSO = (
    Held("shipment"),
    Held("parcel"),
    Held("item_delivery"),
    Held("parcel_delivery"),
    Held("money_transfer"),
    Held("exchange"),
    Held("timeline"),
)
"""What is about the person's orders and has nothing in it that is erased by name."""


def export(session: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Give every row about a person, by table; what lets somebody act as them or as us is left out."""
    held = {each.table: each for each in (*_ALSO, *HELD)}
    return {table: found for table, each in sorted(held.items()) if (found := _rows(session, each, person.parameters))}


def _rows(session: Session, held: Held, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    statement = f"SELECT to_jsonb(t) - CAST(:hides AS text[]) FROM {held.table} t WHERE {held.of}"  # noqa: S608 - our own names only
    return list(session.execute(text(statement), {**parameters, "hides": list(held.hides)}).scalars())
