"""Promise: how many pieces of a product may be promised, where, and from which day on. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.products import find_product
from fulfillment.catalog.warehouses import warehouse_codes
from fulfillment.inbound.expect import Coming, coming, day_of
from fulfillment.inventory.read import stock_of, waiting_for
from fulfillment.inventory.shelves import Place, Shelves, read_shelves, waiting_before

_AFTER_ALL: Final = 2**62


@dataclass(frozen=True, slots=True)
class PromisedAt:
    """What one warehouse has; `promised_on` is the day from which it can ship the pieces, if that is known."""

    warehouse: str
    stock: RowMapping | None
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class Promise:
    """
    What can be promised of a product, behind all who wait for it already.

    `promised_on` is the first day on which one warehouse can ship the `quantity`; None where not enough is announced.
    """

    sku: str
    quantity: int
    available: int
    waiting: int
    available_from: datetime | None
    promised_on: date | None
    places: Sequence[PromisedAt]
    deliveries: Sequence[tuple[str, date, int]]


def promise(session: Session, sku: str, quantity: int, *, at: datetime) -> Promise:
    """Say from which day on so many pieces of a product can be promised. Raises NotFound."""
    product = find_product(session, sku)
    day = max(at, product["available_from"] or at)  # before it, nothing of it is promised to anybody
    stock = {row["warehouse"]: row for row in stock_of(session, [sku], at=at)}
    expected = coming(session, [product["id"]])
    codes = warehouse_codes(session)
    shelves = _left(session, product["id"], at=day)
    places = [
        PromisedAt(code, stock.get(code), _day(shelves, expected, product["id"], warehouse_id, quantity, day))
        for warehouse_id, code in codes.items()
        if code in stock or any(each.warehouse_id == warehouse_id for each in expected)
    ]
    return Promise(
        sku,
        quantity,
        sum(max(0, row["available"]) for row in stock.values()),
        waiting_for(session, [sku])[sku],
        product["available_from"],
        min((each.promised_on for each in places if each.promised_on is not None), default=None),
        places,
        [(codes[each.warehouse_id], each.expected_on, each.pieces) for each in expected],
    )


def _left(session: Session, product_id: int, *, at: datetime) -> Shelves:
    """Give what is left when all who wait have been served."""
    shelves = read_shelves(session, [product_id], at=at)
    for waiter in waiting_before(session, [product_id], Place(0, at, _AFTER_ALL), at=at, leaving_out=()):
        shelves.keep(product_id, waiter.quantity, only=waiter.warehouse_id)
    return shelves


def _day(
    shelves: Shelves, expected: Sequence[Coming], product_id: int, warehouse_id: int, quantity: int, day: datetime
) -> date | None:
    missing = quantity - shelves.available(product_id, warehouse_id)
    if missing <= 0:
        return day.date()
    found = day_of(expected, product_id, warehouse_id, missing)
    return None if found is None else max(found, day.date())
