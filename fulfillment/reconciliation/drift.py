"""What a kind of drift is, and how its items are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.reconciliation.states import DriftClass
from fulfillment.timeline.changes import Changes

MOST_FOUND: Final = 10_000
"""Of one rule, in one run: what is more is found by the next."""

_ORDERS = text("SELECT id, number FROM purchase_order WHERE number = ANY (CAST(:numbers AS text[]))")


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair is given: the row as it is now, its order (locked) if it has one, and the change to write it into."""

    session: Session
    changes: Changes
    row: Mapping[str, Any]
    order: OrderUnderLock | None
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """
    One rule that something may have drifted from. `query` gives what has: with `number` where it is of an order.

    `place` names the columns by which the same thing is known again, `only` narrows the query to what `repair` can put right.
    """

    drift: DriftClass
    rule: str
    query: str
    place: tuple[str, ...]
    repair: Callable[[Repair], Mapping[str, Any]]
    only: str = "true"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that has drifted."""

    place: Mapping[str, Any]
    order_id: int | None
    facts: Mapping[str, Any]


def find(session: Session, drift: Drift, *, at: datetime) -> list[Found]:
    """Give what has drifted from a rule at this moment; it takes no lock that anybody would wait for."""
    rows = _rows(session, drift, f"LIMIT {MOST_FOUND}", {"at": at})
    orders = _order_ids(session, rows)
    return [Found({name: row[name] for name in drift.place}, orders.get(row.get("number")), row) for row in rows]


def find_again(
    session: Session, drift: Drift, place: Mapping[str, Any], *, number: str | None, at: datetime
) -> Mapping[str, Any] | None:
    """Give one thing, of the order of this `number`, as it stands now, or None where it has not drifted any more."""
    types = {name: "text" if isinstance(value, str) else "bigint" for name, value in place.items()}
    named = " AND ".join(f"v.{name} = CAST(:place_{name} AS {types[name]})" for name in drift.place)
    values = {f"place_{name}": place[name] for name in drift.place}
    if number is not None:  # By it the database finds the order at once.
        named, values = f"{named} AND v.number = :number", {**values, "number": number}
    rows = _rows(session, drift, "LIMIT 1", {"at": at, **values}, f" AND {named}")
    return rows[0] if rows else None


def _rows(
    session: Session, drift: Drift, limit: str, parameters: Mapping[str, Any], further: str = ""
) -> list[dict[str, Any]]:
    statement = f"SELECT * FROM ({drift.query}) v WHERE ({drift.only}){further} {limit}"  # noqa: S608 - our own names only
    bound = {name: value for name, value in parameters.items() if f":{name}" in statement}
    rows = session.execute(text(statement), bound).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _order_ids(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[Any, int]:
    numbers = sorted({row["number"] for row in rows if row.get("number") is not None})
    return {row.number: row.id for row in session.execute(_ORDERS, {"numbers": numbers})} if numbers else {}


def _plain(value: object) -> object:
    """What can be kept as JSON and compared: sums are integers, times are written out."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value)
    return value.isoformat() if isinstance(value, datetime) else value
