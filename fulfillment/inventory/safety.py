"""Safety stock: pieces of a product that a warehouse promises to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.on_hand import lock_levels
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes

_SET = text("""
UPDATE stock AS s SET safety = v.safety
  FROM unnest(CAST(:products AS bigint[]), CAST(:pieces AS bigint[])) AS v(product_id, safety)
 WHERE s.product_id = v.product_id AND s.warehouse_id = :warehouse
""")


def set_safety_stock(
    session: Session, warehouse_id: int, pieces: Mapping[int, int], *, cause: Cause, at: datetime
) -> None:
    """
    Keep back this many pieces, by product, in a warehouse; 0 keeps back none. What is promised already stays promised.

    Shipments that wait are tried with what is free now.
    """
    lock_levels(session, warehouse_id, pieces)
    products = sorted(pieces)
    session.execute(
        _SET, {"warehouse": warehouse_id, "products": products, "pieces": [pieces[product] for product in products]}
    )
    changes = Changes(at=at)
    for product_id in products:
        changes.publish("stock.gained", product_id, cause)
    changes.write(session)
