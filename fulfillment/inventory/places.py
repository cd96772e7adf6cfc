"""Where pieces lie in a warehouse: in bins, in none, or in somebody's hands. All of it stands still under the stock row's lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import BinMovement, BinMovementKind, BinStock, Stock
from fulfillment.inventory.movements import Level
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes

Key = tuple[int, int]
"""The ids of a product and a warehouse."""

_KEYS = "unnest(CAST(:products AS bigint[]), CAST(:warehouses AS bigint[])) AS k(product_id, warehouse_id)"
_BINS = text(f"""
SELECT k.product_id, k.warehouse_id, b.id, b.code, s.quantity
  FROM {_KEYS} JOIN bin_stock s ON s.product_id = k.product_id
  JOIN bin b ON b.id = s.bin_id AND b.warehouse_id = k.warehouse_id
 WHERE s.quantity > 0 ORDER BY b.position, b.code
""")  # noqa: S608 - our own names only
# In somebody's hands: picked for what is being packed, or to be put back.
_PICKED = text("""
SELECT product_id, warehouse_id, sum(quantity) AS quantity
  FROM (SELECT l.product_id, s.warehouse_id, l.picked AS quantity
          FROM shipment s JOIN line_item l ON l.shipment_id = s.id
         WHERE s.status = 'packing' AND s.warehouse_id = ANY (CAST(:warehouses AS bigint[]))
           AND l.product_id = ANY (CAST(:products AS bigint[])) AND l.picked > 0
         UNION ALL
        SELECT product_id, warehouse_id, quantity FROM put_back
         WHERE confirmed_at IS NULL AND warehouse_id = ANY (CAST(:warehouses AS bigint[]))
           AND product_id = ANY (CAST(:products AS bigint[]))) AS held
 GROUP BY product_id, warehouse_id
""")
_ENSURE = text("""
INSERT INTO bin_stock (bin_id, product_id, quantity)
SELECT DISTINCT bin_id, product_id, 0
  FROM unnest(CAST(:bins AS bigint[]), CAST(:products AS bigint[])) AS k(bin_id, product_id)
 ORDER BY bin_id, product_id ON CONFLICT DO NOTHING
""")


class NotThereError(Conflict):
    """Pieces are to be taken from where so many do not lie."""

    code = "not_there"


@dataclass(slots=True)
class Whereabouts:
    """
    Where the pieces of one product lie in one warehouse: those that nobody has picked.

    `bins` are in walking order; `unplaced` pieces lie in none. Both go down as pieces are taken.
    """

    bins: dict[int, int]
    codes: dict[int, str]
    unplaced: int

    def take(self, sku: str, quantity: int, bin_id: int | None) -> None:
        """Take pieces from a bin, or (None) those that lie in none. Raises NotThereError."""
        there = self.unplaced if bin_id is None else self.bins.get(bin_id, 0)
        if quantity > there:
            raise self._not_there(sku, there, bin_id)
        self._remove(quantity, bin_id)

    def put(self, quantity: int, bin_id: int | None) -> None:
        """Put pieces into a bin, or (None) into none."""
        self._remove(-quantity, bin_id)

    def take_anywhere(self, quantity: int) -> list[tuple[int, int]]:
        """Take pieces as somebody does who walks the bins in their order; give (bin, pieces). The rest lay in none."""
        taken: list[tuple[int, int]] = []
        for bin_id, there in list(self.bins.items()):
            if pieces := min(there, quantity):
                self._remove(pieces, bin_id)
                taken.append((bin_id, pieces))
                quantity -= pieces
        self.unplaced -= quantity
        return taken

    def _remove(self, quantity: int, bin_id: int | None) -> None:
        if bin_id is None:
            self.unplaced -= quantity
        else:
            self.bins[bin_id] = self.bins.get(bin_id, 0) - quantity

    def _not_there(self, sku: str, there: int, bin_id: int | None) -> NotThereError:
        lying = {self.codes[each]: pieces for each, pieces in self.bins.items() if pieces and each in self.codes}
        where = "outside the bins" if bin_id is None else f"in bin {self.codes.get(bin_id, bin_id)}"
        return NotThereError(
            f"{sku}: {there} pieces lie {where}",
            remedy="name the bin they are taken from" if bin_id is None and lying else "take fewer, or count the bin",
            members={"sku": sku, "there": there, "bins": lying, "unplaced": self.unplaced},
        )


def whereabouts(session: Session, stock: Mapping[Key, Level]) -> dict[Key, Whereabouts]:
    """Find the pieces of these stock rows, which the caller has locked."""
    keys = sorted(stock)
    asked = {"products": [product for product, _ in keys], "warehouses": [warehouse for _, warehouse in keys]}
    bins: dict[Key, dict[int, int]] = defaultdict(dict)
    codes: dict[Key, dict[int, str]] = defaultdict(dict)
    for row in session.execute(_BINS, asked):
        bins[row.product_id, row.warehouse_id][row.id] = row.quantity
        codes[row.product_id, row.warehouse_id][row.id] = row.code
    picked = {(row.product_id, row.warehouse_id): int(row.quantity) for row in session.execute(_PICKED, asked)}
    return {
        key: Whereabouts(bins[key], codes[key], level.on_hand - level.in_bins - picked.get(key, 0))
        for key, level in stock.items()
    }


def prepare_bins(session: Session, pieces: Iterable[tuple[int, int]]) -> None:
    """Make sure that each (bin, product) has a row to put pieces into."""
    wanted = sorted(set(pieces))
    if wanted:
        session.execute(_ENSURE, {"bins": [each[0] for each in wanted], "products": [each[1] for each in wanted]})


def place(
    changes: Changes,
    kind: BinMovementKind,
    product_id: int,
    warehouse_id: int,
    quantity: int,
    cause: Cause,
    *,
    from_bin_id: int | None = None,
    to_bin_id: int | None = None,
    line_id: int | None = None,
) -> None:
    """Move pieces from a bin, to one (prepared before), or from one to another. Nothing of it changes what is on hand."""
    changes.insert(
        BinMovement,
        {
            "product_id": product_id,
            "warehouse_id": warehouse_id,
            "kind": kind,
            "from_bin_id": from_bin_id,
            "to_bin_id": to_bin_id,
            "quantity": quantity,
            "line_id": line_id,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
            "actor": cause.actor,
            "at": changes.at,
        },
    )
    gained = 0
    for bin_id, change in ((from_bin_id, -quantity), (to_bin_id, quantity)):
        if bin_id is not None:
            changes.add(BinStock, {"bin_id": bin_id, "product_id": product_id}, quantity=change)
            gained += change
    if gained:
        changes.add(Stock, {"product_id": product_id, "warehouse_id": warehouse_id}, in_bins=gained)


def take_anywhere(
    changes: Changes,
    kind: BinMovementKind,
    key: Key,
    quantity: int,
    lying: Whereabouts,
    cause: Cause,
    *,
    line_id: int | None = None,
) -> None:
    """Take pieces of which nobody said where from: of the bins, in walking order, then those that lie in none."""
    for bin_id, pieces in lying.take_anywhere(quantity):
        place(changes, kind, *key, pieces, cause, from_bin_id=bin_id, line_id=line_id)
