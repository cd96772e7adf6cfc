"""Labels: bought once, on the parcel that they were bought for, and followed until their outcome is known."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import Invariant

LABELS: Final = (
    Invariant(
        "labels_are_on_their_parcels",
        "The label that somebody wants of a parcel bears the parcel's number and weight.",
        """
        SELECT l.id AS label_id, l.parcel_id, l.tracking_number AS expected, p.tracking_number AS found, p.weight_grams
          FROM label l LEFT JOIN parcel p ON p.id = l.parcel_id
         WHERE l.status = 'bought' AND l.unwanted_at IS NULL
           AND (p.id IS NULL OR p.tracking_number IS DISTINCT FROM l.tracking_number
                OR p.weight_grams IS DISTINCT FROM l.weight_grams)""",
    ),
    Invariant(
        "labels_are_bought_once",
        "No two purchases got the same label: a carrier's reference and a parcel's number are of one of them.",
        """
        SELECT min(id) AS label_id, carrier, reference, tracking_number, count(*) AS found
          FROM label WHERE reference IS NOT NULL
         GROUP BY GROUPING SETS ((carrier, reference), (carrier, tracking_number)) HAVING count(*) > 1""",
    ),
    Invariant(
        "undecided_labels_are_followed",
        "A label that is being bought, or that is to be given back, has the dispatch row that will see to it, or its dead letter.",
        """
        SELECT o.number, l.id AS label_id, l.status
          FROM label l JOIN purchase_order o ON o.id = l.order_id
         WHERE (l.status IN ('new', 'sending', 'unknown')
                AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = l.order_id AND d.subject_id = l.id
                                   AND d.step = 'labels.buy'))
            OR ((l.status = 'voiding' OR l.status = 'bought' AND l.unwanted_at IS NOT NULL)
                AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = l.order_id AND d.subject_id = l.id
                                   AND d.step = 'labels.void'))""",
    ),
)
