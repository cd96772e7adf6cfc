"""What is expected: pieces of open deliveries that have not come yet, by the day they are expected on. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

_COMING = text("""
SELECT l.product_id, d.warehouse_id, d.expected_on, sum(l.expected - l.received)::bigint AS pieces
  FROM inbound_line l JOIN inbound_delivery d ON d.id = l.delivery_id
 WHERE l.product_id = ANY (CAST(:products AS bigint[])) AND d.status IN ('expected', 'partially_received')
   AND l.expected > l.received
 GROUP BY l.product_id, d.warehouse_id, d.expected_on ORDER BY d.expected_on, d.warehouse_id, l.product_id
""")


@dataclass(frozen=True, slots=True)
class Coming:
    """Pieces of a product that are to come to a warehouse on a day."""

    product_id: int
    warehouse_id: int
    expected_on: date
    pieces: int


def coming(session: Session, product_ids: Iterable[int]) -> list[Coming]:
    """Give what is to come of some products, the next day first."""
    return [Coming(*row) for row in session.execute(_COMING, {"products": sorted(set(product_ids))})]


def day_of(expected: Iterable[Coming], product_id: int, warehouse_id: int, pieces: int) -> date | None:
    """Give the day by which so many pieces of a product will have come to a warehouse; None where that is not known."""
    left = pieces
    for each in expected:
        if (each.product_id, each.warehouse_id) == (product_id, warehouse_id):
            left -= each.pieces
            if left <= 0:
                return each.expected_on
    return None
