"""Every piece moves by a movement; the counters follow in the same statement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind, Stock, StockMovement
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.immutable import immutable
from fulfillment.timeline.changes import Changes

# What one piece of a movement does to (on hand, allocated).
_EFFECTS: Final = {
    MovementKind.RECEIVED: (1, 0),
    MovementKind.ADJUSTED: (1, 0),
    MovementKind.ALLOCATED: (0, 1),
    MovementKind.DEALLOCATED: (0, -1),
    MovementKind.SHIPPED: (-1, -1),
    MovementKind.TRANSFERRED_OUT: (1, 0),
    MovementKind.TRANSFERRED_IN: (1, 0),
    MovementKind.COUNTED: (1, 0),
    MovementKind.SHORT_PICKED: (1, 0),
    MovementKind.RESTOCKED: (1, 0),
}

_LOCK = text("""
SELECT s.product_id, s.warehouse_id, s.on_hand, s.allocated, s.in_bins
  FROM stock s JOIN unnest(CAST(:products AS bigint[]), CAST(:warehouses AS bigint[])) AS k(product_id, warehouse_id)
       USING (product_id, warehouse_id)
 ORDER BY s.product_id, s.warehouse_id FOR NO KEY UPDATE OF s
""")


@immutable
class Level:
    """What a stock row says, in pieces."""

    on_hand: int
    allocated: int
    in_bins: int

    @property
    def free(self) -> int:
        """Pieces that no shipment was promised."""
        return self.on_hand - self.allocated


def lock_stock(session: Session, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Level]:
    """
    Lock stock rows by (product, warehouse) in the order all verbs use; give the level of each.

    Whoever is going to move stock calls this before: two updates that meet in different orders would deadlock.
    """
    wanted = sorted(set(keys))
    rows = session.execute(
        _LOCK, {"products": [key[0] for key in wanted], "warehouses": [key[1] for key in wanted]}
    ).all()
    return {(row.product_id, row.warehouse_id): Level(row.on_hand, row.allocated, row.in_bins) for row in rows}


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
    note: str | None = None,
    document_id: int | None = None,
) -> None:
    """Move `quantity` pieces (negative for what an adjustment, a count, a transfer or a short pick takes); oversold is refused by the database."""
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
            "note": note,
            "document_id": document_id,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
            "actor": cause.actor,
            "at": changes.at,
        },
    )
    changes.add(Stock, {"product_id": product_id, "warehouse_id": warehouse_id}, on_hand=on_hand, allocated=allocated)
