"""Exchanges against their returns, their orders and the ledger. Amounts are minor units. (EX*)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

EXCHANGES: Final = (
    Invariant(
        "exchanges_follow_their_returns",
        "An exchange is settled exactly when its return is completed for it; while it is open, so is its return, or a step is about"
        " to end it (EX3).",
        """
        SELECT x.id, o.number, x.status, x.return_id, r.status AS found
          FROM exchange x JOIN purchase_order o ON o.id = x.order_id LEFT JOIN return_order r ON r.id = x.return_id
         WHERE r.order_id IS DISTINCT FROM x.order_id
            OR (x.status = 'settled') <> (r.status = 'completed' AND r.settles_by = 'exchange')
            OR x.status = 'open' AND NOT (r.settles_by = 'exchange' AND r.status IN ('authorized', 'receiving'))
               AND NOT EXISTS (SELECT FROM dispatch d WHERE d.step = 'exchanges.follow_returns' AND d.subject_id = x.return_id)""",
    ),
    Invariant(
        "credits_are_of_exchanges",
        "What was credited to an order is the credit of its exchange; once that is settled, it stands for accepted goods, and"
        " once it ended otherwise nothing of it stands but what was refunded (EX2, EX5).",
        """
        WITH given AS (
          SELECT c.return_id, c.order_id, c.source_order_id, sum(p.amount) AS amount, sum(p.captured - p.refunded) AS standing,
                 sum(p.captured - c.waiting) AS used, bool_and(c.accepted) AS accepted, sum(p.refund_pending) AS going
            FROM exchange_credit c JOIN payment p ON p.id = c.id GROUP BY 1, 2, 3)
        SELECT x.id AS exchange_id, x.return_id, x.credit AS expected, g.amount AS found, x.status
          FROM exchange x
          LEFT JOIN given g ON g.return_id = x.return_id AND g.order_id = x.new_order_id AND g.source_order_id = x.order_id
         WHERE coalesce(g.amount, 0) <> x.credit
            OR (x.status = 'settled') <> g.accepted
            OR x.status = 'settled' AND g.used + x.paid_back > x.worth AND g.standing > 0
            OR x.status IN ('canceled', 'unreturned') AND g.standing > g.going""",
    ),
)
