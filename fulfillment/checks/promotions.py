"""Promotions: what was used is counted, and what was canceled is given back. (LI4-LI6)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

PROMOTIONS: Final = (
    Invariant(
        "promotion_uses_are_counted",
        "A promotion counts exactly the orders that use it.",
        """
        SELECT p.code, p.id, count(u.id) AS expected, p.uses AS found
          FROM promotion p LEFT JOIN promotion_use u ON u.promotion_id = p.id AND u.given_back_at IS NULL
         GROUP BY p.id HAVING count(u.id) <> p.uses""",
    ),
    Invariant(
        "customers_stay_within_limits",
        "No customer uses a promotion more often than one may.",
        """
        SELECT p.code, p.id, lower(u.customer_email) AS customer, p.use_limit_per_customer AS expected, count(*) AS found
          FROM promotion p JOIN promotion_use u ON u.promotion_id = p.id AND u.given_back_at IS NULL
         WHERE p.use_limit_per_customer IS NOT NULL AND u.customer_email IS NOT NULL
         GROUP BY p.id, lower(u.customer_email) HAVING count(*) > p.use_limit_per_customer""",
    ),
    Invariant(
        "canceled_orders_use_no_promotion",
        "An order that was canceled before anything shipped has given its promotions back.",
        """
        SELECT o.number, u.id, u.promotion_id, u.used_at FROM promotion_use u JOIN purchase_order o ON o.id = u.order_id
         WHERE o.status = 'canceled' AND u.given_back_at IS NULL""",
    ),
)
