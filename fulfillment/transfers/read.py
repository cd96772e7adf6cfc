"""Transfers as they are shown. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.inventory.documents import LatestDocuments
from fulfillment.kernel.errors import NotFound

_SELECT = """
SELECT t.id, f.code AS from_warehouse, w.code AS to_warehouse, t.status, t.note, t.created_at, t.created_by, t.shipped_at,
       t.ended_at
  FROM transfer t JOIN warehouse f ON f.id = t.from_warehouse_id JOIN warehouse w ON w.id = t.to_warehouse_id
"""
_ONE = text(f"{_SELECT} WHERE t.id = :id")
_PAGE = text(f"""{_SELECT}
 WHERE (t.created_at, t.id) < (CAST(:before AS timestamptz), CAST(:last AS bigint))
   AND (CAST(:status AS text) IS NULL OR t.status = CAST(:status AS text))
   AND (CAST(:only AS text[]) IS NULL
        OR f.code = ANY (CAST(:only AS text[])) OR w.code = ANY (CAST(:only AS text[])))
 ORDER BY t.created_at DESC, t.id DESC LIMIT :limit
""")
_LINES = text("""
SELECT p.sku, l.requested, l.shipped, l.received, l.returned, l.lost,
       l.shipped - l.received - l.returned - l.lost AS in_transit
  FROM transfer_line l JOIN product p ON p.id = l.product_id WHERE l.transfer_id = :id ORDER BY p.sku
""")


def find_transfer(session: Session, transfer_id: int) -> tuple[RowMapping, Sequence[RowMapping]]:
    """Give a transfer and its lines. Raises NotFound."""
    row = session.execute(_ONE, {"id": transfer_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no transfer {transfer_id}")
    return row, session.execute(_LINES, {"id": transfer_id}).mappings().all()


def list_transfers(session: Session, wanted: LatestDocuments) -> Sequence[RowMapping]:
    """List transfers, the latest first; of the caller's warehouses, from or to which they go."""
    return session.execute(_PAGE, wanted.parameters).mappings().all()
