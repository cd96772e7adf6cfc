"""Every piece moves by a movement; the counters follow in the same statement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind, Stock, StockMovement
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes

# What one piece of a movement does to (on hand, allocated).
_EFFECTS: Final = {
    MovementKind.RECEIVED: (1, 0),
    MovementKind.ADJUSTED: (1, 0),
    MovementKind.ALLOCATED: (0, 1),
    MovementKind.DEALLOCATED: (0, -1),
    MovementKind.SHIPPED: (-1, -1),
}

_LOCK = text("""
SELECT s.product_id, s.warehouse_id, s.on_hand, s.allocated
  FROM stock s JOIN unnest(CAST(:products AS bigint[]), CAST(:warehouses AS bigint[])) AS k(product_id, warehouse_id)
       USING (product_id, warehouse_id)
 ORDER BY s.product_id, s.warehouse_id FOR NO KEY UPDATE OF s
""")


def lock_stock(session: Session, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """
    Lock stock rows by (product, warehouse) in the order all verbs use; give (on hand, allocated) of each.

    Whoever is going to move stock calls this before: two updates that meet in different orders would deadlock.
    """
    wanted = sorted(set(keys))
    rows = session.execute(
        _LOCK, {"products": [key[0] for key in wanted], "warehouses": [key[1] for key in wanted]}
    ).all()
    return {(row.product_id, row.warehouse_id): (row.on_hand, row.allocated) for row in rows}


def record(
    changes: Changes,
    kind: MovementKind,
    product_id: int,
    warehouse_id: int,
    quantity: int,
    cause: Cause,
    *,
    line_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Move `quantity` pieces (negative only for an adjustment downward); the database refuses what oversells."""
    on_hand, allocated = (effect * quantity for effect in _EFFECTS[kind])
    changes.insert(
        StockMovement,
        {
            "product_id": product_id,
            "warehouse_id": warehouse_id,
            "kind": kind,
            "on_hand_change": on_hand,
            "allocated_change": allocated,
            "line_id": line_id,
            "reason": reason,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
            "actor": cause.actor,
            "at": changes.at,
        },
    )
    changes.add(Stock, {"product_id": product_id, "warehouse_id": warehouse_id}, on_hand=on_hand, allocated=allocated)
