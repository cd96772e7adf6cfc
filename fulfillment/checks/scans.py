"""Scans and events of others: what was told once counts once, and a code finds one product. Quantities are pieces."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

SCANS: Final = (
    Invariant(
        "scans_are_their_picks",
        "What scans were answered to have picked of a line is what was asked, and was picked of it on their picklist.",
        """
        WITH told AS (
          SELECT s.picklist_id, s.scan_id, (s.asked ->> 'quantity')::bigint AS asked, (v ->> 'line_id')::bigint AS line_id,
                 (v ->> 'quantity')::bigint AS quantity
            FROM pick_scan s CROSS JOIN jsonb_array_elements(s.answer -> 'picks') v),
        picked AS (
          SELECT picklist_id, line_id, sum(quantity) AS quantity FROM pick WHERE quantity > 0 GROUP BY 1, 2)
        SELECT s.picklist_id, s.scan_id, NULL::bigint AS line_id, (s.asked ->> 'quantity')::bigint AS expected,
               (SELECT coalesce(sum(t.quantity), 0) FROM told t
                 WHERE t.picklist_id = s.picklist_id AND t.scan_id = s.scan_id) AS found
          FROM pick_scan s
         WHERE (s.asked ->> 'quantity')::bigint
               IS DISTINCT FROM (SELECT coalesce(sum(t.quantity), 0) FROM told t
                                  WHERE t.picklist_id = s.picklist_id AND t.scan_id = s.scan_id)
         UNION ALL
        SELECT t.picklist_id, NULL, t.line_id, coalesce(max(p.quantity), 0), sum(t.quantity)
          FROM told t LEFT JOIN picked p USING (picklist_id, line_id)
         GROUP BY t.picklist_id, t.line_id HAVING sum(t.quantity) > coalesce(max(p.quantity), 0)""",
    ),
    Invariant(
        "a_code_finds_one_product",
        "A barcode is the SKU of no other product.",
        """
        SELECT b.code, b.product_id AS expected, p.id AS found
          FROM product_barcode b JOIN product p ON p.sku = b.code WHERE p.id <> b.product_id""",
    ),
    Invariant(
        "events_have_ids_that_gateways_send",
        "What a gateway told is remembered by an id of up to 200 printable characters.",
        """
        SELECT id AS found, received_at FROM gateway_event
         WHERE char_length(id) NOT BETWEEN 1 AND 200 OR id ~ '[[:cntrl:]]'""",
    ),
)
