"""Returns: their lines against every piece that came, the stock it went to, and what was paid back for it. (RT*)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant
from fulfillment.returns.queries import COMING_BACK

RETURNS: Final = (
    Invariant(
        "return_lines_are_their_movements",
        "What a line of a return says was received, restocked, scrapped, sent to its vendor and refused is what was done with"
        " its pieces, and in no warehouse more was decided about than came there.",
        """
        WITH moved AS (
          SELECT return_line_id, sum(quantity) FILTER (WHERE kind = 'received') AS received,
                 sum(quantity) FILTER (WHERE kind = 'restocked') AS restocked,
                 sum(quantity) FILTER (WHERE kind = 'scrapped') AS scrapped,
                 sum(quantity) FILTER (WHERE kind = 'to_vendor') AS to_vendor,
                 sum(quantity) FILTER (WHERE kind = 'refused') AS refused
            FROM return_movement GROUP BY return_line_id),
        lying AS (
          SELECT return_line_id, min(pieces) AS least
            FROM (SELECT return_line_id, warehouse_id, sum(CASE kind WHEN 'received' THEN quantity ELSE -quantity END) AS pieces
                    FROM return_movement GROUP BY return_line_id, warehouse_id) v GROUP BY return_line_id),
        compared AS (
          SELECT l.id, l.return_id, ARRAY[l.received, l.restocked, l.scrapped, l.to_vendor, l.refused] AS found,
                 ARRAY[coalesce(m.received, 0), coalesce(m.restocked, 0), coalesce(m.scrapped, 0), coalesce(m.to_vendor, 0),
                       coalesce(m.refused, 0)]::bigint[] AS expected, coalesce(y.least, 0) AS least
            FROM return_line l LEFT JOIN moved m ON m.return_line_id = l.id LEFT JOIN lying y ON y.return_line_id = l.id)
        SELECT r.number, c.id AS return_line_id, c.expected, c.found, c.least
          FROM compared c JOIN return_order r ON r.id = c.return_id WHERE c.expected <> c.found OR c.least < 0""",
    ),
    Invariant(
        "restocked_pieces_are_on_hand",
        "What was restocked of a return came on hand because of it, of the same product and in the same warehouse.",
        """
        WITH told AS (
          SELECT l.return_id, l.product_id, m.warehouse_id, sum(m.quantity) AS pieces
            FROM return_movement m JOIN return_line l ON l.id = m.return_line_id WHERE m.kind = 'restocked'
           GROUP BY l.return_id, l.product_id, m.warehouse_id),
        moved AS (
          SELECT document_id AS return_id, product_id, warehouse_id, sum(on_hand_change) AS pieces
            FROM stock_movement WHERE kind = 'restocked' GROUP BY document_id, product_id, warehouse_id)
        SELECT return_id, product_id, warehouse_id, coalesce(t.pieces, 0) AS expected, coalesce(m.pieces, 0) AS found
          FROM told t FULL JOIN moved m USING (return_id, product_id, warehouse_id)
         WHERE coalesce(t.pieces, 0) <> coalesce(m.pieces, 0)""",
    ),
    Invariant(
        "no_more_comes_back_than_left",
        "Of a line item no more pieces came back, or are to, than were shipped; they are of its product and its order.",
        f"""
        SELECT o.number, i.id AS line_id, i.sku, CASE s.status WHEN 'shipped' THEN i.quantity ELSE 0 END AS expected,
               sum({COMING_BACK}) AS found
          FROM return_line r JOIN return_order b ON b.id = r.return_id JOIN line_item i ON i.id = r.line_id
          JOIN shipment s ON s.id = i.shipment_id JOIN purchase_order o ON o.id = s.order_id
         GROUP BY o.number, i.id, s.status, s.needs_shipping
        HAVING sum({COMING_BACK}) > CASE WHEN s.status = 'shipped' AND s.needs_shipping THEN i.quantity ELSE 0 END
            OR bool_or(r.product_id IS DISTINCT FROM i.product_id) OR bool_or(b.order_id <> s.order_id)
        """,  # noqa: S608 - our own names only
    ),
    Invariant(
        "returns_stand_as_far_as_they_came",
        "A return is authorized or canceled while nothing of it came; one that has ended awaits nothing, and once completed"
        " every piece is decided about.",
        """
        SELECT r.number, r.id AS return_id, r.status AS found, sum(l.received) AS received
          FROM return_order r LEFT JOIN return_line l ON l.return_id = r.id
         GROUP BY r.id
        HAVING count(l.id) = 0
            OR r.status IN ('authorized', 'canceled') AND sum(l.received) > 0
            OR r.status IN ('completed', 'canceled') AND sum(greatest(l.announced - l.given_up - l.received, 0)) > 0
            OR r.status = 'completed' AND sum(l.received - l.restocked - l.scrapped - l.to_vendor - l.refused) > 0
            OR r.status <> 'completed' AND sum(l.refunded) > 0""",
    ),
    Invariant(
        "returns_pay_back_what_they_say",
        "What a completed return says is paid back was asked for, by attempts of its order that bear this reason.",
        """
        WITH asked AS (
          SELECT r.id, sum(a.amount) AS amount
            FROM return_order r CROSS JOIN jsonb_array_elements_text(r.attempts) AS e (id)
            JOIN payment_attempt a ON a.id = CAST(e.id AS bigint) AND a.order_id = r.order_id AND a.kind = 'refund'
                 AND a.reason = 'returned_goods'
           WHERE jsonb_typeof(r.attempts) = 'array' GROUP BY r.id)
        SELECT r.number, r.id AS return_id, r.refund AS expected, coalesce(a.amount, 0) AS found
          FROM return_order r LEFT JOIN asked a ON a.id = r.id
         WHERE r.settles_by = 'refund' AND coalesce(r.refund, 0) <> coalesce(a.amount, 0)""",
    ),
)
