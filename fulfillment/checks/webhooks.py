"""Webhooks: each event is told, or waits for it, or was refused, or kept back by a disabled endpoint: none is forgotten."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

WEBHOOKS: Final = (
    Invariant(
        "waiting_webhooks_are_sent",
        "What waits for an endpoint of one order has one dispatch row, or its dead letter; a test has one too.",
        """
        SELECT w.endpoint_id, w.order_id, count(*) AS waiting, max(d.rows) AS found
          FROM webhook_delivery w
          CROSS JOIN LATERAL (SELECT count(*) AS rows FROM dispatch d
                               WHERE d.step = 'webhooks.deliver' AND d.order_id IS NOT DISTINCT FROM w.order_id
                                 AND d.subject_id = w.endpoint_id) d
         WHERE w.status = 'waiting' GROUP BY w.endpoint_id, w.order_id
        HAVING max(d.rows) = 0 OR max(d.rows) > 1 AND w.order_id IS NOT NULL""",
    ),
    Invariant(
        "events_are_announced",
        "Since an endpoint listens, each order placed or completed and each shipment shipped that it is to be told of has a delivery,"
        " or the dispatch row that will announce it.",
        """
        SELECT e.id AS endpoint_id, o.number, t.subject, t.verb
          FROM webhook_endpoint e
          JOIN timeline t ON t.at > e.created_at + interval '1 minute' AND t.at > now() - interval '29 days'
          JOIN (VALUES ('order', 'place', 'order.placed', 'order.*'), ('order', 'complete', 'order.completed', 'order.*'),
                       ('shipment', 'complete', 'shipment.shipped', 'shipment.*')) AS told(subject, verb, event, kind)
            ON (told.subject, told.verb) = (t.subject, t.verb)
          JOIN purchase_order o ON o.id = t.order_id
         WHERE e.status <> 'removed' AND coalesce(e.storefront_id = o.storefront_id, e.storefront_id IS NULL)
           AND e.events ?| ARRAY['*', told.event, told.kind]
           AND NOT EXISTS (SELECT FROM webhook_delivery w
                            WHERE w.order_id = t.order_id AND w.endpoint_id = e.id AND w.event = told.event)
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = t.order_id AND d.step = 'webhooks.announce')""",
    ),
    Invariant(
        "webhook_attempts_are_logged",
        "A delivery has as many attempts as it says, and was delivered exactly when the last one was answered by 2xx.",
        """
        SELECT w.id AS delivery_id, w.status, w.attempts AS expected, count(a.number) AS found
          FROM webhook_delivery w LEFT JOIN webhook_attempt a ON a.delivery_id = w.id
         GROUP BY w.id
        HAVING count(a.number) <> w.attempts OR coalesce(max(a.number), 0) <> w.attempts
            OR w.status IN ('delivered', 'refused') AND (w.status = 'delivered')
               <> coalesce(bool_or(a.answered BETWEEN 200 AND 299) FILTER (WHERE a.number = w.attempts), false)""",
    ),
)
