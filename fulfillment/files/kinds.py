"""What each kind of file holds, where it comes from and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fulfillment.client.api import JSON, Api
from fulfillment.files import customers, orders, products, stock
from fulfillment.files.columns import Column
from fulfillment.files.outcome import Outcome, Way


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of file.

    `columns` are those of its CSV; what `shown` names is written and, in a file that is taken in, not looked at. `take` takes rows
    in together, at most `at_once`; it raises RefusedError where the whole set is refused.
    """

    columns: tuple[Column, ...]
    read: Callable[[Api, bool], Iterator[JSON]]
    take: Callable[[Api, Sequence[JSON], Way], Outcome]
    at_once: int
    written: tuple[Column, ...] | None = None
    shown: frozenset[str] = frozenset()


KINDS: Final = {
    "products": Kind(products.COLUMNS, products.read, products.take, 200, shown=products.SHOWN),
    "stock": Kind(stock.COLUMNS, stock.read, stock.take, 100, shown=stock.SHOWN),
    "customers": Kind(customers.COLUMNS, customers.read, customers.take, 1, shown=customers.SHOWN),
    "orders": Kind(orders.COLUMNS, orders.read, orders.take, 1, written=orders.LISTED),
}
