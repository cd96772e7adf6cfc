"""Parcels on their way: where they are follows from what was told of them, and where items are from their parcels."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant, listed
from fulfillment.tracking.states import KINDS

_TROUBLE: Final = listed(str(state) for state in KINDS)

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
    Invariant(
        "parcels_in_trouble_are_somebody_s_task",
        "A parcel that is lost, damaged or back has a problem that is open or was made up for, and no other has one that is open.",
        f"""
        SELECT o.number, d.id AS parcel_id, d.status AS expected, NULL AS found
          FROM parcel_delivery d JOIN purchase_order o ON o.id = d.order_id
         WHERE d.status IN ({_TROUBLE})
           AND NOT EXISTS (SELECT FROM parcel_problem b
                            WHERE b.order_id = d.order_id AND b.parcel_id = d.id
                              AND (b.status = 'open' AND b.kind = d.status OR b.resolution <> 'found'))
         UNION ALL
        SELECT o.number, b.parcel_id, coalesce(d.status, 'none'), b.kind
          FROM parcel_problem b JOIN purchase_order o ON o.id = b.order_id LEFT JOIN parcel_delivery d ON d.id = b.parcel_id
         WHERE b.status = 'open' AND b.kind <> CASE WHEN coalesce(d.status, 'none') = 'none' THEN 'silent' ELSE d.status END""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "reshipments_cost_nothing",
        "What goes out in place of a parcel is a shipment of the same order that costs nothing.",
        """
        SELECT o.number, b.parcel_id, s.id AS shipment_id, 0 AS expected, s.amount AS found
          FROM parcel_problem b JOIN purchase_order o ON o.id = b.order_id JOIN shipment s ON s.id = b.reship_id
         WHERE s.order_id <> b.order_id OR s.amount <> 0""",
    ),
    Invariant(
        "manifests_hold_what_was_handed_over",
        "A manifest holds as many labels as it was begun with, of its carrier, bought and handed over in its warehouse; a failed one none.",
        """
        SELECT m.id AS manifest_id, m.status, CASE m.status WHEN 'failed' THEN 0 ELSE m.labels END AS expected,
               count(l.id) FILTER (WHERE l.carrier = m.carrier AND l.status = 'bought' AND s.status = 'shipped'
                                     AND s.warehouse_id = m.warehouse_id) AS found
          FROM manifest m LEFT JOIN manifest_label o ON o.manifest_id = m.id LEFT JOIN label l ON l.id = o.id
          LEFT JOIN shipment s ON s.id = l.shipment_id
         GROUP BY m.id
        HAVING count(o.id) <> CASE m.status WHEN 'failed' THEN 0 ELSE m.labels END
            OR count(o.id) <> count(l.id) FILTER (WHERE l.carrier = m.carrier AND l.status = 'bought'
                                                    AND s.status = 'shipped' AND s.warehouse_id = m.warehouse_id)""",
    ),
)
