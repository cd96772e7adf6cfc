"""Every invariant can fail: each has its violation planted by SQL, and must name it, its row, and nothing else."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from fulfillment.checks import report
from fulfillment.checks.check import look
from fulfillment.checks.invariants import INVARIANTS
from fulfillment.cli import main

_WHO = "'request', 'planted', 'nobody'"
_ENDPOINT = (
    "INSERT INTO webhook_endpoint (id, url, events, status, status_since, secret, created_at, created_by)"
    " VALUES (7, 'https://shop.example', '[\"*\"]', 'enabled', now(), 'whsec_', now() - interval '1 day', 'ana')"
)
_TOLD = (
    "INSERT INTO webhook_delivery (id, endpoint_id, order_id, event, event_id, position, data, happened_at, status, status_since,"
    " attempts) VALUES (7, 7, %(held)s, '{event}', 1, 1, '{{}}', now(), '{status}', now(), {attempts})"
)
_UNDO_ATTEMPT = (
    (
        "DELETE FROM timeline WHERE subject = 'payment attempt' AND subject_id IN"
        " (SELECT id FROM payment_attempt WHERE order_id = %({order})s AND kind = '{kind}')"
    ),
    "DELETE FROM money_transfer WHERE order_id = %({order})s AND kind = '{kind}'",
    "DELETE FROM payment_attempt WHERE order_id = %({order})s AND kind = '{kind}'",
)

_RECONCILIATION = (
    "INSERT INTO reconciliation (id, classes, looked_at, repairs, asked_at, begun_at, finished_at, cause_kind, cause_id, actor)"
    """ OVERRIDING SYSTEM VALUE VALUES (9, '["stuck_step"]', '["stuck_step"]', true, now(), now(), now(), 'person', 'r', 'nobody')"""
)
_PROMOTION = (
    "INSERT INTO promotion (id, code, name, kind, percent, use_limit_per_customer, uses, created_at, created_by)"
    " VALUES (7, 'TENTH', 'A tenth off', 'order_discount', 1000, 1, {uses}, now(), 'nobody')"
)
_USE = (
    "INSERT INTO promotion_use (id, promotion_id, order_id, customer_email, amount, used_at)"
    " VALUES ({id}, 7, %({order})s, 'bo@example.org', 1, now())"
)

_DELIVERY = (
    "INSERT INTO inbound_delivery (id, warehouse_id, supplier, reference, expected_on, status, created_at, created_by,"
    " ended_at) VALUES (9, 1, 'Potter', 'X1', '2026-11-30', '{status}', now(), 'nobody', {ended})"
)
_TRANSFER = (
    "INSERT INTO transfer (id, from_warehouse_id, to_warehouse_id, status, created_at, created_by, shipped_at)"
    " VALUES (9, 1, 2, '{status}', now(), 'nobody', now())"
)
_COUNT = (
    "INSERT INTO stock_count (id, warehouse_id, status, created_at, created_by, ended_at)"
    " VALUES (9, 1, '{status}', now(), 'nobody', {ended})"
)
_COUNT_LINE = (
    "INSERT INTO count_line (id, count_id, warehouse_id, product_id, is_open, expected, counted, times)"
    " VALUES (9, 9, 1, %(MUG)s, {is_open}, 3, 2, {times})"
)
_RETURN = (
    "INSERT INTO return_order (id, order_id, number, status, settles_by, created_at, created_by, expires_at, ended_at,"
    " goods, shipping, fee, refund) VALUES (9, %(shipped)s, 'R1', '{status}', 'refund', now(), 'nobody', now(), {ended})"
)
_RETURN_LINE = (
    "INSERT INTO return_line (id, return_id, line_id, product_id, reason, announced, received, restocked, scrapped,"
    " to_vendor, refused, given_up, refunded)"
    " VALUES (8, 9, %(shipped_line_item_1)s, %(MUG)s, 'other', {announced}, {received}, 0, {scrapped}, 0, 0, 0, 0)"
)
_CAME_BACK = (
    "INSERT INTO return_movement (return_line_id, kind, warehouse_id, quantity, condition, cause_kind, cause_id, actor, at)"
    f" VALUES (8, '{{kind}}', 1, 1, {{condition}}, {_WHO}, now())"
)
_MOVED_RETURN = (
    "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
    f" VALUES ({{id}}, %(shipped)s, 'return', 9, '{{verb}}', '{{before}}', '{{after}}', {_WHO}, now())"
)
_OPEN_RETURN = _RETURN.format(status="authorized", ended="NULL, NULL, NULL, NULL, NULL")
_IN_A_BIN = (
    "INSERT INTO bin (id, warehouse_id, code, position) VALUES (9, 1, 'A1', 1)",
    "INSERT INTO bin_stock (bin_id, product_id, quantity) VALUES (9, %(MUG)s, 2)",
    (
        "INSERT INTO bin_movement (product_id, warehouse_id, kind, to_bin_id, quantity, cause_kind, cause_id, actor, at)"
        f" VALUES (%(MUG)s, 1, 'put_away', 9, 2, {_WHO}, now())"
    ),
    "UPDATE stock SET in_bins = 2 WHERE product_id = %(MUG)s AND warehouse_id = 1",
)


_LABEL = (
    "INSERT INTO label (id, order_id, shipment_id, parcel_id, position, key, carrier, services, service, weight_grams, ship_from,"
    " ship_to, status, status_since, reference, tracking_number, created_at, created_by)"
    " VALUES ({id}, %(packing)s, %(packing_shipment_1)s, {id}, 1, 'key {id}', 'simulated', '[\"standard\"]', 'standard', 700,"
    " '{{}}', '{{}}', '{status}', now(), 'lbl_1', 'TN{id}', now(), 'nobody')"
)
_LABEL_MOVED = (
    "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
    " VALUES ({entry}, %(packing)s, 'label', {id}, '{verb}', '{before}', '{after}', " + _WHO + ", now())"
)


def _undone(order: str, kind: str) -> tuple[str, ...]:
    return tuple(statement.format(order=order, kind=kind) for statement in _UNDO_ATTEMPT)


# invariant: (what one row must say, by the names of the day; the statements that plant it)
PLANTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "repairs_are_on_the_timeline": (
        {"item_id": 9, "id": "waiting"},
        (
            _RECONCILIATION,
            (
                "INSERT INTO drift_item (id, reconciliation_id, drift, rule, order_id, place, facts, status, found_at, after,"
                " repaired_at, repaired_by) OVERRIDING SYSTEM VALUE VALUES (9, 9, 'stuck_step', 'r', %(waiting)s, '{}', '{}',"
                " 'repaired', now(), '{}', now(), 'nobody')"
            ),
        ),
    ),
    "reconciliations_look_at_all_they_should": (
        {"reconciliation_id": 9, "found": ["stuck_step"]},
        (_RECONCILIATION.replace('["stuck_step"]', '["stuck_step", "missing_mail"]', 1),),
    ),
    "traces_are_of_mails": (
        {"found": "'postcard'"},
        ("INSERT INTO mail_sent (kind, subject_ids, sent_at) VALUES ('postcard', ARRAY[1], now())",),
    ),
    "states_are_known": (
        {"place": "picklist.status", "id": "picklist", "found": "'odd'"},
        (
            "ALTER TABLE picklist DROP CONSTRAINT ck_picklist_status_known",
            "UPDATE picklist SET status = 'odd' WHERE id = %(picklist)s",
        ),
    ),
    "moves_are_legal": (
        {"subject_id": "shipped_shipment_1", "verb": "'teleport'"},
        (
            (
                "UPDATE timeline SET verb = 'teleport' WHERE subject = 'shipment' AND verb = 'release'"
                " AND subject_id = %(shipped_shipment_1)s"
            ),
        ),
    ),
    "moves_follow_one_another": (
        {"subject_id": "shipped_shipment_1", "expected": "'inventory_assigned'", "found": "'released'"},
        (
            (
                "DELETE FROM timeline WHERE subject = 'shipment' AND verb = 'release'"
                " AND subject_id = %(shipped_shipment_1)s"
            ),
        ),
    ),
    "timeline_ends_in_the_stored_state": (
        {"subject_id": "held_shipment_1", "found": "'inventory_assigned'"},
        ("DELETE FROM timeline WHERE subject = 'shipment' AND subject_id = %(held_shipment_1)s",),
    ),
    "timeline_tells_of_its_order": (
        {"subject": "'order'", "subject_id": "shipped", "expected": "waiting"},
        ("UPDATE timeline SET subject_id = %(shipped)s WHERE verb = 'place' AND order_id = %(waiting)s",),
    ),
    "changes_have_a_cause": (
        {"cause_id": "''"},
        ("UPDATE timeline SET cause_id = '' WHERE verb = 'place' AND order_id = %(waiting)s",),
    ),
    "times_fit_states": (
        {"subject": "'hold'", "status": "'released'"},
        ("UPDATE hold SET released_at = NULL WHERE status = 'released'",),
    ),
    "order_status_follows_shipments": (
        {"id": "reserved", "expected": "'in_progress'", "found": "'completed'"},
        (
            "UPDATE purchase_order SET status = 'completed', completed_at = now() WHERE id = %(reserved)s",
            (
                "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
                f" VALUES (9e15, %(reserved)s, 'order', %(reserved)s, 'complete', 'in_progress', 'completed', {_WHO}, now())"
            ),
        ),
    ),
    "versions_are_on_the_timeline": (
        {"id": "held", "expected": 4, "found": 3},
        ("UPDATE timeline SET version = NULL WHERE order_id = %(held)s AND version = 3",),
    ),
    "deleted_orders_left_nothing": (
        {"number": "'PO7'", "place": "'stock_movement'"},
        (
            (
                "INSERT INTO deleted_order SELECT 7, 'PO7', 'DE', NULL, 'in_progress', 0, 'GBP',"
                " jsonb_build_array(%(packing_line_item_1)s::bigint), now(), now(), 'nobody', 'planted', 'none'"
            ),
        ),
    ),
    "waiting_webhooks_are_sent": (
        {"endpoint_id": 7, "order_id": "held", "waiting": 1, "found": 0},
        (_ENDPOINT, _TOLD.format(event="order.held", status="waiting", attempts=0)),
    ),
    "events_are_announced": (
        {"endpoint_id": 7, "subject": "'shipment'", "verb": "'complete'"},
        (
            _ENDPOINT,
            "UPDATE timeline SET at = now() WHERE order_id = %(shipped)s AND subject = 'shipment' AND verb = 'complete'",
        ),
    ),
    "webhook_attempts_are_logged": (
        {"delivery_id": 7, "status": "'delivered'", "expected": 1, "found": 1},
        (
            _ENDPOINT,
            _TOLD.format(event="order.held", status="delivered", attempts=1),
            "INSERT INTO webhook_attempt VALUES (7, 1, now(), 500, NULL, 'no', 3)",
        ),
    ),
    "notes_are_on_the_timeline": (
        {"note_id": 7, "created_by": "'nobody'"},
        (
            (
                "INSERT INTO order_note (id, order_id, description, created_by, created_at)"
                " VALUES (7, %(held)s, 'forged', 'nobody', now())"
            ),
        ),
    ),
    "reservations_are_seen": (
        {"cart_id": 8_000_000_000_000_000, "found": None},
        (
            (
                "INSERT INTO cart_reservation SELECT CAST(8e15 AS bigint), product_id, warehouse_id, 1, now() + interval '1 hour'"
                " FROM stock LIMIT 1"
            ),
            (
                "INSERT INTO cart (id, kind, market_id, document, created_at, created_by, updated_at, updated_by)"
                " SELECT CAST(8e15 AS bigint), 'cart', id, jsonb_build_object('market', code, 'lines', '[]'::jsonb), now(), 'ana',"
                " now(), 'ana' FROM market LIMIT 1"
            ),
        ),
    ),
    "stock_is_sold_from_the_day_of_its_product": (
        {"expected": None, "found": "'2030-01-01 00:00:00+00:00'"},
        (
            (
                "UPDATE stock SET available_from = '2030-01-01 00:00:00+00' WHERE product_id = (SELECT min(id) FROM product)"
                " AND warehouse_id = (SELECT min(id) FROM warehouse)"
            ),
        ),
    ),
    "due_dates_come_once": (
        {"id": 7, "found": "'2026-04-01'", "made": "'2026-04-01'"},
        (
            (
                "INSERT INTO subscription (id, repeats_order_id, order_number, status, unit, every, starts_on, next_due, created_at,"
                " created_by) SELECT 7, id, number, 'active', 'months', 1, '2026-04-01', '2026-04-01', now(), 'ana'"
                " FROM purchase_order WHERE id = %(waiting)s"
            ),
            (
                "INSERT INTO subscription_order (subscription_id, due_on, made_order_id, order_number, at)"
                " VALUES (7, '2026-04-01', %(held)s, 'PO1', now())"
            ),
        ),
    ),
    "drafts_hold_nothing_yet": (
        {"id": "waiting", "status": "'in_progress'", "document": True},
        (
            (
                "INSERT INTO order_draft (id, document, entered_by) SELECT %(waiting)s, document, entered_by FROM order_draft"
                " WHERE id = %(draft)s"
            ),
        ),
    ),
    "promotion_uses_are_counted": (
        {"code": "'TENTH'", "expected": 1, "found": 2},
        (_PROMOTION.format(uses=2), _USE.format(id="8e15", order="shipped")),
    ),
    "customers_stay_within_limits": (
        {"code": "'TENTH'", "customer": "'bo@example.org'", "expected": 1, "found": 2},
        (
            _PROMOTION.format(uses=2),
            _USE.format(id="8e15", order="shipped"),
            _USE.format(id="9e15", order="waiting"),
        ),
    ),
    "canceled_orders_use_no_promotion": (
        {"id": 8 * 10**15, "promotion_id": 7},
        (_PROMOTION.format(uses=1), _USE.format(id="8e15", order="canceled")),
    ),
    "rows_belong_to_something": (
        {"place": "'payment_attempt.shipment_id'", "found": 7},
        ("UPDATE payment_attempt SET shipment_id = 7 WHERE order_id = %(shipped)s AND kind = 'authorize'",),
    ),
    "orders_have_shipments": (
        {"id": "reserved", "shipment": "'EMPTY'"},
        (
            (
                "INSERT INTO shipment (id, order_id, form_id, number, status, needs_shipping, amount, status_since)"
                " SELECT 9e15, order_id, id, 'EMPTY', 'pending', false, 0, now() FROM order_form"
                " WHERE order_id = %(reserved)s"
            ),
        ),
    ),
    "total_is_its_shipments": (
        {"id": "reserved", "expected": 2001, "found": 2000},
        (
            "ALTER TABLE purchase_order DROP CONSTRAINT ck_purchase_order_total_adds_up",
            "UPDATE purchase_order SET total = total + 1 WHERE id = %(reserved)s",
        ),
    ),
    "shipment_amount_is_its_lines": (
        {"shipment_id": "split_shipment_1", "expected": 1000, "found": 1001},
        (
            "UPDATE shipment SET amount = amount + 1 WHERE id = %(split_shipment_1)s",
            "UPDATE shipment SET amount = amount - 1 WHERE id = %(split_shipment_2)s",
        ),
    ),
    "line_amount_is_its_parts": (
        {"line_id": "reserved_line_item_1", "expected": 2001, "found": 2000},
        (
            "ALTER TABLE purchase_order DROP CONSTRAINT ck_purchase_order_total_adds_up",
            "UPDATE line_item SET tax = tax + 1 WHERE id = %(reserved_line_item_1)s",
            "UPDATE purchase_order SET tax_amount = tax_amount + 1 WHERE id = %(reserved)s",
        ),
    ),
    "order_amounts_are_its_lines": (
        {"id": "shipped", "expected": [2000, 0, 7, 2000], "found": [2000, 0, 7, 2001]},
        ("UPDATE order_form SET subtotal = subtotal + 1 WHERE order_id = %(shipped)s",),
    ),
    "discounts_are_borne_by_lines": (
        {"expected": 1, "found": 0},
        ("UPDATE order_form SET discount = 1 WHERE order_id = %(shipped)s",),
    ),
    "canceled_amount_is_its_canceled_shipments": (
        {"id": "canceled", "expected": 1000, "found": 999},
        ("UPDATE purchase_order SET canceled_amount = canceled_amount - 1 WHERE id = %(canceled)s",),
    ),
    "converted_carts_are_their_orders": (
        {"cart_id": "converted_cart", "order_id": 7, "number": None},
        ("UPDATE cart SET order_id = 7 WHERE id = %(converted_cart)s",),
    ),
    "carts_say_what_they_hold": (
        {"cart_id": "open_cart", "found": ["DE", None, "Somebody", "bo@example.org"]},
        ("UPDATE cart SET customer_name = 'Somebody' WHERE id = %(open_cart)s",),
    ),
    "cart_lines_have_names_of_their_own": (
        {"cart_id": "open_cart", "lines": 2, "positions": 1},
        ("UPDATE cart SET document = jsonb_set(document, '{lines,1,position}', '1') WHERE id = %(open_cart)s",),
    ),
    "open_holds_are_counted": (
        {"id": "held", "expected": 1, "found": 2},
        ("UPDATE purchase_order SET open_holds = 2 WHERE id = %(held)s",),
    ),
    "nothing_ends_on_hold": (
        {"id": "shipped", "reason": "'planted'"},
        (
            (
                "INSERT INTO hold (id, order_id, status, reason, opened_at, opened_by)"
                " VALUES (9e15, %(shipped)s, 'open', 'planted', now(), 'nobody')"
            ),
            "UPDATE purchase_order SET open_holds = 1 WHERE id = %(shipped)s",
        ),
    ),
    "only_covered_orders_are_worked": (
        {"shipment_id": "shipped_shipment_1", "found": "'shipped'"},
        ("UPDATE purchase_order SET covered_at = NULL WHERE id = %(shipped)s",),
    ),
    "covered_orders_are_marked": (
        {"id": "fresh", "manual": 1000},
        ("UPDATE purchase_order SET covered_at = NULL WHERE id = %(fresh)s",),
    ),
    "payment_counters_are_its_transfers": (
        {"payment_id": "fresh_payment_1", "expected": [0, 1005, 0, 0, 0, 0, 0], "found": [0, 1000, 0, 0, 0, 0, 0]},
        (
            (
                "INSERT INTO money_transfer (order_id, payment_id, kind, debit, credit, amount, currency, at)"
                " VALUES (%(fresh)s, %(fresh_payment_1)s, 'manual', 'taken', 'customer', 5, 'GBP', now())"
            ),
        ),
    ),
    "ledger_balances": (
        {"payment_id": "fresh_payment_1", "open": 1000, "taken": 0, "customer": -1000},
        (
            "ALTER TABLE money_transfer DROP CONSTRAINT ck_money_transfer_kind_fits_accounts",
            "UPDATE money_transfer SET debit = 'open' WHERE kind = 'manual'",
        ),
    ),
    "order_money_is_its_payments": (
        {"id": "split", "expected": [1000, 99, 0, 0, 0, 0, 0, 0], "found": [999, 99, 0, 0, 0, 0, 0, 0]},
        ("UPDATE purchase_order SET open_authorized = open_authorized - 1 WHERE id = %(split)s",),
    ),
    "pending_is_its_undecided_attempts": (
        {"payment_id": "shipped_payment_1", "expected": [0, 0, 0], "found": [0, 0, 1]},
        ("UPDATE payment SET refund_pending = 1 WHERE id = %(shipped_payment_1)s",),
    ),
    "payment_status_follows_from_money": (
        {"id": "shipped", "expected": "'partially_refunded'", "found": "'paid'"},
        ("UPDATE purchase_order SET payment_status = 'paid' WHERE id = %(shipped)s",),
    ),
    "succeeded_attempts_moved_money_once": (
        {"kind": "'capture'", "status": "'succeeded'", "transfers": 1},
        (
            "ALTER TABLE money_transfer DROP CONSTRAINT uq_money_transfer_attempt_id",
            (
                "UPDATE money_transfer t SET attempt_id = a.id FROM payment_attempt a WHERE t.payment_id = a.payment_id"
                " AND a.order_id = %(split)s AND t.kind <> a.kind"
            ),
        ),
    ),
    "pay_outs_are_refunds_of_manual_payments": (
        {"kind": "'refund'", "status": "'by_hand'", "sends": 0, "method": "'card'"},
        (
            (
                "INSERT INTO payment_attempt (id, payment_id, order_id, key, kind, amount, status, created_at)"
                " VALUES (7, %(shipped_payment_1)s, %(shipped)s, 'planted', 'refund', 5, 'by_hand', now())"
            ),
            "UPDATE payment SET refund_pending = 5 WHERE id = %(shipped_payment_1)s",
            (
                "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
                f" VALUES (9e15, %(shipped)s, 'payment attempt', 7, 'hand_over', 'new', 'by_hand', {_WHO}, now())"
            ),
        ),
    ),
    "credits_are_exchanged_elsewhere": (
        {"payment_id": "fresh_payment_1", "expected": None, "found": "fresh"},
        (
            (
                "INSERT INTO exchange_credit (id, order_id, source_order_id, source_payment_id, return_id)"
                " VALUES (%(fresh_payment_1)s, %(fresh)s, %(shipped)s, %(shipped_payment_1)s, 7)"
            ),
        ),
    ),
    "waiting_credit_was_given_back": (
        {"payment_id": 7, "expected": 0, "found": 1},
        (
            (
                "INSERT INTO payment (id, order_id, position, method, amount, currency, created_at)"
                " VALUES (7, %(fresh)s, 9, 'credit', 5, 'GBP', now())"
            ),
            (
                "INSERT INTO exchange_credit (id, order_id, source_order_id, source_payment_id, return_id, waiting)"
                " VALUES (7, %(fresh)s, %(shipped)s, %(shipped_payment_1)s, 7, 1)"
            ),
        ),
    ),
    "exchanges_follow_their_returns": (
        {"id": 7, "status": "'open'", "return_id": 7, "found": None},
        (
            (
                "INSERT INTO exchange (id, order_id, return_id, new_order_id, status, policy, notify_customer, expected, credit,"
                " created_at, created_by) VALUES (7, %(shipped)s, 7, %(fresh)s, 'open', 'after_goods', false, 5, 0,"
                " now(), 'nobody')"
            ),
        ),
    ),
    "credits_are_of_exchanges": (
        {"exchange_id": 7, "return_id": 7, "expected": 5, "found": None},
        (
            (
                "INSERT INTO return_order (id, order_id, number, status, settles_by, created_at, created_by, expires_at)"
                " VALUES (7, %(shipped)s, 'X-R1', 'authorized', 'exchange', now(), 'nobody', now() + interval '1 day')"
            ),
            (
                "INSERT INTO return_line (id, return_id, line_id, product_id, reason, announced, received, restocked, scrapped,"
                " to_vendor, refused, given_up, refunded) SELECT 7, 7, id, product_id, 'other', 1, 0, 0, 0, 0, 0, 0, 0"
                " FROM line_item WHERE id = %(shipped_line_item_1)s"
            ),
            (
                "INSERT INTO exchange (id, order_id, return_id, new_order_id, status, policy, notify_customer, expected, credit,"
                " created_at, created_by) VALUES (7, %(shipped)s, 7, %(fresh)s, 'open', 'after_goods', false, 5, 5,"
                " now(), 'nobody')"
            ),
        ),
    ),
    "written_off_is_on_the_timeline": (
        {"id": "shipped", "expected": 0, "found": 1},
        ("UPDATE purchase_order SET written_off = 1 WHERE id = %(shipped)s",),
    ),
    "chargebacks_are_in_the_ledger": (
        {"payment_id": "shipped_payment_1", "expected": [0, 0], "found": [5, 0]},
        (
            (
                "INSERT INTO chargeback (id, order_id, payment_id, status, amount, currency, reason, opened_at, opened_by)"
                " VALUES (7, %(shipped)s, %(shipped_payment_1)s, 'open', 5, 'GBP', 'planted', now(), 'nobody')"
            ),
        ),
    ),
    "one_currency_per_order": (
        {"expected": "'GBP'", "found": "'EUR'"},
        ("UPDATE money_transfer SET currency = 'EUR' WHERE kind = 'manual'",),
    ),
    "no_more_taken_than_it_costs": (
        {"id": "fresh", "expected": 1000, "found": 1001},
        (
            "UPDATE payment SET captured = captured + 1 WHERE id = %(fresh_payment_1)s",
            "UPDATE money_transfer SET amount = amount + 1 WHERE kind = 'manual'",
            "UPDATE purchase_order SET manual = manual + 1 WHERE id = %(fresh)s",
        ),
    ),
    "payment_answers_are_kept": (
        {"payment_id": "shipped_payment_1", "reference": None, "succeeded": True},
        ("UPDATE payment SET reference = NULL WHERE id = %(shipped_payment_1)s",),
    ),
    "actions_are_of_authorizations": (
        {"payment_id": "shipped_payment_1", "attempt_id": 7, "found": None},
        (
            (
                "INSERT INTO payment_action (payment_id, order_id, attempt_id, asked_at)"
                " VALUES (%(shipped_payment_1)s, %(shipped)s, 7, now())"
            ),
        ),
    ),
    "handed_in_authorizations_are_taken_as_they_are": (
        {"payment_id": "shipped_payment_1", "expected": "'auth_of_another'"},
        ("UPDATE payment SET adopts = 'auth_of_another', token = NULL WHERE id = %(shipped_payment_1)s",),
    ),
    "differences_are_of_payments": (
        {"payment_id": "shipped_payment_1", "expected": "shipped", "found": "fresh"},
        (
            (
                "INSERT INTO payment_difference"
                " (id, order_id, payment_id, kind, what, reference, amount, currency, found_at) VALUES"
                " (7, %(fresh)s, %(shipped_payment_1)s, 'charged_back', 'chargeback', 'cb_1', 1, 'GBP', now())"
            ),
        ),
    ),
    "refunded_pieces_are_counted": (
        {"line_id": "shipped_line_item_1", "expected": 1, "found": 2},
        ("UPDATE line_item SET refunded_quantity = 2 WHERE id = %(shipped_line_item_1)s",),
    ),
    "stock_is_its_movements": (
        {"product_id": "MUG", "warehouse_id": 1, "expected": [18, 6], "found": [19, 6]},
        ("UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = %(MUG)s AND warehouse_id = 1",),
    ),
    "stock_is_never_oversold": (
        {"product_id": "LAMP", "on_hand": 1, "allocated": 2},
        (
            "ALTER TABLE stock DROP CONSTRAINT ck_stock_allocated_at_most_on_hand",
            "UPDATE stock SET on_hand = on_hand - 4 WHERE product_id = %(LAMP)s",
            (
                "INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, cause_kind,"
                f" cause_id, actor, at) VALUES (%(LAMP)s, 1, 'adjusted', -4, 0, {_WHO}, now())"
            ),
        ),
    ),
    "bins_are_their_movements": (
        {"bin_id": 9, "product_id": "MUG", "expected": 2, "found": 3},
        (*_IN_A_BIN, "UPDATE bin_stock SET quantity = 3", "UPDATE stock SET in_bins = 3 WHERE in_bins = 2"),
    ),
    "pieces_in_bins_are_on_hand": (
        {"product_id": "MUG", "warehouse_id": 1, "expected": 2, "found": 1},
        (*_IN_A_BIN, "UPDATE stock SET in_bins = 1 WHERE in_bins = 2"),
    ),
    "return_lines_are_their_movements": (
        {"return_line_id": 8, "expected": [1, 0, 0, 0, 0], "found": [0, 0, 0, 0, 0]},
        (
            _OPEN_RETURN,
            _RETURN_LINE.format(announced=1, received=0, scrapped=0),
            _CAME_BACK.format(kind="received", condition="'as_new'"),
        ),
    ),
    "restocked_pieces_are_on_hand": (
        {"return_id": 9, "product_id": "MUG", "warehouse_id": 1, "expected": 0, "found": 1},
        (
            (
                "INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, document_id,"
                f" cause_kind, cause_id, actor, at) VALUES (%(MUG)s, 1, 'restocked', 1, 0, 9, {_WHO}, now())"
            ),
            "UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = %(MUG)s AND warehouse_id = 1",
        ),
    ),
    "no_more_comes_back_than_left": (
        {"line_id": "shipped_line_item_1", "expected": 2, "found": 3},
        (_OPEN_RETURN, _RETURN_LINE.format(announced=3, received=0, scrapped=0)),
    ),
    "returns_stand_as_far_as_they_came": (
        {"return_id": 9, "found": "'authorized'", "received": 1},
        (
            _OPEN_RETURN,
            _RETURN_LINE.format(announced=1, received=1, scrapped=0),
            _CAME_BACK.format(kind="received", condition="'as_new'"),
        ),
    ),
    "returns_pay_back_what_they_say": (
        {"return_id": 9, "expected": 700, "found": 0},
        (
            _RETURN.format(status="completed", ended="now(), 700, 0, 0, 700"),
            _RETURN_LINE.format(announced=1, received=1, scrapped=1),
            _CAME_BACK.format(kind="received", condition="'as_new'"),
            _CAME_BACK.format(kind="scrapped", condition="NULL"),
            _MOVED_RETURN.format(id=2**60, verb="receive_return", before="authorized", after="receiving"),
            _MOVED_RETURN.format(id=2**60 + 1, verb="complete_return", before="receiving", after="completed"),
        ),
    ),
    "deliveries_are_their_receipts": (
        {"delivery_id": 9, "product_id": "MUG", "expected": 0, "found": 2},
        (
            _DELIVERY.format(status="received", ended="now()"),
            "INSERT INTO inbound_line (delivery_id, product_id, expected, received) VALUES (9, %(MUG)s, 2, 2)",
        ),
    ),
    "deliveries_stand_as_far_as_they_came": (
        {"delivery_id": 9, "found": "'received'", "expected": 2, "received": 0},
        (
            _DELIVERY.format(status="received", ended="now()"),
            "INSERT INTO inbound_line (delivery_id, product_id, expected, received) VALUES (9, %(MUG)s, 2, 0)",
        ),
    ),
    "transfers_are_their_movements": (
        {"transfer_id": 9, "product_id": "MUG", "kind": "'transferred_out'", "expected": 0, "found": 2},
        (
            _TRANSFER.format(status="in_transit"),
            "INSERT INTO transfer_line (transfer_id, product_id, requested, shipped) VALUES (9, %(MUG)s, 2, 2)",
        ),
    ),
    "transfers_stand_as_far_as_they_came": (
        {"transfer_id": 9, "found": "'in_transit'", "shipped": 0, "in_transit": 0},
        (
            _TRANSFER.format(status="in_transit"),
            "INSERT INTO transfer_line (transfer_id, product_id, requested) VALUES (9, %(MUG)s, 2)",
        ),
    ),
    "counts_are_their_movements": (
        {"count_id": 9, "product_id": "MUG", "expected": -1, "found": 0},
        (
            _COUNT.format(status="approved", ended="now()"),
            _COUNT_LINE.format(is_open="false", times=1),
            "INSERT INTO count_entry (line_id, expected, counted, actor, at) VALUES (9, 3, 2, 'nobody', now())",
        ),
    ),
    "counted_places_are_their_entries": (
        {"count_id": 9, "counted": 2, "entered": None, "times": 1, "entries": 0},
        (_COUNT.format(status="open", ended="NULL"), _COUNT_LINE.format(is_open="true", times=1)),
    ),
    "allocated_is_its_lines": (
        {"product_id": "LAMP", "expected": 2, "found": 3},
        (
            "ALTER TABLE stock_movement DROP CONSTRAINT ck_stock_movement_kind_fits_change",
            "UPDATE stock SET allocated = allocated + 1 WHERE product_id = %(LAMP)s",
            (
                "INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, cause_kind,"
                f" cause_id, actor, at) VALUES (%(LAMP)s, 1, 'allocated', 0, 1, {_WHO}, now())"
            ),
        ),
    ),
    "lines_are_allocated_as_their_shipment_stands": (
        {"line_id": "held_line_item_1", "quantity": 1, "found": 0},
        (
            "UPDATE line_item SET allocated = 0 WHERE id = %(held_line_item_1)s",
            "UPDATE stock SET allocated = allocated - 1 WHERE product_id = %(MUG)s AND warehouse_id = 1",
            (
                "INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, line_id,"
                " cause_kind, cause_id, actor, at)"
                f" VALUES (%(MUG)s, 1, 'deallocated', 0, -1, %(held_line_item_1)s, {_WHO}, now())"
            ),
        ),
    ),
    "lines_are_their_movements": (
        {"line_id": "held_line_item_1", "expected": [1, 0], "found": [0, 0]},
        (
            (
                "UPDATE stock_movement SET line_id = %(automatic_line_item_1)s"
                " WHERE kind = 'allocated' AND line_id = %(held_line_item_1)s"
            ),
        ),
    ),
    "waiting_lines_are_what_is_missing": (
        {"shipment_id": "second_shipment_1", "expected": 2, "found": None},
        ("DELETE FROM waiting_line WHERE order_id = %(second)s",),
    ),
    "nobody_waits_for_what_is_there": (
        {"shipment_id": "waiting_shipment_1", "found": 2},
        (
            "INSERT INTO stock (product_id, warehouse_id, on_hand) VALUES (%(RARE)s, 2, 4)",
            (
                "INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, cause_kind,"
                f" cause_id, actor, at) VALUES (%(RARE)s, 2, 'received', 4, 0, {_WHO}, now())"
            ),
        ),
    ),
    "assigned_shipments_have_a_warehouse": (
        {"shipment": "'NOWHERE'", "status": "'inventory_assigned'"},
        (
            (
                "INSERT INTO shipment (id, order_id, form_id, number, status, needs_shipping, ship_to, amount, status_since)"
                " SELECT 9e15, order_id, id, 'NOWHERE', 'inventory_assigned', true, '{}', 0, now() FROM order_form"
                " WHERE order_id = %(held)s"
            ),
            (
                "INSERT INTO line_item (id, order_id, shipment_id, position, sku, name, quantity, price, discount, tax, amount)"
                " VALUES (9e15, %(held)s, 9e15, 9, 'MUG', 'MUG', 1, 0, 0, 0, 0)"
            ),
            (
                "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
                " VALUES (9e15, %(held)s, 'shipment', 9e15, 'assign_inventory', 'pending', 'inventory_assigned',"
                f" {_WHO}, now())"
            ),
        ),
    ),
    "picked_is_its_picks": (
        {"line_id": "packing_line_item_1", "expected": 2, "found": 3},
        ("UPDATE line_item SET picked = 3 WHERE id = %(packing_line_item_1)s",),
    ),
    "parcels_are_where_they_were_told_to_be": (
        {"parcel_id": "shipped_parcel_1", "found": "'delivered'"},
        ("UPDATE tracking_event SET status = 'in_transit' WHERE order_id = %(shipped)s",),
    ),
    "items_are_delivered_with_their_parcels": (
        {"line_id": "shipped_line_item_1"},
        ("UPDATE item_delivery SET status_since = now() WHERE order_id = %(shipped)s",),
    ),
    "parcels_in_trouble_are_somebody_s_task": (
        {"parcel_id": "shipped_parcel_1", "expected": "'delivered'", "found": "'lost'"},
        (
            (
                "INSERT INTO parcel_problem (id, order_id, parcel_id, kind, status, opened_at)"
                " VALUES (9, %(shipped)s, %(shipped_parcel_1)s, 'lost', 'open', now())"
            ),
        ),
    ),
    "reshipments_cost_nothing": (
        {"parcel_id": "shipped_parcel_1", "shipment_id": "held_shipment_1", "expected": 0},
        (
            (
                "INSERT INTO parcel_problem (id, order_id, parcel_id, kind, status, opened_at, resolution, reship_id,"
                " ended_at, ended_by) VALUES (9, %(shipped)s, %(shipped_parcel_1)s, 'lost', 'resolved', now(), 'reship',"
                " %(held_shipment_1)s, now(), 'nobody')"
            ),
            (
                "INSERT INTO timeline (id, order_id, subject, subject_id, verb, before, after, cause_kind, cause_id, actor, at)"
                " VALUES (9e15, %(shipped)s, 'parcel problem', 9, 'resolve_problem', 'open', 'resolved',"
                f" {_WHO}, now())"
            ),
        ),
    ),
    "manifests_hold_what_was_handed_over": (
        {"manifest_id": 9, "status": "'closed'", "expected": 1, "found": 0},
        (
            (
                "INSERT INTO manifest (id, carrier, warehouse_id, day, labels, status, status_since, key, reference,"
                " created_at, created_by) VALUES (9, 'simulated', 1, '2026-03-02', 1, 'closed', now(), 'k', 'man_1', now(),"
                " 'nobody')"
            ),
        ),
    ),
    "packed_is_in_parcels": (
        {"line_id": "packing_line_item_1", "expected": 0, "found": 1},
        ("UPDATE line_item SET packed = 1 WHERE id = %(packing_line_item_1)s",),
    ),
    "put_backs_are_what_was_picked": (
        {"put_back_id": 7, "status": "'packing'", "expected": 0},
        (
            (
                "INSERT INTO put_back (id, product_id, warehouse_id, order_id, line_id, quantity, created_at, confirmed_at,"
                " confirmed_by) VALUES (7, %(MUG)s, 1, %(packing)s, %(packing_line_item_1)s, 2, now(), now(), 'nobody')"
            ),
        ),
    ),
    "totes_are_in_their_warehouse": (
        {"shipment_id": "packing_shipment_1", "expected": 1, "found": 2},
        (
            (
                "INSERT INTO tote (warehouse_id, code, picklist_id, shipment_id, order_id)"
                " VALUES (2, 'T1', %(picklist)s, %(packing_shipment_1)s, %(packing)s)"
            ),
        ),
    ),
    "packing_is_on_a_picklist": (
        {"shipment_id": "shipped_shipment_1", "expected": 1, "found": None},
        ("UPDATE shipment SET picklist_id = NULL WHERE id = %(shipped_shipment_1)s",),
    ),
    "picklists_end_with_their_shipments": (
        {"picklist_id": "picklist", "found": "'completed'", "packing": 1},
        ("UPDATE picklist SET status = 'completed', completed_at = now() WHERE id = %(picklist)s",),
    ),
    "scans_are_their_picks": (
        {"picklist_id": "picklist", "scan_id": "'planted'", "expected": 2, "found": 1},
        (
            (
                "INSERT INTO pick_scan (picklist_id, scan_id, asked, answer, actor, at) VALUES (%(picklist)s, 'planted',"
                " '{\"quantity\": 2}', jsonb_build_object('picks', jsonb_build_array(jsonb_build_object("
                "'line_id', %(packing_line_item_1)s, 'quantity', 1))), 'nobody', now())"
            ),
        ),
    ),
    "a_code_finds_one_product": (
        {"code": "'MUG'", "found": "MUG"},
        (("INSERT INTO product_barcode (code, product_id) SELECT 'MUG', min(id) FROM product WHERE sku <> 'MUG'"),),
    ),
    "events_have_ids_that_gateways_send": (
        {"found": "''"},
        ("INSERT INTO gateway_event (id, received_at) VALUES ('', now())",),
    ),
    "rows_name_steps_that_exist": (
        {"id": 9 * 10**15, "step": "'orders.teleport'"},
        (
            (
                "INSERT INTO dispatch (id, step, lane, order_id, subject_id, cause_kind, cause_id, actor)"
                f" VALUES (9e15, 'orders.teleport', 'work', %(shipped)s, %(shipped)s, {_WHO})"
            ),
        ),
    ),
    "labels_are_on_their_parcels": (
        {"label_id": 7, "parcel_id": 7, "expected": "'TN7'", "found": None},
        (
            _LABEL.format(id=7, status="bought"),
            _LABEL_MOVED.format(entry="9e15", id=7, verb="send", before="new", after="sending"),
            _LABEL_MOVED.format(entry="9e15 + 1", id=7, verb="buy", before="sending", after="bought"),
        ),
    ),
    "labels_are_bought_once": (
        {"label_id": 7, "carrier": "'simulated'", "reference": "'lbl_1'", "found": 2},
        tuple(
            statement
            for label_id in (7, 8)
            for statement in (
                _LABEL.format(id=label_id, status="failed"),
                _LABEL_MOVED.format(
                    entry=9 * 10**15 + label_id, id=label_id, verb="fail", before="new", after="failed"
                ),
            )
        ),
    ),
    "undecided_labels_are_followed": (
        {"label_id": 7, "status": "'new'"},
        (_LABEL.format(id=7, status="new"),),
    ),
    "rows_belong_to_their_order": (
        {"id": 9 * 10**15, "order_id": "shipped", "subject_id": "held_shipment_1"},
        (
            (
                "INSERT INTO dispatch (id, step, lane, order_id, subject_id, cause_kind, cause_id, actor)"
                f" VALUES (9e15, 'shipments.release', 'work', %(shipped)s, %(held_shipment_1)s, {_WHO})"
            ),
        ),
    ),
    "covered_shipments_go_on": (
        {"shipment_id": "fresh_shipment_1"},
        ("DELETE FROM dispatch WHERE step = 'inventory.assign' AND order_id = %(fresh)s",),
    ),
    "automatic_markets_release": (
        {"shipment_id": "split_shipment_1"},
        (
            (
                "UPDATE purchase_order SET market_id = (SELECT id FROM market WHERE releases_automatically)"
                " WHERE id = %(split)s"
            ),
        ),
    ),
    "renewals_take_the_place_of_cards": (
        {"payment_id": "shipped_payment_1", "renews": "held_payment_1"},
        ("UPDATE payment SET renews_payment_id = %(held_payment_1)s WHERE id = %(shipped_payment_1)s",),
    ),
    "card_payments_are_authorized_or_asked_for": (
        {"payment_id": 9 * 10**15, "amount": 1},
        (
            (
                "INSERT INTO payment (id, order_id, position, method, token, amount, currency, created_at)"
                " VALUES (9e15, %(reserved)s, 1, 'card', 'tok_ok', 1, 'GBP', now())"
            ),
        ),
    ),
    "undecided_attempts_are_followed": (
        {"attempt_id": 9 * 10**15, "kind": "'refund'", "status": "'new'"},
        (
            (
                "INSERT INTO payment_attempt (id, payment_id, order_id, key, kind, amount, status, created_at)"
                " VALUES (9e15, %(shipped_payment_1)s, %(shipped)s, 'planted', 'refund', 1, 'new', now())"
            ),
            "UPDATE payment SET refund_pending = 1 WHERE id = %(shipped_payment_1)s",
        ),
    ),
    "shipped_is_captured": (
        {"id": "split", "expected": 99, "found": 0},
        (
            *_undone("split", "capture"),
            "UPDATE payment SET captured = 0 WHERE order_id = %(split)s",
            (
                "UPDATE purchase_order SET captured = 0, open_authorized = 1099, payment_status = 'authorized'"
                " WHERE id = %(split)s"
            ),
        ),
    ),
    "rest_is_voided": (
        {"id": "canceled", "status": "'canceled'", "found": 1000},
        (
            *_undone("canceled", "void"),
            "UPDATE payment SET voided = 0 WHERE order_id = %(canceled)s",
            "UPDATE purchase_order SET open_authorized = 1000, payment_status = 'authorized' WHERE id = %(canceled)s",
        ),
    ),
    "excess_is_refunded": (
        {"id": "returned", "expected": 0, "found": 1000},
        (
            *_undone("returned", "refund"),
            "UPDATE payment SET refunded = 0 WHERE order_id = %(returned)s",
            "UPDATE purchase_order SET refunded = 0, payment_status = 'paid' WHERE id = %(returned)s",
        ),
    ),
    "operations_count_their_jobs": (
        {"kind": "'refund'", "total": 1, "done": 0, "rows": 0},
        ("UPDATE operation SET done = 0, finished_at = NULL WHERE kind = 'refund'",),
    ),
    "bulk_operations_count_their_items": (
        {"operation_id": 7},
        ("INSERT INTO bulk_item (operation_id, position, number, status) VALUES (7, 1, 'PO1', 'pending')",),
    ),
    "idempotency_keys_are_answered": (
        {"key": "'planted'", "found": None},
        (
            (
                "INSERT INTO idempotency_key (client_id, route, key, fingerprint, created_at)"
                " VALUES (1, 'POST /v1/checkouts', 'planted', 'f', now() - interval '16 minutes')"
            ),
        ),
    ),
    "orders_are_found_by_what_is_written_on_them": (
        {"id": "split"},
        ("UPDATE order_search SET items = 'MUG' WHERE order_id = %(split)s",),
    ),
    "search_blocks_know_their_orders": (
        {"last_order_id": "fresh", "expected": 12, "found": 11},
        (
            (
                "INSERT INTO search_block (last_placed_at, last_order_id, after_placed_at, after_order_id, orders, trigrams)"
                " SELECT placed_at, id, '0001-01-01Z', 0, 11, '{}' FROM purchase_order WHERE id = %(fresh)s"
            ),
        ),
    ),
}


def _checked(url: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, ["check", "--json"], env={"DATABASE_URL": url})
    [line] = result.stdout.splitlines()
    return result.exit_code, json.loads(line)


def test_a_whole_day_breaks_no_invariant(copy) -> None:
    exit_code, told = _checked(copy.url)

    assert told["violations"] == []
    assert (exit_code, told["ok"], told["invariants"]) == (0, True, len(INVARIANTS))


def test_every_invariant_has_its_violation_planted() -> None:
    names = [invariant.name for invariant in INVARIANTS]
    assert sorted(names) == sorted(PLANTS)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_it_is_named_with_its_row_and_nothing_else_is(passing, name: str) -> None:
    said, statements = PLANTS[name]
    passing.plant(*statements)

    told = json.loads(report.as_json(look(passing.connection)))

    assert [violation["invariant"] for violation in told["violations"]] == [name]
    assert not told["ok"]
    [violation] = told["violations"]
    wanted = {column: _meant(value, passing.ids) for column, value in said.items()}
    assert any(wanted.items() <= _frozen(row).items() for row in violation["rows"]), violation["rows"]
    assert violation["count"] == len(violation["rows"]) <= 3


def _meant(value: Any, ids: dict[str, int]) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, str):
        return value
    return ids[value] if value in ids else value.strip("'")


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {column: tuple(value) if isinstance(value, list) else value for column, value in row.items()}


def test_people_get_a_table_and_the_rows_below_it(copy) -> None:
    copy.plant("UPDATE purchase_order SET open_holds = 2 WHERE id = %(held)s")

    result = CliRunner().invoke(main, ["check"], env={"DATABASE_URL": copy.url, "COLUMNS": "200"})

    assert result.exit_code == 1
    exit_code, told = _checked(copy.url)
    assert (exit_code, told["ok"], len(told["violations"])) == (1, False, 1)
    assert f"number=PO{copy.ids['held']}  id={copy.ids['held']}  expected=1  found=2" in result.output
    assert f"1 of {len(INVARIANTS)} invariants do not hold" in result.output
