"""Keeping what orders are found by. Whoever writes a name, a customer or a line calls this in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text

from fulfillment.db.session import Executor

WRITTEN_ON_ORDERS = """
SELECT o.id AS order_id, o.placed_at, o.number,
       array_to_string(ARRAY(SELECT DISTINCT CAST(name AS text) COLLATE "C" FROM order_form
                              WHERE order_id = o.id ORDER BY 1), E'\\n') AS name,
       coalesce(o.customer_name, '') AS customer_name, coalesce(o.customer_email, '') AS customer_email,
       array_to_string(ARRAY(SELECT DISTINCT CAST(word AS text) COLLATE "C"
                               FROM shipment s JOIN line_item i ON i.shipment_id = s.id
                              CROSS JOIN unnest(ARRAY[i.sku, i.name]) AS word
                              WHERE s.order_id = o.id ORDER BY 1), E'\\n') AS items
  FROM purchase_order o
"""
"""What stands in the orders themselves, as it is kept for finding them."""

# Taken before anything is read: a block is not gathered while the words of its orders change.
_NO_GATHERING = text("SELECT pg_advisory_xact_lock_shared(hashtext('search_block'))")
_KEEP = text(f"""
WITH kept AS (
  INSERT INTO order_search AS s (order_id, placed_at, number, name, customer_name, customer_email, items)
  {WRITTEN_ON_ORDERS} WHERE o.id = ANY (CAST(:ids AS bigint[]))
  ON CONFLICT (order_id) DO UPDATE
     SET placed_at = excluded.placed_at, number = excluded.number, name = excluded.name, items = excluded.items,
         customer_name = excluded.customer_name, customer_email = excluded.customer_email
   WHERE (s.*) IS DISTINCT FROM (excluded.*)
  RETURNING s.placed_at, s.order_id)
UPDATE search_block b SET stale = true FROM kept
 WHERE NOT b.stale AND (b.last_placed_at, b.last_order_id) = (
   SELECT c.last_placed_at, c.last_order_id FROM search_block c
    WHERE (c.last_placed_at, c.last_order_id) >= (kept.placed_at, kept.order_id)
    ORDER BY c.last_placed_at, c.last_order_id LIMIT 1)
""")  # noqa: S608 - our own names only


def keep_for_search(executor: Executor, order_ids: Iterable[int]) -> None:
    """
    Let orders be found by what is written on them now: after any change of their names, customer or lines.

    A new order of a checkout has its row written with it (`search_row`).
    """
    executor.execute(_NO_GATHERING)
    executor.execute(_KEEP, {"ids": sorted(set(order_ids))})


def search_row(
    order_id: int,
    *,
    placed_at: datetime,
    number: str,
    names: Iterable[str | None],
    customer_name: str | None,
    customer_email: str | None,
    items: Iterable[str],
) -> dict[str, Any]:
    """Give the row a new order is found by; `names` are those of its forms, `items` the SKUs and names of its lines."""
    return {
        "order_id": order_id,
        "placed_at": placed_at,
        "number": number,
        "name": "\n".join(sorted({name for name in names if name is not None})),
        "customer_name": customer_name or "",
        "customer_email": customer_email or "",
        "items": "\n".join(sorted(set(items))),
    }
