"""Papers of the warehouse against the movements of stock: deliveries, transfers, counts. Quantities are pieces."""

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
    Invariant(
        "transfers_are_their_movements",
        "What a transfer says was shipped left one warehouse by it; what arrived or is lost came to the other, the rest back.",
        """
        WITH moved AS (
          SELECT document_id AS transfer_id, product_id, warehouse_id, kind, sum(abs(on_hand_change)) AS pieces
            FROM stock_movement WHERE kind IN ('transferred_out', 'transferred_in')
           GROUP BY document_id, product_id, warehouse_id, kind),
        told AS (
          SELECT l.transfer_id, l.product_id, v.warehouse_id, v.kind, v.pieces
            FROM transfer_line l JOIN transfer t ON t.id = l.transfer_id
           CROSS JOIN LATERAL (VALUES (t.from_warehouse_id, 'transferred_out', l.shipped),
                                      (t.to_warehouse_id, 'transferred_in', l.received + l.lost),
                                      (t.from_warehouse_id, 'transferred_in', l.returned))
                              AS v(warehouse_id, kind, pieces)
           WHERE v.pieces > 0)
        SELECT transfer_id, product_id, warehouse_id, kind, coalesce(m.pieces, 0) AS expected,
               coalesce(t.pieces, 0) AS found
          FROM told t FULL JOIN moved m USING (transfer_id, product_id, warehouse_id, kind)
         WHERE coalesce(m.pieces, 0) <> coalesce(t.pieces, 0)""",
    ),
    Invariant(
        "transfers_stand_as_far_as_they_came",
        "Pieces are in transit exactly while a transfer is on its way, and none left before it was shipped.",
        """
        SELECT t.id AS transfer_id, t.status AS found, sum(l.shipped) AS shipped,
               sum(l.shipped - l.received - l.returned - l.lost) AS in_transit, t.shipped_at, t.ended_at
          FROM transfer t JOIN transfer_line l ON l.transfer_id = t.id
         GROUP BY t.id
        HAVING (t.status IN ('in_transit', 'partially_received')) <> (sum(l.shipped - l.received - l.returned - l.lost) > 0)
            OR (t.status IN ('requested', 'canceled')) <> (sum(l.shipped) = 0)
            OR (t.shipped_at IS NULL) <> (t.status IN ('requested', 'canceled'))
            OR (t.ended_at IS NULL) <> (t.status IN ('requested', 'in_transit', 'partially_received'))""",
    ),
    Invariant(
        "counts_are_their_movements",
        "What an approved count found more or fewer was put right by it, product by product; no other count moved a piece.",
        """
        WITH moved AS (
          SELECT document_id AS count_id, product_id, warehouse_id, sum(on_hand_change) AS pieces
            FROM stock_movement WHERE kind = 'counted' GROUP BY document_id, product_id, warehouse_id),
        told AS (
          SELECT l.count_id, l.product_id, l.warehouse_id, sum(l.counted - l.expected) AS pieces
            FROM count_line l JOIN stock_count c ON c.id = l.count_id WHERE c.status = 'approved'
           GROUP BY l.count_id, l.product_id, l.warehouse_id)
        SELECT count_id, product_id, warehouse_id, coalesce(m.pieces, 0) AS found, coalesce(t.pieces, 0) AS expected
          FROM told t FULL JOIN moved m USING (count_id, product_id, warehouse_id)
         WHERE coalesce(m.pieces, 0) <> coalesce(t.pieces, 0)""",
    ),
    Invariant(
        "counted_places_are_their_entries",
        "A place is open as long as its count, says what was entered last, and is counted when the count is approved.",
        """
        SELECT l.count_id, l.id AS line_id, c.status, l.is_open AS found, l.counted, e.counted AS entered, l.times,
               coalesce(e.times, 0) AS entries
          FROM count_line l JOIN stock_count c ON c.id = l.count_id
          LEFT JOIN (SELECT DISTINCT ON (line_id) line_id, counted, count(*) OVER (PARTITION BY line_id) AS times
                       FROM count_entry ORDER BY line_id, id DESC) e ON e.line_id = l.id
         WHERE l.is_open <> (c.status = 'open') OR c.status = 'approved' AND l.counted IS NULL
            OR l.counted IS NOT NULL AND l.counted IS DISTINCT FROM e.counted OR l.times <> coalesce(e.times, 0)
            OR (c.ended_at IS NULL) <> (c.status = 'open') OR l.warehouse_id <> c.warehouse_id""",
    ),
)
