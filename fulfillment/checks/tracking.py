"""Parcels on their way: where they are follows from what was told of them, and where items are from their parcels."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

TRACKING: Final = (
    Invariant(
        "parcels_are_where_they_were_told_to_be",
        "A parcel is where something that was told of it says it is, since the time at which that happened.",
        """
        SELECT o.number, d.id AS parcel_id, d.status AS found, d.status_since
          FROM parcel_delivery d JOIN purchase_order o ON o.id = d.order_id
         WHERE NOT EXISTS (SELECT FROM tracking_event e
                            WHERE e.order_id = d.order_id AND e.parcel_id = d.id AND e.status = d.status
                              AND e.occurred_at = d.status_since)""",
    ),
    Invariant(
        "items_are_delivered_with_their_parcels",
        "An item of which nobody said otherwise is delivered when the last of its parcels is, and not before.",
        """
        WITH inside AS (
          SELECT l.id AS line_id, p.id AS parcel_id FROM parcel p JOIN line_item l ON l.shipment_id = p.shipment_id
           WHERE EXISTS (SELECT FROM parcel_item i WHERE i.parcel_id = p.id AND i.line_id = l.id)
              OR NOT EXISTS (SELECT FROM parcel_item i JOIN parcel q ON q.id = i.parcel_id
                              WHERE q.shipment_id = l.shipment_id)),
        due AS (
          SELECT i.line_id, CASE WHEN bool_and(d.delivered_at IS NOT NULL) THEN max(d.delivered_at) END AS expected
            FROM inside i LEFT JOIN parcel_delivery d ON d.id = i.parcel_id GROUP BY i.line_id)
        SELECT o.number, l.id AS line_id, l.sku, due.expected, v.status_since AS found
          FROM due JOIN line_item l ON l.id = due.line_id JOIN purchase_order o ON o.id = l.order_id
          LEFT JOIN item_delivery v ON v.id = l.id AND v.status = 'delivered'
         WHERE v.status_since IS DISTINCT FROM due.expected
           AND NOT EXISTS (SELECT FROM tracking_event e WHERE e.order_id = l.order_id AND e.line_id = l.id)""",
    ),
)
