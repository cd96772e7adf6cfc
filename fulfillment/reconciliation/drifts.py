"""Every rule that something may have drifted from and that can be put right, by class. The rest of the check is for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fulfillment.checks.invariants import INVARIANTS
from fulfillment.reconciliation.drift import Drift, Repair
from fulfillment.reconciliation.repairs import counters, mails, promises, steps, units
from fulfillment.reconciliation.states import DriftClass

_BY_NAME: Final = {invariant.name: invariant for invariant in INVARIANTS}
_C = DriftClass
_DONE_FOR: Final = "v.status IS NULL OR v.status IN ('shipped', 'canceled')"


def _of_check(
    drift: DriftClass,
    name: str,
    place: str | tuple[str, ...],
    repair: Callable[[Repair], Mapping[str, Any]],
    only: str = "true",
) -> Drift:
    places = (place,) if isinstance(place, str) else place
    return Drift(drift, name, _BY_NAME[name].query, places, repair, only)


# What the schedule has not seen to an hour after it should have.
_ENDED_AUTHORIZATIONS: Final = """
SELECT o.number, p.id AS payment_id, p.expires_at, p.authorized - p.captured - p.voided - p.expired AS open
  FROM purchase_order o JOIN payment p ON p.order_id = o.id
 WHERE o.status IN ('in_progress', 'partially_shipped') AND o.archived_at IS NULL AND o.open_authorized > 0
   AND p.authorized > p.captured + p.voided + p.expired AND p.capture_pending = 0 AND p.void_pending = 0
   AND p.expires_at < CAST(:at AS timestamptz) - interval '1 hour'
   AND NOT EXISTS (SELECT FROM payment r WHERE r.renews_payment_id = p.id AND r.authorized = 0 AND r.declined IS NULL)
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND d.step LIKE 'payments.%')"""
_ENDED_RESERVATIONS: Final = """
SELECT r.cart_id, sum(r.quantity) AS pieces, max(r.expires_at) AS expires_at FROM cart_reservation r
 GROUP BY r.cart_id HAVING max(r.expires_at) < CAST(:at AS timestamptz) - interval '1 hour'"""
# Traces are kept for longer (workflow/forget.py). Row and trace are written and taken in one transaction.
_MISSING_MAILS: Final = """
WITH sent AS (SELECT DISTINCT m.kind, s.subject_id FROM mail_sent m CROSS JOIN unnest(m.subject_ids) AS s (subject_id)),
wanted AS (
  SELECT o.id AS order_id, o.number, 'order_received' AS kind, o.id AS subject_id, o.covered_at AS since
    FROM purchase_order o WHERE o.covered_at > CAST(:at AS timestamptz) - interval '30 days' AND o.customer_email <> ''
   UNION ALL
  SELECT o.id, o.number, 'shipped', s.id, s.shipped_at FROM shipment s JOIN purchase_order o ON o.id = s.order_id
   WHERE s.shipped_at > CAST(:at AS timestamptz) - interval '30 days' AND o.customer_email <> ''
   UNION ALL
  SELECT o.id, o.number, 'canceled', o.id, t.at FROM timeline t JOIN purchase_order o ON o.id = t.order_id
   WHERE t.subject = 'order' AND t.verb IN ('cancel', 'cancel_rest') AND t.detail ->> 'notify_customer' = 'true'
     AND t.at > CAST(:at AS timestamptz) - interval '30 days' AND o.customer_email <> '')
SELECT w.number, w.kind, w.subject_id, w.since FROM wanted w
 WHERE NOT EXISTS (SELECT FROM sent s WHERE s.kind = w.kind AND s.subject_id = w.subject_id)
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = w.order_id AND d.lane = 'mail' AND d.subject_id = w.subject_id
                      AND d.step = 'notifications.' || w.kind)"""

DRIFTS: Final[tuple[Drift, ...]] = (
    _of_check(_C.STUCK_STEP, "covered_shipments_go_on", "shipment_id", steps.promise_shipment),
    _of_check(
        _C.STUCK_STEP, "automatic_markets_release", "shipment_id", steps.promise("shipment.unblocked", "shipment_id")
    ),
    # Before the next: the row of an authorization that was sent is its payment's, too.
    _of_check(_C.STUCK_STEP, "undecided_attempts_are_followed", "attempt_id", steps.follow_attempt),
    _of_check(
        _C.STUCK_STEP,
        "card_payments_are_authorized_or_asked_for",
        "payment_id",
        steps.promise("payment.added", "payment_id"),
    ),
    _of_check(_C.STUCK_STEP, "shipped_is_captured", "id", steps.promise_captures),
    _of_check(_C.STUCK_STEP, "rest_is_voided", "id", steps.promise("order.overpaid", "id")),
    _of_check(_C.STUCK_STEP, "excess_is_refunded", "id", steps.promise("order.overpaid", "id")),
    _of_check(_C.STUCK_STEP, "nobody_waits_for_what_is_there", "shipment_id", steps.promise_what_is_waited_for),
    _of_check(
        _C.STUCK_STEP,
        "picklists_end_with_their_shipments",
        "picklist_id",
        steps.promise("picklist.shortened", "picklist_id"),
        "v.packing = 0",
    ),
    _of_check(_C.STUCK_STEP, "undecided_labels_are_followed", "label_id", steps.follow_label),
    _of_check(
        _C.ORPHAN_ALLOCATION,
        "lines_are_allocated_as_their_shipment_stands",
        "line_id",
        units.free_orphans,
        _DONE_FOR,
    ),
    _of_check(_C.ORPHAN_ALLOCATION, "lines_are_their_movements", "line_id", units.free_orphans, _DONE_FOR),
    _of_check(_C.STOCK_DIFFERENCE, "stock_is_its_movements", ("product_id", "warehouse_id"), units.follow_movements),
    _of_check(_C.MONEY_DIFFERENCE, "pending_is_its_undecided_attempts", "payment_id", counters.follow_attempts),
    _of_check(_C.MONEY_DIFFERENCE, "payment_counters_are_its_transfers", "payment_id", counters.follow_transfers),
    _of_check(_C.MONEY_DIFFERENCE, "order_money_is_its_payments", "id", counters.follow_payments),
    _of_check(_C.MONEY_DIFFERENCE, "payment_status_follows_from_money", "id", counters.follow_money),
    _of_check(_C.COUNTER_DIFFERENCE, "open_holds_are_counted", "id", counters.follow_holds),
    _of_check(_C.COUNTER_DIFFERENCE, "canceled_amount_is_its_canceled_shipments", "id", counters.follow_canceled),
    _of_check(_C.COUNTER_DIFFERENCE, "refunded_pieces_are_counted", "line_id", counters.follow_refunds),
    Drift(
        _C.ENDED_AUTHORIZATION,
        "ended_authorizations_are_renewed_or_let_go",
        _ENDED_AUTHORIZATIONS,
        ("payment_id",),
        promises.tend_authorization,
    ),
    Drift(
        _C.ENDED_RESERVATION,
        "ended_reservations_are_let_go",
        _ENDED_RESERVATIONS,
        ("cart_id",),
        promises.end_reservation,
    ),
    Drift(_C.MISSING_MAIL, "promised_mails_are_sent", _MISSING_MAILS, ("kind", "subject_id"), mails.promise_mail),
    _of_check(
        _C.LOST_OPERATION,
        "operations_count_their_jobs",
        "operation_id",
        counters.finish_operation,
        "v.total - v.done > v.rows",
    ),
)
RULES: Final = {drift.rule: drift for drift in DRIFTS}
