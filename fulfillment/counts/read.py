"""Counts as they are shown: what a place should hold is not told before somebody has counted it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.inventory.documents import LatestDocuments
from fulfillment.kernel.errors import NotFound

_SELECT = """
SELECT c.id, w.code AS warehouse, c.status, c.note, c.created_at, c.created_by, c.ended_at, c.ended_by,
       v.places, v.counted, v.different
  FROM stock_count c JOIN warehouse w ON w.id = c.warehouse_id
 CROSS JOIN LATERAL (SELECT count(*) AS places, count(l.counted) AS counted,
                            count(*) FILTER (WHERE l.counted <> l.expected) AS different
                       FROM count_line l WHERE l.count_id = c.id) v
"""
_ONE = text(f"{_SELECT} WHERE c.id = :id")
_PAGE = text(f"""{_SELECT}
 WHERE (c.created_at, c.id) < (CAST(:before AS timestamptz), CAST(:last AS bigint))
   AND (CAST(:status AS text) IS NULL OR c.status = CAST(:status AS text))
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
 ORDER BY c.created_at DESC, c.id DESC LIMIT :limit
""")
_LINES = text("""
SELECT p.sku, p.name, b.code AS bin, l.expected, l.counted, l.counted - l.expected AS difference, l.times,
       (SELECT e.actor FROM count_entry e WHERE e.line_id = l.id ORDER BY e.id DESC LIMIT 1) AS counted_by
  FROM count_line l JOIN product p ON p.id = l.product_id LEFT JOIN bin b ON b.id = l.bin_id
 WHERE l.count_id = :id ORDER BY b.position, b.code, p.sku
""")


def find_count(session: Session, count_id: int) -> tuple[RowMapping, Sequence[RowMapping]]:
    """Give a count and its places in walking order. Raises NotFound."""
    row = session.execute(_ONE, {"id": count_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no count {count_id}")
    return row, session.execute(_LINES, {"id": count_id}).mappings().all()


def list_counts(session: Session, wanted: LatestDocuments) -> Sequence[RowMapping]:
    """List counts, the latest first."""
    return session.execute(_PAGE, wanted.parameters).mappings().all()
