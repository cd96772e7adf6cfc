"""Pieces: what nobody may use is freed by a movement, and a counter follows its movements. Quantities are pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import lock_stock, record
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import LineItem
from fulfillment.reconciliation.drift import Repair

REASON: Final = "reconciled"
"""The reason that the movement of a repair bears."""

_MOVED = text("""
SELECT product_id, warehouse_id, sum(allocated_change) AS allocated FROM stock_movement
 WHERE line_id = :line AND kind IN ('allocated', 'deallocated', 'shipped') GROUP BY 1, 2 HAVING sum(allocated_change) <> 0
""")
_LINE = text("""
SELECT l.allocated, coalesce((SELECT b.quantity FROM put_back b WHERE b.line_id = l.id AND b.confirmed_at IS NULL), 0) AS in_hand
  FROM line_item l WHERE l.id = :line
""")
_FOLLOW = text("""
UPDATE stock SET on_hand = m.on_hand, allocated = m.allocated
  FROM (SELECT coalesce(sum(on_hand_change), 0) AS on_hand, coalesce(sum(allocated_change), 0) AS allocated
          FROM stock_movement WHERE product_id = :product AND warehouse_id = :warehouse) m
 WHERE product_id = :product AND warehouse_id = :warehouse
   AND m.allocated BETWEEN 0 AND m.on_hand AND m.on_hand >= in_bins
RETURNING stock.on_hand, stock.allocated
""")


def free_orphans(repair: Repair) -> Mapping[str, Any]:
    """
    Free what is allocated to a line that has shipped, was canceled or is gone, but for what is in somebody's hands.

    Raises Conflict where the movements took more than was ever given.
    """
    line_id = repair.row["line_id"]
    moved = repair.session.execute(_MOVED, {"line": line_id}).all()
    lock_stock(repair.session, [(each.product_id, each.warehouse_id) for each in moved])
    line = repair.session.execute(_LINE, {"line": line_id}).one_or_none()
    keep = 0 if line is None else line.in_hand
    freed = 0
    for each in moved:
        excess = int(each.allocated) - keep
        if excess < 0:
            raise Conflict(
                "the movements of this line took more than they gave",
                code="count_needed",
                guard="movements",
                remedy="count the product: POST /v1/counts",
            )
        if excess:
            kind = MovementKind.DEALLOCATED
            key = (each.product_id, each.warehouse_id)
            record(repair.changes, kind, *key, excess, repair.cause, line_id=line_id, reason=REASON)
            repair.changes.publish("stock.gained", each.product_id, repair.cause)
        freed += excess
        keep = 0
    if line is not None and line.allocated != line.in_hand:
        repair.changes.set(LineItem, line_id, allocated=line.in_hand)
    return {"freed": freed, "allocated": 0 if line is None else line.in_hand}


def follow_movements(repair: Repair) -> Mapping[str, Any]:
    """
    Set the counters of a stock row to what its movements add up to: the ledger is right, the counter repeats it.

    Raises Conflict where these cannot be: then somebody has to count.
    """
    key = {"product": repair.row["product_id"], "warehouse": repair.row["warehouse_id"]}
    lock_stock(repair.session, [(key["product"], key["warehouse"])])
    followed = repair.session.execute(_FOLLOW, key).one_or_none()
    if followed is None:
        raise Conflict(
            "the movements add up to what cannot be: less than nothing, or less than is promised or lies in bins",
            code="count_needed",
            guard="movements",
            remedy="count the product: POST /v1/counts",
        )
    repair.changes.publish("stock.gained", key["product"], repair.cause)
    return {"on_hand": followed.on_hand, "allocated": followed.allocated}
