"""Orders: what they cost, and that their status follows from their shipments. (OL*, SH*)"""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import COVERED, IS_OPEN, Invariant
from fulfillment.orders.delete import KEPT, ROWS_OF_AN_ORDER

_LEFT_BEHIND: Final = " UNION ALL ".join(
    f"SELECT d.number, d.id, '{table}' FROM deleted_order d JOIN {table} t ON t.order_id = d.id"  # noqa: S608 - our own names only
    for table in (*ROWS_OF_AN_ORDER, *KEPT, "dispatch")
)

ORDERS: Final = (
    Invariant(
        "order_status_follows_shipments",
        "An order is completed when all its shipments are shipped or canceled and one shipped, canceled when none did.",
        """
        SELECT o.number, o.id, v.expected, o.status AS found
          FROM purchase_order o
          JOIN (SELECT order_id,
                       CASE WHEN bool_and(status IN ('shipped', 'canceled'))
                            THEN CASE WHEN bool_or(status = 'shipped') THEN 'completed' ELSE 'canceled' END
                            ELSE CASE WHEN bool_or(status = 'shipped') THEN 'partially_shipped' ELSE 'in_progress' END
                       END AS expected
                  FROM shipment GROUP BY order_id) v ON v.order_id = o.id
         WHERE o.status <> 'draft' AND o.status <> v.expected""",
    ),
    Invariant(
        "orders_have_shipments",
        "An order that was placed has at least one form, one shipment, and a line in each that was not canceled.",
        """
        SELECT o.number, o.id, s.number AS shipment
          FROM purchase_order o LEFT JOIN shipment s ON s.order_id = o.id LEFT JOIN order_form f ON f.id = s.form_id
         WHERE o.status <> 'draft'
           AND (f.order_id IS DISTINCT FROM o.id
                OR s.status <> 'canceled'
                   AND NOT EXISTS (SELECT FROM line_item l WHERE l.shipment_id = s.id AND l.order_id = o.id))""",
    ),
    Invariant(
        "drafts_hold_nothing_yet",
        "A draft has its document and no form, shipment, line, money or hold; an order that was placed has no document (OL5).",
        """
        SELECT o.number, o.id, o.status, d.id IS NOT NULL AS document
          FROM purchase_order o LEFT JOIN order_draft d ON d.id = o.id
         WHERE (o.status = 'draft') <> (d.id IS NOT NULL)
            OR o.status = 'draft' AND (EXISTS (SELECT FROM shipment s WHERE s.order_id = o.id)
                                       OR EXISTS (SELECT FROM order_form f WHERE f.order_id = o.id)
                                       OR EXISTS (SELECT FROM payment p WHERE p.order_id = o.id)
                                       OR EXISTS (SELECT FROM hold h WHERE h.order_id = o.id))""",
    ),
    Invariant(
        "rows_belong_to_something",
        "What names a row without a foreign key names one that exists.",
        " UNION ALL ".join(
            f"SELECT '{table}.{column}' AS place, c.id, c.{column} AS found FROM {table} c"  # noqa: S608 - our own names only
            f" WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {owner} p WHERE p.id = c.{column})"
            for table, column, owner in (
                ("timeline", "order_id", "purchase_order"),
                ("purchase_order", "market_id", "market"),
                ("cart", "market_id", "market"),
                ("shipment", "form_id", "order_form"),
                ("shipment", "warehouse_id", "warehouse"),
                ("shipment", "picklist_id", "picklist"),
                ("picklist", "wave_id", "wave"),
                ("tracking_event", "shipment_id", "shipment"),
                ("parcel_problem", "hold_id", "hold"),
                ("parcel_problem", "return_id", "return_order"),
                ("parcel_problem", "reship_id", "shipment"),
                ("manifest_label", "id", "label"),
                ("line_item", "order_id", "purchase_order"),
                ("line_item", "product_id", "product"),
                ("payment_attempt", "order_id", "purchase_order"),
                ("payment_attempt", "shipment_id", "shipment"),
                ("money_transfer", "order_id", "purchase_order"),
                ("money_transfer", "payment_id", "payment"),
                ("money_transfer", "attempt_id", "payment_attempt"),
                ("stock_movement", "product_id", "product"),
                ("stock_movement", "warehouse_id", "warehouse"),
                ("bin_movement", "product_id", "product"),
                ("bin_movement", "warehouse_id", "warehouse"),
                ("bin_movement", "from_bin_id", "bin"),
                ("bin_movement", "to_bin_id", "bin"),
            )
        ),
    ),
    Invariant(
        "total_is_its_shipments",
        "The amounts of an order's shipments add up to its total.",
        """
        SELECT o.number, o.id, o.total AS expected, sum(s.amount) AS found
          FROM purchase_order o JOIN shipment s ON s.order_id = o.id
         GROUP BY o.id HAVING sum(s.amount) <> o.total""",
    ),
    Invariant(
        "shipment_amount_is_its_lines",
        "A shipment costs what its lines and its way cost.",
        """
        SELECT o.number, s.id AS shipment_id, s.number AS shipment, s.amount AS found,
               s.shipping_amount + coalesce(sum(l.amount), 0) AS expected
          FROM shipment s JOIN purchase_order o ON o.id = s.order_id LEFT JOIN line_item l ON l.shipment_id = s.id
         GROUP BY o.number, s.id HAVING s.amount <> s.shipping_amount + coalesce(sum(l.amount), 0)""",
    ),
    Invariant(
        "line_amount_is_its_parts",
        "A line's amount is its price times its quantity, less its discount, plus its tax (LI2).",
        """
        SELECT o.number, l.id AS line_id, l.sku, l.price * l.quantity - l.discount + l.tax AS expected, l.amount AS found
          FROM line_item l JOIN purchase_order o ON o.id = l.order_id
         WHERE l.amount <> l.price * l.quantity - l.discount + l.tax""",
    ),
    Invariant(
        "order_amounts_are_its_lines",
        "Items, discount and tax of an order are the sums of its lines; its forms' subtotals are items less discount.",
        """
        WITH lines AS (SELECT order_id, sum(price * quantity) AS items, sum(discount) AS discount, sum(tax) AS tax
                         FROM line_item GROUP BY order_id),
        forms AS (SELECT order_id, sum(subtotal) AS subtotal FROM order_form GROUP BY order_id)
        SELECT o.number, o.id, ARRAY[l.items, l.discount, l.tax, l.items - l.discount] AS expected,
               ARRAY[o.items_amount, o.discount_amount, o.tax_amount, f.subtotal] AS found
          FROM purchase_order o JOIN lines l ON l.order_id = o.id JOIN forms f ON f.order_id = o.id
         WHERE (o.items_amount, o.discount_amount, o.tax_amount, f.subtotal)
            <> (l.items, l.discount, l.tax, l.items - l.discount)""",
    ),
    Invariant(
        "discounts_are_borne_by_lines",
        "What was taken off a form is borne by its lines, beside what was taken off the lines themselves.",
        """
        SELECT o.number, f.id AS form_id, f.discount AS expected, sum(l.discount - l.own_discount) AS found
          FROM order_form f JOIN purchase_order o ON o.id = f.order_id JOIN shipment s ON s.form_id = f.id
          JOIN line_item l ON l.shipment_id = s.id
         GROUP BY o.number, f.id HAVING sum(l.discount - l.own_discount) < f.discount""",
    ),
    Invariant(
        "canceled_amount_is_its_canceled_shipments",
        "What was canceled of an order is what its canceled shipments cost (OL10).",
        """
        SELECT o.number, o.id, coalesce(v.amount, 0) AS expected, o.canceled_amount AS found
          FROM purchase_order o
          LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM shipment WHERE status = 'canceled' GROUP BY order_id) v
               ON v.order_id = o.id
         WHERE o.canceled_amount <> coalesce(v.amount, 0)""",
    ),
    Invariant(
        "open_holds_are_counted",
        "An order counts exactly the holds that are open on it (OL7).",
        """
        SELECT o.number, o.id, count(h.id) AS expected, o.open_holds AS found
          FROM purchase_order o LEFT JOIN hold h ON h.order_id = o.id AND h.status = 'open'
         GROUP BY o.id HAVING count(h.id) <> o.open_holds""",
    ),
    Invariant(
        "versions_are_on_the_timeline",
        "Every version of an order but the first has a timeline entry that made it, and there is none beyond (RO2).",
        """
        SELECT o.number, o.id, o.version AS expected, v.versions + 1 AS found, v.highest
          FROM purchase_order o
          LEFT JOIN (SELECT order_id, count(DISTINCT version) AS versions, max(version) AS highest
                       FROM timeline WHERE version IS NOT NULL GROUP BY order_id) v ON v.order_id = o.id
         WHERE (o.version - 1, o.version) <> (coalesce(v.versions, 0), coalesce(v.highest, 1))""",
    ),
    Invariant(
        "notes_are_on_the_timeline",
        "Every note of a person is told by its order's timeline: no note without a trace (NO1).",
        """
        SELECT o.number, n.id AS note_id, n.created_by
          FROM order_note n JOIN purchase_order o ON o.id = n.order_id
         WHERE NOT EXISTS (SELECT FROM timeline t WHERE t.order_id = n.order_id AND t.verb = 'add_note'
                              AND t.detail = jsonb_build_object('note_id', n.id))""",
    ),
    Invariant(
        "deleted_orders_left_nothing",
        "Of an order that was deleted nothing is left but its stone: its units are free and its number is not given again (OL13).",
        f"""
        SELECT d.number, d.id, 'purchase_order' AS place FROM deleted_order d JOIN purchase_order o
            ON o.id = d.id OR o.number = d.number
         UNION ALL
        SELECT d.number, d.id, 'stock_movement'
          FROM deleted_order d CROSS JOIN jsonb_array_elements_text(d.line_ids) AS l (id)
          JOIN stock_movement m ON m.line_id = CAST(l.id AS bigint)
         GROUP BY d.id HAVING sum(m.allocated_change) <> 0 OR sum(m.on_hand_change) <> 0
         UNION ALL {_LEFT_BEHIND}""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "nothing_ends_on_hold",
        "No order is completed or canceled while a hold is open on it (OL8).",
        f"""
        SELECT o.number, o.id, o.status, h.id AS hold_id, h.reason
          FROM purchase_order o JOIN hold h ON h.order_id = o.id AND h.status = 'open' WHERE NOT {IS_OPEN}""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "only_covered_orders_are_worked",
        "No shipment leaves pending, but to be canceled, before its order was covered; a pre-order waits and is assigned (SH1, OL6).",
        """
        SELECT o.number, s.id AS shipment_id, s.number AS shipment, s.status AS found
          FROM shipment s JOIN purchase_order o ON o.id = s.order_id
         WHERE o.covered_at IS NULL AND s.status NOT IN ('pending', 'canceled')
           AND NOT (s.status IN ('awaiting_inventory', 'inventory_assigned')
                    AND EXISTS (SELECT FROM timeline t WHERE t.order_id = o.id AND t.verb = 'await_inventory'
                                   AND t.detail ->> 'not_before' IS NOT NULL))""",
    ),
    Invariant(
        "covered_orders_are_marked",
        "An open order whose money reaches what is due bears the time when it was covered.",
        f"""
        SELECT o.number, o.id, o.total, o.open_authorized, o.captured, o.manual, o.refunded
          FROM purchase_order o WHERE {IS_OPEN} AND {COVERED} AND o.covered_at IS NULL""",  # noqa: S608 - our own names only
    ),
)
