"""The walk: what is still to be picked of a picklist, bin after bin. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_TO_PICK = text("""
SELECT l.id AS line_id, l.shipment_id, l.sku, l.name, l.product_id, l.quantity - l.picked AS quantity, t.code AS tote
  FROM shipment s JOIN line_item l ON l.shipment_id = s.id JOIN purchase_order o ON o.id = s.order_id
       LEFT JOIN tote t ON t.shipment_id = s.id AND t.picklist_id = s.picklist_id
 WHERE s.picklist_id = :id AND s.status = 'packing' AND o.open_holds = 0 AND l.product_id IS NOT NULL
   AND l.picked < l.quantity ORDER BY s.id, l.id
""")
_LYING = text("""
SELECT k.product_id, b.code, b.position, k.quantity
  FROM picklist p JOIN bin b ON b.warehouse_id = p.warehouse_id JOIN bin_stock k ON k.bin_id = b.id
 WHERE p.id = :id AND k.product_id = ANY (CAST(:products AS bigint[])) AND k.quantity > 0 ORDER BY b.position, b.code
""")
_NOWHERE: Final = (2**63, "")
"""Pieces that lie in no bin are fetched last."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Pieces to be taken at a stop for one line, into a tote where its shipment has one."""

    line_id: int
    shipment_id: int
    tote: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where to go (`bin` None: it lies in none), and what to take there."""

    bin: str | None
    sku: str
    name: str
    quantity: int
    errands: Sequence[Errand]


def walk(session: Session, picklist_id: int) -> list[Stop]:
    """Give the stops of a picklist in walking order; what is on hold or canceled is left out."""
    wanted: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(_TO_PICK, {"id": picklist_id}):
        wanted[row.product_id].append(row)
    bins: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(_LYING, {"id": picklist_id, "products": sorted(wanted)}):
        bins[row.product_id].append(row)
    stops = [stop for product, rows in wanted.items() for stop in _stops(rows, bins[product])]
    return [stop for _, stop in sorted(stops, key=lambda each: (each[0], each[1].sku))]


def _stops(lines: Sequence[Row[Any]], bins: Sequence[Row[Any]]) -> list[tuple[tuple[int, str], Stop]]:
    """Serve the lines of one product from its bins in their order, each bin emptied before the next is gone to."""
    places = [((each.position, each.code), each.code, int(each.quantity)) for each in bins]
    places.append((_NOWHERE, None, sum(line.quantity for line in lines)))
    waiting = [(line, int(line.quantity)) for line in lines]
    stops = []
    for place, code, there in places:
        errands, waiting = _serve(waiting, there)
        if errands:
            quantity = sum(each.quantity for each in errands)
            stops.append((place, Stop(code, lines[0].sku, lines[0].name, quantity, errands)))
    return stops


def _serve(waiting: list[tuple[Row[Any], int]], there: int) -> tuple[list[Errand], list[tuple[Row[Any], int]]]:
    errands: list[Errand] = []
    unserved: list[tuple[Row[Any], int]] = []
    for line, missing in waiting:
        if pieces := min(missing, there):
            errands.append(Errand(line.line_id, line.shipment_id, line.tote, pieces))
            there -= pieces
        if missing > pieces:
            unserved.append((line, missing - pieces))
    return errands, unserved
