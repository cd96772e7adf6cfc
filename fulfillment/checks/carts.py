"""Carts: what they have become, and that what repeats their content says the same. (ST1, ST7)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

CARTS: Final = (
    Invariant(
        "converted_carts_are_their_orders",
        "A cart that was converted names an order that exists, of its market and storefront, placed at that moment (ST1).",
        """
        SELECT c.id AS cart_id, c.order_id, o.number, c.converted_at AS expected, o.placed_at AS found
          FROM cart c LEFT JOIN purchase_order o ON o.id = c.order_id
         WHERE c.order_id IS NOT NULL
           AND (o.id IS NULL OR (o.market_id, o.placed_at) <> (c.market_id, c.converted_at)
                OR o.storefront_id IS DISTINCT FROM c.storefront_id)""",
    ),
    Invariant(
        "carts_say_what_they_hold",
        "The market and the customer by which a cart is found are those of its content.",
        """
        SELECT c.id AS cart_id,
               ARRAY[c.document ->> 'market', c.document ->> 'customer_id', c.document ->> 'customer_name',
                     c.document ->> 'customer_email'] AS expected,
               ARRAY[m.code, c.customer_id::text, c.customer_name, c.customer_email] AS found
          FROM cart c LEFT JOIN market m ON m.id = c.market_id
         WHERE (m.code, c.customer_id::text, c.customer_name, c.customer_email)
               IS DISTINCT FROM (c.document ->> 'market', c.document ->> 'customer_id', c.document ->> 'customer_name',
                                 c.document ->> 'customer_email')""",
    ),
    Invariant(
        "cart_lines_have_names_of_their_own",
        "No two lines of a cart have the same position, and none has one that was not given yet (LI3).",
        """
        SELECT c.id AS cart_id, v.lines, v.positions, v.highest AS found,
               coalesce((c.document ->> 'last_position')::bigint, 0) AS expected
          FROM cart c
         CROSS JOIN LATERAL (SELECT count(*) AS lines, count(DISTINCT line ->> 'position') AS positions,
                                    coalesce(max((line ->> 'position')::bigint), 0) AS highest
                               FROM jsonb_array_elements(c.document -> 'lines') AS line) v
         WHERE v.positions <> v.lines OR v.highest > coalesce((c.document ->> 'last_position')::bigint, 0)""",
    ),
)
