"""Units: movements against counters, lines and the queue of those who wait. Quantities are pieces. (SH*)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import COVERED, IS_OPEN, Invariant

STOCK: Final = (
    Invariant(
        "stock_is_its_movements",
        "On hand and allocated of a product in a warehouse are the sums of its movements.",
        """
        WITH moved AS (
          SELECT product_id, warehouse_id, sum(on_hand_change) AS on_hand, sum(allocated_change) AS allocated
            FROM stock_movement GROUP BY product_id, warehouse_id)
        SELECT product_id, warehouse_id, ARRAY[coalesce(m.on_hand, 0), coalesce(m.allocated, 0)] AS expected,
               ARRAY[s.on_hand, s.allocated] AS found
          FROM stock s FULL JOIN moved m USING (product_id, warehouse_id)
         WHERE coalesce(m.on_hand, 0) IS DISTINCT FROM s.on_hand
            OR coalesce(m.allocated, 0) IS DISTINCT FROM s.allocated""",
    ),
    Invariant(
        "stock_is_never_oversold",
        "No count is negative, and no more is allocated than is on hand.",
        """
        SELECT product_id, warehouse_id, on_hand, allocated FROM stock
         WHERE on_hand < 0 OR allocated < 0 OR allocated > on_hand""",
    ),
    Invariant(
        "bins_are_their_movements",
        "What lies in a bin is what was put into it less what was taken out.",
        """
        WITH moved AS (
          SELECT bin_id, product_id, sum(pieces) AS quantity
            FROM (SELECT to_bin_id AS bin_id, product_id, quantity AS pieces FROM bin_movement WHERE to_bin_id IS NOT NULL
                   UNION ALL
                  SELECT from_bin_id, product_id, -quantity FROM bin_movement WHERE from_bin_id IS NOT NULL) v
           GROUP BY bin_id, product_id)
        SELECT bin_id, product_id, coalesce(m.quantity, 0) AS expected, coalesce(s.quantity, 0) AS found
          FROM bin_stock s FULL JOIN moved m USING (bin_id, product_id)
         WHERE coalesce(m.quantity, 0) <> coalesce(s.quantity, 0)""",
    ),
    Invariant(
        "pieces_in_bins_are_on_hand",
        "What stock says lies in bins is what its bins hold, and with the pieces that were picked it is no more than on hand.",
        """
        WITH held AS (
          SELECT b.warehouse_id, s.product_id, sum(s.quantity) AS quantity
            FROM bin_stock s JOIN bin b ON b.id = s.bin_id GROUP BY b.warehouse_id, s.product_id),
        picked AS (
          SELECT warehouse_id, product_id, sum(quantity) AS quantity
            FROM (SELECT s.warehouse_id, l.product_id, l.picked AS quantity
                    FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.status = 'packing' AND l.picked > 0
                   UNION ALL
                  SELECT warehouse_id, product_id, quantity FROM put_back WHERE confirmed_at IS NULL) v
           GROUP BY warehouse_id, product_id)
        SELECT product_id, warehouse_id, coalesce(h.quantity, 0) AS expected, s.in_bins AS found,
               coalesce(p.quantity, 0) AS picked, s.on_hand
          FROM stock s FULL JOIN held h USING (product_id, warehouse_id) LEFT JOIN picked p USING (product_id, warehouse_id)
         WHERE coalesce(s.in_bins, 0) <> coalesce(h.quantity, 0) OR s.in_bins + coalesce(p.quantity, 0) > s.on_hand""",
    ),
    Invariant(
        "allocated_is_its_lines",
        "Allocated of a product in a warehouse is what the lines of the shipments from there have allocated.",
        """
        WITH held AS (
          SELECT l.product_id, s.warehouse_id, sum(l.allocated) AS allocated
            FROM line_item l JOIN shipment s ON s.id = l.shipment_id
           WHERE l.allocated > 0 GROUP BY l.product_id, s.warehouse_id)
        SELECT h.product_id, h.warehouse_id, coalesce(h.allocated, 0) AS expected, s.allocated AS found,
               s.product_id AS stock_product_id, s.warehouse_id AS stock_warehouse_id
          FROM stock s FULL JOIN held h ON h.product_id = s.product_id AND h.warehouse_id = s.warehouse_id
         WHERE coalesce(h.allocated, 0) IS DISTINCT FROM s.allocated""",
    ),
    Invariant(
        "lines_are_allocated_as_their_shipment_stands",
        "A shipment assigned, released or packing has all its pieces; one shipped none, one canceled those to be put back.",
        """
        SELECT o.number, s.id AS shipment_id, s.number AS shipment, s.status, l.id AS line_id, l.sku, l.quantity,
               l.allocated AS found
          FROM line_item l JOIN shipment s ON s.id = l.shipment_id JOIN purchase_order o ON o.id = s.order_id
         WHERE l.allocated > 0 AND (s.status = 'shipped' OR l.product_id IS NULL OR NOT s.needs_shipping
                                    OR s.status = 'canceled'
                                       AND NOT EXISTS (SELECT FROM put_back b
                                                        WHERE b.line_id = l.id AND b.confirmed_at IS NULL))
            OR s.status IN ('inventory_assigned', 'released', 'packing')
               AND l.product_id IS NOT NULL AND l.allocated <> l.quantity""",
    ),
    Invariant(
        "lines_are_their_movements",
        "What a line has allocated is what was moved for it at its warehouse, and the pieces of a shipped line left once, from"
        " there; of a line that was removed nothing is left.",
        """
        WITH moved AS (
          SELECT line_id, warehouse_id, sum(allocated_change) AS allocated, -sum(on_hand_change) AS shipped
            FROM stock_movement
           WHERE kind IN ('allocated', 'deallocated', 'shipped') AND line_id IS NOT NULL GROUP BY line_id, warehouse_id),
        held AS (
          SELECT l.id AS line_id, s.warehouse_id, l.allocated,
                 CASE WHEN s.status = 'shipped' AND s.needs_shipping AND l.product_id IS NOT NULL
                      THEN l.quantity ELSE 0 END AS shipped
            FROM line_item l JOIN shipment s ON s.id = l.shipment_id)
        SELECT o.number, s.number AS shipment, s.status, line_id, l.sku, l.quantity, h.warehouse_id,
               ARRAY[coalesce(h.allocated, 0), coalesce(h.shipped, 0)] AS expected,
               ARRAY[coalesce(m.allocated, 0), coalesce(m.shipped, 0)]::bigint[] AS found
          FROM held h FULL JOIN moved m USING (line_id, warehouse_id)
          LEFT JOIN line_item l ON l.id = line_id LEFT JOIN shipment s ON s.id = l.shipment_id
          LEFT JOIN purchase_order o ON o.id = l.order_id
         WHERE (coalesce(m.allocated, 0), coalesce(m.shipped, 0)) <> (coalesce(h.allocated, 0), coalesce(h.shipped, 0))""",
    ),
    Invariant(
        "waiting_lines_are_what_is_missing",
        "The queue holds exactly what the shipments that await inventory are missing, at their place (SH2).",
        """
        WITH missing AS (
          SELECT l.shipment_id, l.product_id, sum(l.quantity - l.allocated) AS quantity
            FROM line_item l JOIN shipment s ON s.id = l.shipment_id
           WHERE s.status = 'awaiting_inventory' AND l.product_id IS NOT NULL AND l.quantity > l.allocated
           GROUP BY l.shipment_id, l.product_id)
        SELECT o.number, shipment_id, s.number AS shipment, s.status, product_id, m.quantity AS expected, w.quantity AS found
          FROM missing m FULL JOIN waiting_line w USING (shipment_id, product_id)
          JOIN shipment s ON s.id = shipment_id JOIN purchase_order o ON o.id = s.order_id
         WHERE m.quantity IS DISTINCT FROM w.quantity
            OR (w.order_id, w.warehouse_id, w.priority) IS DISTINCT FROM (o.id, s.warehouse_id, o.priority)
            OR w.since IS DISTINCT FROM coalesce(o.covered_at, greatest(o.placed_at, w.not_before))
               AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND d.subject_id = s.id
                                  AND d.step = 'inventory.assign')""",
    ),
    Invariant(
        "nobody_waits_for_what_is_there",
        "No shipment waits that could be filled in its turn, unless a step is about to try it (SH3, strict filling).",
        f"""
        WITH queue AS (
          SELECT w.*, o.number,
                 sum(quantity) OVER (PARTITION BY product_id ORDER BY w.priority DESC, since, shipment_id) AS up_to_here,
                 count(*) OVER (PARTITION BY shipment_id) AS products
            FROM waiting_line w JOIN purchase_order o ON o.id = w.order_id
           WHERE {IS_OPEN} AND {COVERED})
        SELECT q.number, q.shipment_id, k.warehouse_id AS found
          FROM queue q
          JOIN stock k ON k.product_id = q.product_id AND k.warehouse_id = coalesce(q.warehouse_id, k.warehouse_id)
         WHERE k.on_hand - k.allocated - k.safety >= q.up_to_here AND k.available_from IS NULL
           AND NOT EXISTS (SELECT FROM cart_reservation r
                            WHERE r.product_id = k.product_id AND r.warehouse_id = k.warehouse_id)
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = q.order_id AND d.subject_id = q.shipment_id
                                                    AND d.step = 'inventory.assign')
           AND NOT EXISTS (SELECT FROM dispatch d JOIN waiting_line w ON w.product_id = d.subject_id
                            WHERE d.step = 'inventory.assign_waiting' AND w.shipment_id = q.shipment_id)
         GROUP BY q.number, q.shipment_id, q.products, k.warehouse_id HAVING count(*) = q.products""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "reservations_are_seen",
        "No cart that was converted holds pieces, and every stock row says until when carts hold pieces of it at the latest.",
        """
        SELECT r.cart_id, r.product_id, r.warehouse_id, r.expires_at AS expected, s.reserved_until AS found, c.order_id
          FROM cart_reservation r JOIN cart c ON c.id = r.cart_id
          LEFT JOIN stock s ON s.product_id = r.product_id AND s.warehouse_id = r.warehouse_id
         WHERE c.order_id IS NOT NULL OR s.reserved_until IS NULL OR s.reserved_until < r.expires_at""",
    ),
    Invariant(
        "stock_is_sold_from_the_day_of_its_product",
        "A stock row says from when its product is sold, as the product does.",
        """
        SELECT s.product_id, s.warehouse_id, p.available_from AS expected, s.available_from AS found
          FROM stock s JOIN product p ON p.id = s.product_id
         WHERE s.available_from IS DISTINCT FROM p.available_from""",
    ),
    Invariant(
        "assigned_shipments_have_a_warehouse",
        "Whatever is assigned, released, packing or shipped and needs shipping lies in one warehouse.",
        """
        SELECT o.number, s.id AS shipment_id, s.number AS shipment, s.status
          FROM shipment s JOIN purchase_order o ON o.id = s.order_id
         WHERE s.needs_shipping AND s.warehouse_id IS NULL
           AND s.status IN ('inventory_assigned', 'released', 'packing', 'shipped')""",
    ),
    Invariant(
        "picked_is_its_picks",
        "A line counts as picked what was picked of it, never more than its quantity.",
        """
        SELECT o.number, l.id AS line_id, l.sku, l.quantity, coalesce(v.quantity, 0) AS expected, l.picked AS found
          FROM line_item l JOIN purchase_order o ON o.id = l.order_id
          LEFT JOIN (SELECT line_id, sum(quantity) AS quantity FROM pick GROUP BY line_id) v ON v.line_id = l.id
         WHERE l.picked <> coalesce(v.quantity, 0) OR l.picked > l.quantity""",
    ),
    Invariant(
        "packed_is_in_parcels",
        "A line counts as packed what lies in the parcels of its shipment.",
        """
        SELECT o.number, l.id AS line_id, l.sku, coalesce(v.quantity, 0) AS expected, l.packed AS found
          FROM line_item l JOIN purchase_order o ON o.id = l.order_id
          LEFT JOIN (SELECT i.line_id, p.shipment_id, sum(i.quantity) AS quantity
                       FROM parcel_item i JOIN parcel p ON p.id = i.parcel_id GROUP BY i.line_id, p.shipment_id) v
                 ON v.line_id = l.id AND v.shipment_id = l.shipment_id
         WHERE l.packed <> coalesce(v.quantity, 0)""",
    ),
    Invariant(
        "put_backs_are_what_was_picked",
        "What is to be put back is what a canceled line has picked and still allocated; once confirmed it has neither.",
        """
        SELECT b.id AS put_back_id, s.number AS shipment, s.status, l.sku,
               CASE WHEN b.confirmed_at IS NULL THEN b.quantity ELSE 0 END AS expected, ARRAY[l.picked, l.allocated] AS found
          FROM put_back b LEFT JOIN line_item l ON l.id = b.line_id LEFT JOIN shipment s ON s.id = l.shipment_id
         WHERE s.status IS DISTINCT FROM 'canceled' OR s.warehouse_id IS DISTINCT FROM b.warehouse_id
            OR (l.picked, l.allocated) IS DISTINCT FROM
               CASE WHEN b.confirmed_at IS NULL THEN (b.quantity, b.quantity) ELSE (0::bigint, 0::bigint) END""",
    ),
    Invariant(
        "totes_are_in_their_warehouse",
        "A tote is used for a picklist of its own warehouse.",
        """
        SELECT t.code, t.shipment_id, p.warehouse_id AS expected, t.warehouse_id AS found
          FROM tote t JOIN picklist p ON p.id = t.picklist_id WHERE t.warehouse_id <> p.warehouse_id""",
    ),
    Invariant(
        "packing_is_on_a_picklist",
        "A shipment that is packing, or was packed and shipped, is on a picklist of its warehouse (SH5).",
        """
        SELECT o.number, s.id AS shipment_id, s.number AS shipment, s.status, s.warehouse_id AS expected,
               p.warehouse_id AS found
          FROM shipment s JOIN purchase_order o ON o.id = s.order_id LEFT JOIN picklist p ON p.id = s.picklist_id
         WHERE s.needs_shipping AND s.status IN ('packing', 'shipped')
           AND p.warehouse_id IS DISTINCT FROM s.warehouse_id""",
    ),
    Invariant(
        "picklists_end_with_their_shipments",
        "A picklist is completed exactly when every shipment on it has shipped or been canceled, or a step is about to.",
        """
        SELECT p.id AS picklist_id, p.status AS found, count(*) FILTER (WHERE s.status = 'packing') AS packing
          FROM picklist p JOIN shipment s ON s.picklist_id = p.id
         GROUP BY p.id
        HAVING (p.status = 'completed') <> (count(*) FILTER (WHERE s.status = 'packing') = 0)
           AND (p.status = 'completed'
                OR NOT EXISTS (SELECT FROM dispatch d
                                WHERE d.step = 'shipments.close_picklist' AND d.subject_id = p.id
                                   OR d.step = 'shipments.add_to_picklist'
                                      AND (d.argument ->> 'picklist_id')::bigint = p.id))""",
    ),
)
