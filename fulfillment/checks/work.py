"""Work: nothing is stuck. What must still happen has a row, or waits for somebody that an explanation can name."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.invariant import COVERED, DUE, GIVEN_UP, IS_OPEN, KEPT, PAID, Invariant
from fulfillment.process import STEPS

_TRAVELS = ", ".join(f"('{name}', '{step.lane}')" for name, step in STEPS.items())

WORK: Final = (
    Invariant(
        "rows_name_steps_that_exist",
        "Every dispatch row names a step of the process table, in that step's lane.",
        f"SELECT id, step, lane, order_id, subject_id FROM dispatch WHERE (step, split_part(lane, ':', 1)) NOT IN ({_TRAVELS})",  # noqa: S608 - our own names only
    ),
    Invariant(
        "rows_belong_to_their_order",
        "Every dispatch row of an order is about that order or a part of it; any other about a product, a picklist, an item of a bulk or an endpoint.",
        """
        SELECT d.id, d.step, d.order_id, d.subject_id
          FROM dispatch d LEFT JOIN purchase_order o ON o.id = d.order_id
         WHERE CASE WHEN d.order_id IS NULL
                    THEN CASE d.step
                         WHEN 'inventory.assign_waiting' THEN NOT EXISTS (SELECT FROM product p WHERE p.id = d.subject_id)
                         WHEN 'orders.bulk' THEN NOT EXISTS (
                              SELECT FROM bulk_item b WHERE b.operation_id = d.operation_id AND b.subject_id = d.subject_id)
                         WHEN 'webhooks.deliver' THEN NOT EXISTS (SELECT FROM webhook_endpoint e WHERE e.id = d.subject_id)
                         WHEN 'manifests.close' THEN NOT EXISTS (SELECT FROM manifest m WHERE m.id = d.subject_id)
                         WHEN 'shipments.close_picklist' THEN NOT EXISTS (SELECT FROM picklist p WHERE p.id = d.subject_id)
                         ELSE true END
                    ELSE o.id IS NULL OR d.subject_id <> d.order_id
                         AND NOT EXISTS (SELECT FROM shipment s WHERE s.id = d.subject_id AND s.order_id = d.order_id)
                         AND NOT EXISTS (SELECT FROM payment p WHERE p.id = d.subject_id AND p.order_id = d.order_id)
                         AND NOT EXISTS (SELECT FROM payment_attempt a
                                          WHERE a.id = d.subject_id AND a.order_id = d.order_id)
                         AND NOT EXISTS (SELECT FROM return_order r WHERE r.id = d.subject_id AND r.order_id = d.order_id)
                         AND NOT EXISTS (SELECT FROM parcel_delivery t
                                          WHERE t.id = d.subject_id AND t.order_id = d.order_id)
                         AND NOT EXISTS (SELECT FROM label l WHERE l.id = d.subject_id AND l.order_id = d.order_id)
                         AND NOT EXISTS (SELECT FROM webhook_endpoint e
                                          WHERE e.id = d.subject_id AND d.step = 'webhooks.deliver')
               END""",
    ),
    Invariant(
        "covered_shipments_go_on",
        "A pending shipment of a covered order has a step on its way, unless it needs no shipping and is on hold.",
        f"""
        SELECT o.number, s.id AS shipment_id, s.number AS shipment, s.needs_shipping
          FROM shipment s JOIN purchase_order o ON o.id = s.order_id
         WHERE s.status = 'pending' AND {IS_OPEN} AND {COVERED} AND (s.needs_shipping OR o.open_holds = 0)
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = s.order_id AND d.subject_id = s.id
                              AND d.step IN ('inventory.assign', 'shipments.complete_unshippable'))""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "automatic_markets_release",
        "An assigned shipment of a market that releases by itself has a step on its way, unless on hold or not covered.",
        f"""
        SELECT o.number, s.id AS shipment_id, s.number AS shipment
          FROM shipment s JOIN purchase_order o ON o.id = s.order_id JOIN market m ON m.id = o.market_id
         WHERE s.status = 'inventory_assigned' AND m.releases_automatically AND o.open_holds = 0 AND {COVERED}
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = s.order_id AND d.subject_id = s.id
                              AND d.step IN ('shipments.release_if_automatic', 'shipments.release'))""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "card_payments_are_authorized_or_asked_for",
        "A card of an open order that has no answer yet has its authorization on the way.",
        f"""
        SELECT o.number, p.id AS payment_id, p.amount
          FROM payment p JOIN purchase_order o ON o.id = p.order_id
         WHERE p.method = 'card' AND p.authorized = 0 AND p.declined IS NULL AND {IS_OPEN}
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = p.order_id AND d.subject_id = p.id
                              AND d.step = 'payments.authorize')""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "undecided_attempts_are_followed",
        "An attempt whose outcome is not known has the dispatch row that will ask about it, or its dead letter.",
        """
        SELECT o.number, a.id AS attempt_id, a.kind, a.amount, a.status
          FROM payment_attempt a JOIN purchase_order o ON o.id = a.order_id
         WHERE a.status IN ('new', 'sending', 'unknown')
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = a.order_id
                              AND CASE a.status WHEN 'new' THEN d.subject_id = a.id AND d.step IN ('payments.send', 'payments.return_credit')
                                                ELSE d.id = a.dispatch_id END)""",
    ),
    Invariant(
        "shipped_is_captured",
        "What has shipped is paid or given up, or its capture is on the way, or what it is to be taken from, or a dead letter tells why not (PY4).",
        f"""
        WITH shipped AS (SELECT order_id, sum(amount) AS amount FROM shipment WHERE status = 'shipped' GROUP BY order_id)
        SELECT o.number, o.id, s.amount AS expected, {PAID} AS found
          FROM purchase_order o JOIN shipped s ON s.order_id = o.id
         WHERE {PAID} + (SELECT coalesce(sum(p.capture_pending), 0) FROM payment p WHERE p.order_id = o.id) < LEAST(s.amount, {DUE})
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND d.step = 'payments.capture')
           AND NOT EXISTS (SELECT FROM dispatch d JOIN payment p ON p.id = d.subject_id
                            WHERE d.order_id = o.id AND d.step = 'payments.authorize' AND p.renews_payment_id IS NOT NULL)""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "rest_is_voided",
        "Nothing stays authorized on an order that is completed or canceled, unless a step is about to see to it (OL11).",
        f"""
        SELECT o.number, o.id, o.status, o.open_authorized AS found
          FROM purchase_order o
         WHERE NOT {IS_OPEN} AND o.open_authorized > 0
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND d.step LIKE 'payments.%')""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "excess_is_refunded",
        "No more is kept of a completed or canceled order than is due, unless a step or a person is about to pay it back, or a"
        " person gave that up (OL11).",
        f"""
        WITH there AS (SELECT order_id, sum(refund_pending) AS going FROM payment GROUP BY 1)
        SELECT o.number, o.id, o.status, {DUE} AS expected, {KEPT} AS found
          FROM purchase_order o JOIN there t ON t.order_id = o.id
         WHERE NOT {IS_OPEN} AND {KEPT} - t.going > {DUE} AND NOT {GIVEN_UP}
           AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND d.step LIKE 'payments.%')""",  # noqa: S608 - our own names only
    ),
    Invariant(
        "operations_count_their_jobs",
        "An operation has finished exactly when all its jobs are done, and those not done have a dispatch row each.",
        """
        WITH left_to_do AS (SELECT operation_id, count(*) AS rows FROM dispatch WHERE operation_id IS NOT NULL GROUP BY 1)
        SELECT p.id AS operation_id, p.kind, p.total, p.done, coalesce(l.rows, 0) AS rows, p.finished_at
          FROM operation p LEFT JOIN left_to_do l ON l.operation_id = p.id
         WHERE p.done NOT BETWEEN 0 AND p.total OR (p.finished_at IS NOT NULL) <> (p.done = p.total)
            OR p.total - p.done <> coalesce(l.rows, 0)""",
    ),
    Invariant(
        "bulk_operations_count_their_items",
        "A bulk operation is of as many items as it says, and those that are not pending are done (OL13).",
        """
        WITH items AS (SELECT operation_id, count(*) AS total, count(*) FILTER (WHERE status <> 'pending') AS done
                         FROM bulk_item GROUP BY operation_id),
        bulk AS (SELECT * FROM operation WHERE kind = 'bulk')
        SELECT coalesce(p.id, i.operation_id) AS operation_id, ARRAY[i.total, i.done] AS expected,
               ARRAY[p.total, p.done] AS found
          FROM bulk p FULL JOIN items i ON i.operation_id = p.id
         WHERE (i.total, i.done) IS DISTINCT FROM (p.total, p.done)""",
    ),
    Invariant(
        "idempotency_keys_are_answered",
        "A command's key is kept with its answer; none stays without one for more than a quarter of an hour.",
        """
        SELECT client_id, route, key, status AS found FROM idempotency_key
         WHERE status NOT BETWEEN 200 AND 499 OR status IS NULL AND created_at < now() - interval '15 minutes'""",
    ),
)
