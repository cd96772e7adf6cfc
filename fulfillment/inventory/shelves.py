"""What may be promised of some products, while their stock rows are locked. The rule of strict filling stands here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text

from fulfillment.db.session import Executor
from fulfillment.kernel.immutable import immutable

# (product, pieces) needed by one shipment.
Needs = Mapping[int, int]

FREE: Final = """
CASE WHEN s.available_from > CAST(:at AS timestamptz) THEN 0 ELSE s.on_hand - s.allocated - s.safety END"""
"""Pieces of a stock row `s` that may be promised at `:at`, before carts: none of what is not sold yet."""

RESERVED: Final = """
(SELECT coalesce(sum(r.quantity), 0)::bigint FROM cart_reservation r
  WHERE r.product_id = s.product_id AND r.warehouse_id = s.warehouse_id AND r.expires_at > CAST(:at AS timestamptz))"""
"""Pieces of a stock row `s` that carts hold at `:at`. Not in a statement that locks: it would see what was before the lock."""

_STOCK: Final = f"""
SELECT s.product_id, s.warehouse_id, {FREE} AS available, s.reserved_until > CAST(:at AS timestamptz) AS reserved, w.priority
  FROM stock s JOIN warehouse w ON w.id = s.warehouse_id
 WHERE s.product_id = ANY (CAST(:ids AS bigint[])) ORDER BY s.product_id, s.warehouse_id
"""  # noqa: S608 - our own names only
_READ = text(_STOCK)
_LOCK = text(f"{_STOCK} FOR NO KEY UPDATE OF s")
# Whoever is not covered any more is not given stock, so nothing is kept for them either: they try again once they are.
# Nor for a pre-order before its date, nor for whoever waits in a market that fills greedily: there whoever can be filled goes first.
_HELD = text("""
SELECT product_id, warehouse_id, sum(quantity)::bigint AS quantity FROM cart_reservation
 WHERE product_id = ANY (CAST(:ids AS bigint[])) AND expires_at > CAST(:at AS timestamptz)
   AND cart_id IS DISTINCT FROM CAST(:but AS bigint)
 GROUP BY product_id, warehouse_id
""")
_WAITING = text("""
SELECT w.shipment_id, w.order_id, w.product_id, w.warehouse_id, w.quantity, w.priority, w.since
  FROM waiting_line w JOIN purchase_order o ON o.id = w.order_id JOIN market m ON m.id = o.market_id
 WHERE NOT m.fills_greedily AND coalesce(w.not_before <= CAST(:at AS timestamptz), true) AND w.product_id = ANY (CAST(:products AS bigint[])) AND w.shipment_id <> ALL (CAST(:but AS bigint[]))
   AND (-w.priority, w.since, w.shipment_id)
       < (-CAST(:priority AS bigint), CAST(:since AS timestamptz), CAST(:last AS bigint))
   AND o.open_authorized + o.captured + o.manual + o.credited - o.refunded + o.returned - o.charged_back >= o.total - o.canceled_amount
 ORDER BY w.priority DESC, w.since, w.shipment_id
""")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the queue for stock: highest priority first, then first covered. Smaller is nearer the front."""

    negated_priority: int
    since: datetime
    shipment_id: int


@immutable
class Waiter:
    """A line that waits for stock of one product, in pieces; at one warehouse only where some of its shipment lies there."""

    place: Place
    product_id: int
    warehouse_id: int | None
    quantity: int


