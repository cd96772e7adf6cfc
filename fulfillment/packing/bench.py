"""The packing bench: a locked shipment, its lines, and what the codes that are scanned there stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.barcodes import find_by_code
from fulfillment.kernel.errors import NotFound
from fulfillment.orders.queries import FloorSet, Line, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.packing.parcels import ParcelView, find_parcel

_SKUS = text("SELECT id, sku FROM line_item WHERE shipment_id = :id")


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces that go into a parcel or come out of it, named by their line or by the code on them (exactly one of both)."""

    quantity: int
    line_id: int | None = None
    code: str | None = None


@dataclass(slots=True)
class Bench:
    """A locked shipment on the packing bench; `skus` by line."""

    floor: FloorSet
    shipment: ShipmentUnderLock
    lines: list[Line]
    skus: dict[int, str]


def put_on_bench(session: Session, shipment_id: int) -> Bench:
    """Lock a shipment and its order, and give what is on the bench. Raises NotFound."""
    floor = lock_shipments(session, [shipment_id])
    if not floor.asked:
        raise NotFound(f"no shipment {shipment_id}")
    skus: dict[int, str] = {row.id: row.sku for row in session.execute(_SKUS, {"id": shipment_id})}
    return Bench(floor, floor.asked[0], lines_of(session, [shipment_id])[shipment_id], skus)


def bench_of_parcel(session: Session, parcel_id: int) -> tuple[Bench, ParcelView]:
    """Lock the shipment of a parcel, and give the parcel as it is then. Raises NotFound, also where it was undone meanwhile."""
    bench = put_on_bench(session, find_parcel(session, parcel_id).shipment_id)
    return bench, find_parcel(session, parcel_id)


def read_codes(session: Session, bench: Bench, pieces: Iterable[Pieces]) -> list[Pieces]:
    """Read what was scanned: a barcode stands for the SKU of its product; a line that is no product is known by its SKU alone."""
    known = set(bench.skus.values())
    read = []
    for each in pieces:
        strange = each.code is not None and each.code not in known
        product = find_by_code(session, each.code) if strange and each.code else None
        read.append(each if product is None else replace(each, code=product.sku))
    return read
