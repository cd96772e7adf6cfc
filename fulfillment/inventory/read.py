"""Stock as it is shown: how much is where, how much of it is promised, who waits, and how it came to be. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.inventory.shelves import FREE, RESERVED

_STOCK = text(f"""
SELECT p.id AS product_id, p.sku, w.code AS warehouse, s.on_hand, s.allocated, s.safety, {RESERVED} AS reserved,
       {FREE} - {RESERVED} AS available
  FROM product p JOIN stock s ON s.product_id = p.id JOIN warehouse w ON w.id = s.warehouse_id
 WHERE p.sku = ANY (CAST(:skus AS text[])) ORDER BY p.sku, w.priority
""")  # noqa: S608 - our own names only
_WAITING = text("""
SELECT p.sku, coalesce(sum(w.quantity), 0) AS waiting
  FROM product p LEFT JOIN waiting_line w ON w.product_id = p.id
 WHERE p.sku = ANY (CAST(:skus AS text[])) GROUP BY p.sku ORDER BY p.sku
""")
_AVAILABLE = text(f"""
SELECT p.sku, sum(greatest(0, {FREE} - {RESERVED})) AS available FROM product p JOIN stock s ON s.product_id = p.id
 WHERE p.sku = ANY (CAST(:skus AS text[])) GROUP BY p.sku
""")  # noqa: S608 - our own names only
_PAGE_OF_SKUS = text("""
SELECT p.sku FROM product p WHERE p.sku > :after AND EXISTS (SELECT FROM stock s WHERE s.product_id = p.id)
 ORDER BY p.sku LIMIT :limit
""")
_MOVEMENTS = text("""
SELECT m.id, p.sku, w.code AS warehouse, m.kind, m.on_hand_change, m.allocated_change, m.line_id, m.reason, m.note,
       m.document_id, m.cause_kind, m.cause_id, m.actor, m.at
  FROM stock_movement m JOIN product p ON p.id = m.product_id JOIN warehouse w ON w.id = m.warehouse_id
 WHERE p.sku = :sku AND m.id < :before AND (CAST(:kind AS text) IS NULL OR m.kind = CAST(:kind AS text))
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
 ORDER BY m.id DESC LIMIT :limit
""")
_BIN_MOVEMENTS = text("""
SELECT m.id, p.sku, w.code AS warehouse, m.kind, f.code AS from_bin, t.code AS to_bin, m.quantity, m.line_id, m.cause_kind,
       m.cause_id, m.actor, m.at
  FROM bin_movement m JOIN product p ON p.id = m.product_id JOIN warehouse w ON w.id = m.warehouse_id
  LEFT JOIN bin f ON f.id = m.from_bin_id LEFT JOIN bin t ON t.id = m.to_bin_id
 WHERE p.sku = :sku AND m.id < :before AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
 ORDER BY m.id DESC LIMIT :limit
""")
_PLACES = text("""
SELECT w.code AS warehouse, coalesce(k.on_hand, 0) AS on_hand, coalesce(k.allocated, 0) AS allocated,
       coalesce(k.in_bins, 0) AS in_bins,
       (SELECT coalesce(sum(l.picked), 0)::bigint FROM shipment s JOIN line_item l ON l.shipment_id = s.id
         WHERE s.status = 'packing' AND s.warehouse_id = w.id AND l.product_id = p.id)
       + (SELECT coalesce(sum(b.quantity), 0)::bigint FROM put_back b
           WHERE b.confirmed_at IS NULL AND b.warehouse_id = w.id AND b.product_id = p.id) AS picked,
       (SELECT coalesce(sum(l.shipped - l.received - l.returned - l.lost), 0)::bigint
          FROM transfer_line l JOIN transfer t ON t.id = l.transfer_id
         WHERE l.product_id = p.id AND t.to_warehouse_id = w.id
           AND t.status IN ('in_transit', 'partially_received')) AS in_transit,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'bin', b.code, 'quantity', s.quantity)
                                  ORDER BY b.position, b.code), '[]')
          FROM bin_stock s JOIN bin b ON b.id = s.bin_id
         WHERE s.product_id = p.id AND b.warehouse_id = w.id AND s.quantity > 0) AS bins
  FROM product p CROSS JOIN warehouse w
  LEFT JOIN stock k ON k.product_id = p.id AND k.warehouse_id = w.id
 WHERE p.sku = :sku ORDER BY w.priority
""")
_LATEST = 2**63 - 1


def stock_of(session: Session, skus: Sequence[str], *, at: datetime) -> Sequence[RowMapping]:
    """
    Give the stock of products, by SKU and warehouse, the first warehouse to be tried first.

    What is `available` may be negative, where more is kept back than is there.
    """
    return session.execute(_STOCK, {"skus": list(skus), "at": at}).mappings().all()


def available_of(session: Session, skus: Sequence[str], *, at: datetime) -> dict[str, int]:
    """Give the pieces that may be promised, over all warehouses, of the products that were ever in stock."""
    return {row.sku: int(row.available) for row in session.execute(_AVAILABLE, {"skus": list(skus), "at": at})}


def waiting_for(session: Session, skus: Sequence[str]) -> dict[str, int]:
    """Give the pieces that shipments wait for, for each product that exists."""
    return {row.sku: int(row.waiting) for row in session.execute(_WAITING, {"skus": list(skus)})}


def skus_in_stock(session: Session, *, after: str = "", limit: int = 50) -> list[str]:
    """List the SKUs that were ever in stock."""
    return list(session.execute(_PAGE_OF_SKUS, {"after": after, "limit": limit}).scalars())


def movements_of(
    session: Session,
    sku: str,
    *,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 50,
    only: Iterable[str] | None = None,
) -> Sequence[RowMapping]:
    """List the movements of a product, of one kind or all, the latest first; `only` are the caller's warehouses."""
    asked = {**_narrowed(sku, before, limit, only), "kind": kind}
    return session.execute(_MOVEMENTS, asked).mappings().all()


def bin_movements_of(
    session: Session, sku: str, *, before: int | None = None, limit: int = 50, only: Iterable[str] | None = None
) -> Sequence[RowMapping]:
    """List how pieces of a product went from bin to bin, the latest first; `only` are the caller's warehouses."""
    return session.execute(_BIN_MOVEMENTS, _narrowed(sku, before, limit, only)).mappings().all()


def places_of(session: Session, sku: str) -> Sequence[RowMapping]:
    """Give where the pieces of a product lie, by warehouse: bins in walking order, picked, in none, on the way to it."""
    rows = session.execute(_PLACES, {"sku": sku}).mappings().all()
    return [row for row in rows if row["on_hand"] or row["in_transit"]]


def _narrowed(sku: str, before: int | None, limit: int, only: Iterable[str] | None) -> dict[str, Any]:
    return {
        "sku": sku,
        "before": _LATEST if before is None else before,
        "only": None if only is None else sorted(only),
        "limit": limit,
    }
