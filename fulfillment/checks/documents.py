"""Papers of the warehouse against the movements of stock: deliveries. Quantities are pieces."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

DOCUMENTS: Final = (
    Invariant(
        "deliveries_are_their_receipts",
        "What a delivery says was received of a product was received because of it, in its warehouse.",
        """
        WITH moved AS (
          SELECT document_id AS delivery_id, product_id, warehouse_id, sum(on_hand_change) AS received FROM stock_movement
           WHERE kind = 'received' AND document_id IS NOT NULL GROUP BY document_id, product_id, warehouse_id),
        told AS (
          SELECT l.delivery_id, l.product_id, d.warehouse_id, l.received
            FROM inbound_line l JOIN inbound_delivery d ON d.id = l.delivery_id WHERE l.received > 0)
        SELECT delivery_id, product_id, warehouse_id, coalesce(m.received, 0) AS expected, coalesce(t.received, 0) AS found
          FROM told t FULL JOIN moved m USING (delivery_id, product_id, warehouse_id)
         WHERE coalesce(m.received, 0) <> coalesce(t.received, 0)""",
    ),
    Invariant(
        "deliveries_stand_as_far_as_they_came",
        "A delivery is expected while nothing of it came, received once all did, and bears the time of its end.",
        """
        SELECT d.id AS delivery_id, d.status AS found, sum(l.expected) AS expected, sum(l.received) AS received, d.ended_at
          FROM inbound_delivery d JOIN inbound_line l ON l.delivery_id = d.id
         GROUP BY d.id
        HAVING (d.status IN ('expected', 'canceled')) <> (sum(l.received) = 0)
            OR (d.status = 'received') <> bool_and(l.received >= l.expected)
            OR (d.ended_at IS NULL) <> (d.status IN ('expected', 'partially_received'))""",
    ),
)
