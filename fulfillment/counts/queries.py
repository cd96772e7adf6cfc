"""What the verbs ask about counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.machine import OfNoOrder

_LOCK = text("SELECT id, warehouse_id, status FROM stock_count WHERE id = :id FOR NO KEY UPDATE")
_LINES = text("""
SELECT l.id, l.product_id, p.sku, l.bin_id, b.code, l.expected, l.counted, l.times
  FROM count_line l JOIN product p ON p.id = l.product_id LEFT JOIN bin b ON b.id = l.bin_id
 WHERE l.count_id = :id ORDER BY l.id
""")
_ENTERED_BY = text("""
SELECT DISTINCT e.line_id FROM count_entry e JOIN count_line l ON l.id = e.line_id
 WHERE l.count_id = :id AND e.actor = :actor
""")
_ADD = text("""
INSERT INTO count_line (id, count_id, warehouse_id, bin_id, product_id, is_open)
SELECT v.id, :count, :warehouse, v.bin_id, v.product_id, true
  FROM unnest(CAST(:ids AS bigint[]), CAST(:bins AS bigint[]), CAST(:products AS bigint[])) AS v(id, bin_id, product_id)
 ORDER BY v.product_id, v.bin_id ON CONFLICT DO NOTHING RETURNING id
""")


@dataclass(slots=True)
class CountUnderLock(OfNoOrder):
    """A count whose row is locked, as a subject of its machine."""

    id: int
    warehouse_id: int
    status: str


@dataclass(slots=True)
class Counted:
    """A place of a count: what lay there when it was counted, and what was counted."""

    id: int
    product_id: int
    sku: str
    bin_id: int | None
    bin: str | None
    expected: int | None
    counted: int | None
    times: int

    @property
    def place(self) -> tuple[int, int | None]:
        """Product and bin."""
        return self.product_id, self.bin_id

    @property
    def difference(self) -> int:
        """Pieces more, or (negative) fewer, than lay there; 0 while it is not counted."""
        return 0 if self.counted is None or self.expected is None else self.counted - self.expected


def lock_count(session: Session, count_id: int) -> CountUnderLock:
    """Lock a count until the end of the transaction. Documents are locked before orders and stock. Raises NotFound."""
    row = session.execute(_LOCK, {"id": count_id}).one_or_none()
    if row is None:
        raise NotFound(f"no count {count_id}")
    return CountUnderLock(*row)


def lines_of_count(session: Session, count_id: int) -> dict[tuple[int, int | None], Counted]:
    """Give the places of a count by product and bin."""
    lines = [Counted(*row) for row in session.execute(_LINES, {"id": count_id})]
    return {line.place: line for line in lines}


def lines_entered_by(session: Session, count_id: int, actor: str) -> set[int]:
    """Give the places of a count for which somebody entered a number, once or again."""
    return set(session.execute(_ENTERED_BY, {"id": count_id, "actor": actor}).scalars())


def add_places(
    session: Session, count_id: int, warehouse_id: int, places: Iterable[tuple[int, int, int | None]]
) -> set[int]:
    """Add places (id, product, bin) to a count; give the ids of those that no other open count has."""
    listed = list(places)
    asked = {
        "count": count_id,
        "warehouse": warehouse_id,
        "ids": [row_id for row_id, _, _ in listed],
        "products": [product for _, product, _ in listed],
        "bins": [bin_id for _, _, bin_id in listed],
    }
    return set(session.execute(_ADD, asked).scalars()) if listed else set()
