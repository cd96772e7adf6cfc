"""Search: what orders are found by is what is written on them. (FI1 to FI4)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant
from fulfillment.orders.search.keep import WRITTEN_ON_ORDERS

SEARCH: Final = (
    Invariant(
        "orders_are_found_by_what_is_written_on_them",
        "What is kept for finding an order is what stands on it; nothing is kept for an order that is not there.",
        f"""
        SELECT coalesce(o.number, s.number) AS number, coalesce(o.order_id, s.order_id) AS id,
               to_jsonb(o) AS expected, to_jsonb(s) AS found
          FROM ({WRITTEN_ON_ORDERS}) o
          FULL JOIN order_search s USING (order_id)
         WHERE (o.placed_at, o.number, o.name, o.customer_name, o.customer_email, o.items)
               IS DISTINCT FROM (s.placed_at, s.number, s.name, s.customer_name, s.customer_email, s.items)""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "search_blocks_know_their_orders",
        "A search block that is not stale was gathered from as many orders as it covers, and they have no other block.",
        """
        SELECT b.last_order_id, b.orders AS found, v.orders AS expected
          FROM search_block b
          LEFT JOIN LATERAL (SELECT count(*) AS orders FROM order_search s
                              WHERE (s.placed_at, s.order_id) > (b.after_placed_at, b.after_order_id)
                                AND (s.placed_at, s.order_id) <= (b.last_placed_at, b.last_order_id)) v ON true
         WHERE (NOT b.stale AND v.orders > b.orders)
            OR EXISTS (SELECT FROM search_block c
                        WHERE (c.last_placed_at, c.last_order_id) > (b.after_placed_at, b.after_order_id)
                          AND (c.last_placed_at, c.last_order_id) < (b.last_placed_at, b.last_order_id))""",
    ),
)
