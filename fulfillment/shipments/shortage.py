"""Shortage: what a waiting shipment lacks, its place in the queue, and the day on which it can be there. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.products import skus_of
from fulfillment.catalog.warehouses import warehouse_codes
from fulfillment.inbound.expect import Coming, coming, day_of
from fulfillment.inventory.shelves import Place, Shelves, Waiter, read_shelves, waiting_before
from fulfillment.orders.queries import ShipmentUnderLock

_STANDS = text("""
SELECT shipment_id, product_id, warehouse_id, quantity, priority, since, not_before FROM waiting_line
 WHERE shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY shipment_id, product_id
""")


@dataclass(frozen=True, slots=True)
class ShortProduct:
    """
    Pieces of one product that a waiting shipment lacks in the warehouse that lacks least.

    `available` may be promised; `ahead_*` is what shipments earlier in the queue wait for. `expected_on` is the day by which
    as many are announced to come as are missing; None where fewer are, or none is missing.
    """

    sku: str
    needed: int
    available: int
    ahead_pieces: int
    ahead_shipments: int
    expected_on: date | None = None

    @property
    def missing(self) -> int:
        """Pieces that must come in before it is this shipment's turn."""
        return max(0, self.needed + self.ahead_pieces - self.available)

    @property
    def place(self) -> int:
        """The place in the queue of the product: 1 is next."""
        return self.ahead_shipments + 1


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a shipment waits for, and where it would be filled with the fewest pieces; a pre-order not before its day."""

    warehouse: str
    products: Sequence[ShortProduct]
    not_before: datetime | None = None

    @property
    def missing(self) -> int:
        """Pieces that are missing in all."""
        return sum(each.missing for each in self.products)

    @property
    def expected_on(self) -> date | None:
        """The day by which all that is missing is announced to come; None where that is not known, or nothing is missing."""
        days = [each.expected_on for each in self.products if each.missing]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None


@dataclass(frozen=True, slots=True)
class _Stand:
    place: Place
    warehouse_id: int | None
    needs: dict[int, int]
    not_before: datetime | None


def shortages_of(
    session: Session, shipments: Iterable[ShipmentUnderLock | int], *, at: datetime
) -> dict[int, Shortage]:
    """Say of each shipment that waits for stock what it lacks."""
    ids = sorted({each if isinstance(each, int) else each.id for each in shipments})
    stands = _stands(session, ids)
    products = sorted({product for stand in stands.values() for product in stand.needs})
    if not products:
        return {}
    shelves, expected = read_shelves(session, products, at=at), coming(session, products)
    skus = skus_of(session, products)
    warehouses = warehouse_codes(session)
    found = {}
    for shipment_id, stand in stands.items():
        ahead = waiting_before(session, stand.needs, stand.place, at=at, leaving_out=())
        tried = warehouses if stand.warehouse_id is None else [stand.warehouse_id]
        places = [
            Shortage(
                warehouses[each], _short_products(stand.needs, shelves, each, ahead, skus, expected), stand.not_before
            )
            for each in tried
        ]
        if places:
            found[shipment_id] = min(places, key=lambda each: each.missing)
    return found


def _stands(session: Session, shipment_ids: Sequence[int]) -> dict[int, _Stand]:
    found: dict[int, _Stand] = {}
    for row in session.execute(_STANDS, {"ids": shipment_ids}):
        place = Place(-row.priority, row.since, row.shipment_id)
        stand = found.setdefault(row.shipment_id, _Stand(place, row.warehouse_id, {}, row.not_before))
        stand.needs[row.product_id] = row.quantity
    return found


def _short_products(
    needs: Mapping[int, int],
    shelves: Shelves,
    warehouse_id: int,
    ahead: Iterable[Waiter],
    skus: Mapping[int, str],
    expected: Sequence[Coming],
) -> list[ShortProduct]:
    """Say of each product what is there and what is kept in this warehouse for those who came before."""
    before = [each for each in ahead if each.warehouse_id in (None, warehouse_id)]
    found = []
    for product_id, quantity in sorted(needs.items()):
        available = shelves.available(product_id, warehouse_id)
        pieces = sum(each.quantity for each in before if each.product_id == product_id)
        missing = max(0, quantity + pieces - available)
        found.append(
            ShortProduct(
                sku=skus[product_id],
                needed=quantity,
                available=available,
                ahead_pieces=pieces,
                ahead_shipments=len({each.place.shipment_id for each in before if each.product_id == product_id}),
                expected_on=day_of(expected, product_id, warehouse_id, missing) if missing else None,
            )
        )
    return found
