"""Subscriptions: what they made, against what they say is next. (ST7)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

SUBSCRIPTIONS: Final = (
    Invariant(
        "due_dates_come_once",
        "A subscription has put no date down as next for which it made an order already, nor one before that (ST7).",
        """
        SELECT s.id, s.order_number, s.next_due::text AS found, max(m.due_on)::text AS made
          FROM subscription s JOIN subscription_order m ON m.subscription_id = s.id
         GROUP BY s.id HAVING max(m.due_on) >= s.next_due""",
    ),
)
