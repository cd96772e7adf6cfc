"""Change what is on hand in a warehouse, and where it lies: the one way for receipts, adjustments, counts and transfers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.bins import bin_ids
from fulfillment.inventory.models import BinMovementKind, MovementKind
from fulfillment.inventory.movements import Level, lock_stock, record
from fulfillment.inventory.places import Key, place, prepare_bins, whereabouts
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes

_ENSURE = text("""
INSERT INTO stock (product_id, warehouse_id, on_hand, available_from)
SELECT id, CAST(:warehouse AS bigint), 0, available_from FROM product WHERE id = ANY (CAST(:products AS bigint[]))
 ORDER BY id ON CONFLICT DO NOTHING
""")
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})
_IN_BINS: Final = {
    MovementKind.RECEIVED: BinMovementKind.RECEIVED,
    MovementKind.ADJUSTED: BinMovementKind.ADJUSTED,
    MovementKind.COUNTED: BinMovementKind.COUNTED,
    MovementKind.TRANSFERRED_IN: BinMovementKind.TRANSFERRED,
    MovementKind.TRANSFERRED_OUT: BinMovementKind.TRANSFERRED,
    MovementKind.SHORT_PICKED: BinMovementKind.ADJUSTED,
    MovementKind.RESTOCKED: BinMovementKind.RESTOCKED,
}


class StockWouldGoNegativeError(Conflict):
    """Pieces are to be taken that are not there, or that are promised to orders."""

    code = "stock_negative"


@dataclass(frozen=True, slots=True)
class Count:
    """Pieces of one product that come or (negative) go, in a bin of this code or (None) in none."""

    product_id: int
    sku: str
    quantity: int
    bin: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """What a movement says of its grounds; `document_id` is the delivery, transfer, count or return it belongs to."""

    reason: str | None = None
    note: str | None = None
    document_id: int | None = None


def change_on_hand(
    session: Session,
    changes: Changes,
    kind: MovementKind,
    warehouse_id: int,
    counts: Sequence[Count],
    cause: Cause,
    why: Why,
    *,
    freed: Mapping[int, int] = _NOTHING,
) -> None:
    """
    Let pieces come or go, and let those who wait for more be tried. `changes` may already give back what is in `freed`.

    Raises Invalid for a bin that the warehouse does not have, StockWouldGoNegativeError where fewer pieces would remain than
    are promised, NotThereError where they do not lie where they are taken from.
    """
    products = sorted({each.product_id for each in counts})
    bins = bin_ids(session, warehouse_id, (each.bin for each in counts), to_fill=_filled(kind, counts))
    stock = lock_levels(session, warehouse_id, products)
    _refuse_oversold(counts, {product: stock[product, warehouse_id] for product in products}, freed)
    _take_from_their_places(session, counts, warehouse_id, bins, stock)
    prepare_bins(session, ((bins[each.bin], each.product_id) for each in counts if each.bin is not None))
    for each in counts:
        record(
            changes,
            kind,
            each.product_id,
            warehouse_id,
            each.quantity,
            cause,
            reason=why.reason,
            note=why.note,
            document_id=why.document_id,
        )
        if each.bin is not None:
            side = "to_bin_id" if each.quantity > 0 else "from_bin_id"
            place(
                changes,
                _IN_BINS[kind],
                each.product_id,
                warehouse_id,
                abs(each.quantity),
                cause,
                **{side: bins[each.bin]},
            )
    for product_id in sorted({each.product_id for each in counts if each.quantity > 0}):
        changes.publish("stock.gained", product_id, cause)


def lock_levels(session: Session, warehouse_id: int, product_ids: Iterable[int]) -> dict[Key, Level]:
    """Lock the stock of products in a warehouse, also of those that were never there; give their levels."""
    products = sorted(set(product_ids))
    session.execute(_ENSURE, {"warehouse": warehouse_id, "products": products})
    return lock_stock(session, ((product, warehouse_id) for product in products))


def _filled(kind: MovementKind, counts: Sequence[Count]) -> list[str | None]:
    """What is found in a bin lies there, whether or not anything is to be put into it."""
    return [] if kind == MovementKind.COUNTED else [each.bin for each in counts if each.quantity > 0]


def _refuse_oversold(counts: Sequence[Count], levels: Mapping[int, Level], freed: Mapping[int, int]) -> None:
    left = {product: level.free + freed.get(product, 0) for product, level in levels.items()}
    for each in counts:
        left[each.product_id] += each.quantity
    for each in counts:
        if (missing := -left[each.product_id]) > 0:
            raise StockWouldGoNegativeError(
                f"{each.sku}: {missing} pieces more than are there and not promised to orders",
                guard="stock_negative",
                remedy="take fewer, or write them off by force (POST /v1/inventory/adjustments): those who were promised them wait",
                members={"sku": each.sku, "missing": missing},
            )


def _take_from_their_places(
    session: Session, counts: Sequence[Count], warehouse_id: int, bins: Mapping[str, int], stock: Mapping[Key, Level]
) -> None:
    """Pieces leave the place that is named. Where there are bins, and none is named, that is the floor beside them."""
    leaving = [each for each in counts if each.quantity < 0]
    touched = {(each.product_id, warehouse_id): stock[each.product_id, warehouse_id] for each in leaving}
    if not any(each.bin is not None for each in leaving) and not any(level.in_bins for level in touched.values()):
        return
    lying = whereabouts(session, touched)
    for each in leaving:
        source = None if each.bin is None else bins[each.bin]
        lying[each.product_id, warehouse_id].take(each.sku, -each.quantity, source)
