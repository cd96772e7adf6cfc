"""
Counts as they are shown. Reads only.

What a place should hold is not told before somebody has counted it, and never to whoever counted it, until the count has
ended: a number that somebody may correct by the books is no count.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.inventory.documents import LatestDocuments
from fulfillment.kernel.errors import NotFound

_SELECT = """
SELECT c.id, w.code AS warehouse, c.status, c.note, c.created_at, c.created_by, c.ended_at, c.ended_by,
       v.places, v.counted, CASE WHEN NOT v.is_own THEN v.different END AS different
  FROM stock_count c JOIN warehouse w ON w.id = c.warehouse_id
 CROSS JOIN LATERAL (SELECT count(*) AS places, count(l.counted) AS counted,
                            count(*) FILTER (WHERE l.counted <> l.expected) AS different,
                            c.status = 'open' AND coalesce(bool_or(EXISTS (
                              SELECT FROM count_entry e WHERE e.line_id = l.id AND e.actor = CAST(:blind AS text))), false)
                            AS is_own
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
SELECT p.sku, p.name, b.code AS bin, v.expected, l.counted, l.counted - v.expected AS difference, l.times,
       (SELECT e.actor FROM count_entry e WHERE e.line_id = l.id ORDER BY e.id DESC LIMIT 1) AS counted_by
  FROM count_line l JOIN product p ON p.id = l.product_id LEFT JOIN bin b ON b.id = l.bin_id
 CROSS JOIN LATERAL (SELECT CASE WHEN NOT (l.is_open AND EXISTS (
                              SELECT FROM count_entry e WHERE e.line_id = l.id AND e.actor = CAST(:blind AS text)))
                            THEN l.expected END AS expected) v
 WHERE l.count_id = :id ORDER BY b.position, b.code, p.sku
""")


def find_count(session: Session, count_id: int, *, blind: str | None = None) -> tuple[RowMapping, Sequence[RowMapping]]:
    """
    Give a count and its places in walking order. Raises NotFound.

    `blind` is who reads, and is not told what should lie where they counted; None is told of all that is counted.
    """
    asked = {"id": count_id, "blind": blind}
    row = session.execute(_ONE, asked).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no count {count_id}")
    return row, session.execute(_LINES, asked).mappings().all()


def list_counts(session: Session, wanted: LatestDocuments, *, blind: str | None = None) -> Sequence[RowMapping]:
    """List counts, the latest first; `blind` is who reads, and is not told whether differs what they counted."""
    return session.execute(_PAGE, {**wanted.parameters, "blind": blind}).mappings().all()
