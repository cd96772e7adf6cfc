"""Goods in, and counts put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import lock_stock, record
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes

_ENSURE = text("""
INSERT INTO stock (product_id, warehouse_id, on_hand)
SELECT product_id, CAST(:warehouse AS bigint), 0 FROM unnest(CAST(:products AS bigint[])) AS k(product_id)
 ORDER BY product_id ON CONFLICT DO NOTHING
""")


class StockWouldGoNegativeError(Conflict):
    """An adjustment would take pieces that are not there, or that are promised to orders."""

    code = "stock_negative"


@dataclass(frozen=True, slots=True)
class Count:
    """Pieces of one product."""

    product_id: int
    sku: str
    quantity: int


def receive(
    session: Session,
    warehouse_id: int,
    counts: Sequence[Count],
    *,
    cause: Cause,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Put received pieces on hand, and try the shipments that wait for them."""
    _move(session, MovementKind.RECEIVED, warehouse_id, counts, cause=cause, at=at, reason=reason)


def adjust(
    session: Session, warehouse_id: int, counts: Sequence[Count], *, cause: Cause, at: datetime, reason: str
) -> None:
    """
    Correct counts by the given pieces, up or down, with a reason.

    Raises StockWouldGoNegativeError, changing nothing, where fewer pieces would remain than are promised.
    """
    _move(session, MovementKind.ADJUSTED, warehouse_id, counts, cause=cause, at=at, reason=reason)


def _move(
    session: Session,
    kind: MovementKind,
    warehouse_id: int,
    counts: Sequence[Count],
    *,
    cause: Cause,
    at: datetime,
    reason: str | None,
) -> None:
    session.execute(_ENSURE, {"warehouse": warehouse_id, "products": sorted({each.product_id for each in counts})})
    stock = lock_stock(session, ((each.product_id, warehouse_id) for each in counts))
    changes = Changes(at=at)
    left = {product_id: on_hand - allocated for (product_id, _), (on_hand, allocated) in stock.items()}
    for each in counts:
        left[each.product_id] += each.quantity
        record(changes, kind, each.product_id, warehouse_id, each.quantity, cause, reason=reason)
    for each in counts:
        if left[each.product_id] < 0:
            raise StockWouldGoNegativeError(
                f"{each.sku}: {-left[each.product_id]} pieces more than are there and not promised to orders",
                remedy="count again, or cancel shipments that were promised these pieces",
                members={"sku": each.sku},
            )
    for product_id in sorted({each.product_id for each in counts if each.quantity > 0}):
        changes.publish("stock.gained", product_id, cause)
    changes.write(session)
