"""Open a count: of some bins, of some products wherever they lie, or of a whole warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.counts.models import StockCount
from fulfillment.counts.queries import add_places
from fulfillment.counts.states import CountStatus
from fulfillment.db.ids import take_ids
from fulfillment.inventory.bins import bin_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes

_MOST_PLACES: Final = 5000
_IN_BINS = text("""
SELECT s.product_id, s.bin_id FROM bin_stock s JOIN bin b ON b.id = s.bin_id
 WHERE b.warehouse_id = :warehouse AND s.quantity > 0
   AND (CAST(:bins AS bigint[]) IS NULL OR b.id = ANY (CAST(:bins AS bigint[])))
   AND (CAST(:products AS bigint[]) IS NULL OR s.product_id = ANY (CAST(:products AS bigint[])))
 ORDER BY b.position, b.code, s.product_id LIMIT :most
""")
_BESIDE_BINS = text("""
SELECT product_id FROM stock WHERE warehouse_id = :warehouse AND on_hand > in_bins ORDER BY product_id LIMIT :most
""")


def open_count(
    session: Session,
    warehouse_id: int,
    *,
    bins: Sequence[str] | None = None,
    products: Mapping[str, int] | None = None,
    note: str | None = None,
    cause: Cause,
    at: datetime,
) -> int:
    """
    Begin to count bins (by code), products (ids by SKU), or all that lies in a warehouse; give the count.

    Nothing stands still for it: a place is compared with what lies there when its number is entered. Raises Invalid for a bin
    that the warehouse does not have, Conflict where a place is being counted already or there are too many.
    """
    places = _places(session, warehouse_id, bins, products)
    if len(places) > _MOST_PLACES:
        raise Conflict(
            f"more than {_MOST_PLACES} places",
            code="too_many_places",
            remedy="count some bins, or some products, and then the others",
            members={"most": _MOST_PLACES},
        )
    count_id, *ids = take_ids(session, 1 + len(places))
    changes = Changes(at=at)
    changes.insert(
        StockCount,
        {
            "id": count_id,
            "warehouse_id": warehouse_id,
            "status": CountStatus.OPEN,
            "note": note,
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    changes.write(session)
    added = add_places(
        session, count_id, warehouse_id, ((each, *place) for each, place in zip(ids, places, strict=True))
    )
    if len(added) < len(places):
        raise being_counted(len(places) - len(added))
    return count_id


def being_counted(places: int) -> Conflict:
    """Say that another count has a place."""
    return Conflict(
        f"{places} of these places are being counted already",
        code="being_counted",
        guard="counted_once",
        remedy="approve or cancel the other count first (GET /v1/counts?status=open), or count other places",
        members={"places": places},
    )


def _places(
    session: Session, warehouse_id: int, bins: Sequence[str] | None, products: Mapping[str, int] | None
) -> list[tuple[int, int | None]]:
    """List (product, bin); a product that is asked for is also looked for outside the bins."""
    chosen = None if bins is None else sorted(bin_ids(session, warehouse_id, bins).values())
    wanted = None if products is None else sorted(products.values())
    asked = {"warehouse": warehouse_id, "bins": chosen, "products": wanted, "most": _MOST_PLACES + 1}
    places: list[tuple[int, int | None]] = [(row.product_id, row.bin_id) for row in session.execute(_IN_BINS, asked)]
    if bins is not None:
        return places
    if wanted is None:
        wanted = list(session.execute(_BESIDE_BINS, asked).scalars())
    return [*places, *((product, None) for product in wanted)]