class Shelves:
    """Pieces available per product and warehouse, going down as they are taken or kept for those who came before."""

    def __init__(self, available: Mapping[tuple[int, int], int], warehouses: Iterable[int]) -> None:
        """`warehouses` are in the order in which they are tried."""
        self._available: dict[int, dict[int, int]] = defaultdict(dict)
        for (product_id, warehouse_id), pieces in available.items():
            self._available[product_id][warehouse_id] = pieces
        self._warehouses = list(warehouses)

    def first_that_fills(self, needs: Needs, *, only: int | None = None) -> int | None:
        """Give the first warehouse by priority that has all of it, or None. One short line keeps the whole waiting (SH2)."""
        tried = self._warehouses if only is None else [only]
        return next((each for each in tried if self._fills(each, needs)), None)

    def take(self, warehouse_id: int, needs: Needs) -> None:
        """Promise these pieces."""
        for product_id, quantity in needs.items():
            self._available[product_id][warehouse_id] -= quantity

    def keep(self, product_id: int, quantity: int, *, only: int | None = None) -> None:
        """Leave pieces untouched for an earlier waiter, wherever it may be filled from: a later one never takes them."""
        shelf = self._available[product_id]
        for warehouse_id in shelf:
            if only in (None, warehouse_id):
                shelf[warehouse_id] -= quantity

    def bring(self, product_id: int, warehouse_id: int, pieces: int) -> None:
        """Add pieces of which nothing is kept for anybody."""
        shelf = self._available[product_id]
        shelf[warehouse_id] = max(0, shelf.get(warehouse_id, 0)) + pieces

    def available(self, product_id: int, warehouse_id: int) -> int:
        """Give the pieces left of a product in a warehouse; negative where more is kept than is there."""
        return self._available[product_id].get(warehouse_id, 0)

    @property
    def warehouses(self) -> Sequence[int]:
        """The warehouses that have any of it on their books, in the order in which they are tried."""
        return self._warehouses

    def has_any(self, product_id: int) -> bool:
        """Tell whether a piece of this product is left anywhere."""
        return any(left > 0 for left in self._available[product_id].values())

    def _fills(self, warehouse_id: int, needs: Needs) -> bool:
        return all(self._available[product].get(warehouse_id, 0) >= quantity for product, quantity in needs.items())


def lock_shelves(
    executor: Executor, product_ids: Iterable[int], *, at: datetime, but_for_cart: int | None = None
) -> Shelves:
    """
    Lock the stock of products, in the order of ids, so that nobody else promises it meanwhile.

    What carts hold at `at` is not there, but for what `but_for_cart` holds itself.
    """
    asked = {"ids": sorted(set(product_ids)), "at": at}
    return _shelves(executor, executor.execute(_LOCK, asked).all(), at, but_for_cart)


def read_shelves(executor: Executor, product_ids: Iterable[int], *, at: datetime) -> Shelves:
    """Give the stock of products as it is, without a lock: to explain, never to promise from."""
    asked = {"ids": sorted(set(product_ids)), "at": at}
    return _shelves(executor, executor.execute(_READ, asked).all(), at, None)


def _shelves(executor: Executor, rows: Sequence[Row[Any]], at: datetime, but_for_cart: int | None) -> Shelves:
    priorities = {row.warehouse_id: row.priority for row in rows}
    available = {(row.product_id, row.warehouse_id): row.available for row in rows}
    # A statement of its own, after the lock is held: it sees what whoever had the lock before has put down.
    if reserved := sorted({row.product_id for row in rows if row.reserved}):
        for row in executor.execute(_HELD, {"ids": reserved, "at": at, "but": but_for_cart}):
            available[row.product_id, row.warehouse_id] -= row.quantity
    return Shelves(available, sorted(priorities, key=priorities.__getitem__))


def waiting_before(
    executor: Executor, product_ids: Iterable[int], last: Place, *, at: datetime, leaving_out: Iterable[int]
) -> list[Waiter]:
    """Give, in order, the lines of covered orders that wait for these products ahead of `last`."""
    rows = executor.execute(
        _WAITING,
        {
            "products": sorted(set(product_ids)),
            "but": list(leaving_out),
            "at": at,
            "priority": -last.negated_priority,
            "since": last.since,
            "last": last.shipment_id,
        },
    )
    return [
        Waiter(Place(-row.priority, row.since, row.shipment_id), row.product_id, row.warehouse_id, row.quantity)
        for row in rows
    ]


def summed(needs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Add up pieces per product, so that two lines of one product are never checked each alone."""
    total: dict[int, int] = defaultdict(int)
    for product_id, quantity in needs:
        total[product_id] += quantity
    return dict(total)
