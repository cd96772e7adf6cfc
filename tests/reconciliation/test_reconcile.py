"""Reconciliation: each class of drift is planted, found, left alone by a dry run, repaired item by item, and then gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders import Shop, broken, hasten, one, rows, work_off
from sqlalchemy import text

from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.payments.gateway.port import TransactionKind
from fulfillment.reconciliation.runs import ask_for, find_item, find_run
from fulfillment.reconciliation.states import DriftClass
from fulfillment.workflow.reconcile import carry_out, try_to_repair

OPS = Cause(CauseKind.PERSON, "reconcile-1", "ops")
C = DriftClass


def plant(shop: Shop, *statements: str, **values: object) -> None:
    """Do what no verb would: without foreign keys and triggers."""
    with shop.services.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            bound = {name: value for name, value in values.items() if f":{name}" in statement}
            session.execute(text(statement), bound)


def looks(shop: Shop, *classes: DriftClass, repairs: bool = False) -> list[int]:
    with shop.services.transaction() as session:
        run = ask_for(session, classes, repairs=repairs, cause=OPS, at=shop.now, begun=True)
    items = carry_out(shop.services, run)
    with shop.services.transaction() as session:
        assert find_run(session, run.id)["errors"] == {}
    return items


def told(shop: Shop, items: list[int]) -> list[tuple[str, str]]:
    return [
        one(shop.services, "SELECT drift, rule FROM drift_item WHERE id = :id", id=item_id) for item_id in sorted(items)
    ]


def everything(shop: Shop) -> list[object]:
    """What a dry run must leave as it is."""
    tables = ("purchase_order", "shipment", "line_item", "payment", "stock", "dispatch", "timeline", "operation")
    return [
        rows(
            shop.services,
            f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {t} t".replace("{t}", t),
        )
        for t in tables
    ]


def item(shop: Shop, item_id: int) -> dict[str, object]:
    with shop.services.transaction() as session:
        return dict(find_item(session, item_id))


def put_right(shop: Shop, items: list[int]) -> list[str | None]:
    return [try_to_repair(shop.services, item_id, cause=OPS) for item_id in items]


def _covered(shop: Shop) -> None:
    placed = shop.places(("MUG", 1))
    work_off(shop.services, only="payments.")
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id AND step = 'inventory.assign'", id=placed.id)


def _automatic(shop: Shop) -> None:
    placed = shop.places(("MUG", 1), market="UK")
    hold = shop.holds(placed.id)
    work_off(shop.services)
    shop.lets_go(hold)
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id", id=placed.id)


def _unauthorized(shop: Shop) -> None:
    placed = shop.places(("MUG", 1))
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id", id=placed.id)


def _unfollowed(shop: Shop) -> None:
    placed = shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id", id=placed.id)


def _unsent(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.captures(shop.payments(placed.id)[0])
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id", id=placed.id)


def _uncaptured(shop: Shop) -> None:
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    work_off(shop.services, only="shipments.")
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id AND step = 'payments.capture'", id=placed.id)


def _unvoided(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.cancels(placed.id)
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id AND step LIKE 'payments.%'", id=placed.id)


def _unrefunded(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.captures(shop.payments(placed.id)[0])
    work_off(shop.services)
    shop.cancels(placed.id)
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id AND step LIKE 'payments.%'", id=placed.id)


def _waiting(shop: Shop) -> None:
    shop.sells("RARE")
    shop.up_to("assigned", ("RARE", 1))
    shop.receives("RARE", 1)
    plant(shop, "DELETE FROM dispatch WHERE step = 'inventory.assign_waiting'")


def _unclosed(shop: Shop) -> None:
    placed = shop.up_to("packing", ("MUG", 1))
    shop.cancels(placed.id)
    plant(shop, "DELETE FROM dispatch WHERE step = 'shipments.close_picklist'")


def _orphans_of_a_canceled_line(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 2))
    shop.cancels(placed.id)
    work_off(shop.services)
    plant(
        shop,
        "UPDATE line_item SET allocated = 2 WHERE order_id = :id",
        "UPDATE stock SET allocated = allocated + 2",
        "DELETE FROM stock_movement WHERE kind = 'deallocated'",
        id=placed.id,
    )


def _movements_of_a_line_that_is_gone(shop: Shop) -> None:
    plant(
        shop,
        "UPDATE stock SET allocated = allocated + 3",
        "INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, line_id, cause_kind,"
        " cause_id, actor, at) SELECT product_id, warehouse_id, 'allocated', 0, 3, 77, 'request', 'r', 'nobody', now() FROM stock",
    )


def _miscounted(shop: Shop) -> None:
    plant(shop, "UPDATE stock SET on_hand = on_hand + 4, allocated = allocated + 1")


def _payment_counter(shop: Shop) -> None:
    placed = shop.up_to("shipped", ("MUG", 1))
    work_off(shop.services)
    plant(
        shop,
        "UPDATE payment SET captured = 0, capture_pending = 5 WHERE order_id = :id",
        "UPDATE purchase_order SET captured = 0 WHERE id = :id",
        id=placed.id,
    )


def _order_counters(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.cancels(placed.id)
    work_off(shop.services)
    plant(shop, "UPDATE purchase_order SET open_holds = 1, canceled_amount = 0 WHERE id = :id", id=placed.id)
    plant(shop, "UPDATE line_item SET refunded_quantity = 1 WHERE order_id = :id", id=placed.id)


def _captured_at_the_desk(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    reference = one(shop.services, "SELECT reference FROM payment WHERE order_id = :id", id=placed.id)
    shop.gateway.at_desk(TransactionKind.CAPTURE, reference, 400)


def _ended(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    plant(shop, "UPDATE payment SET expires_at = created_at + interval '1 hour' WHERE order_id = :id", id=placed.id)
    shop.clock.forward(hours=3)


def _forgotten_cart(shop: Shop) -> None:
    cart = shop.collects(("MUG", 1))
    plant(
        shop,
        "INSERT INTO cart_reservation (cart_id, product_id, warehouse_id, quantity, expires_at)"
        " SELECT :cart, product_id, warehouse_id, 1, CAST(:at AS timestamptz) - interval '2 hours' FROM stock",
        "UPDATE stock SET reserved_until = now() + interval '9 years'",
        cart=cart,
        at=shop.now,
    )


def _unmailed(shop: Shop) -> None:
    placed = shop.places(("MUG", 1))
    work_off(shop.services, only="payments.")
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id AND lane = 'mail'", id=placed.id)
    work_off(shop.services)
    shop.cancels(placed.id)
    work_off(shop.services, only="payments.")
    plant(shop, "DELETE FROM dispatch WHERE order_id = :id AND lane = 'mail'", id=placed.id)


def _unanswered(shop: Shop) -> None:
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.releases(placed.id)
    plant(shop, "DELETE FROM dispatch WHERE operation_id IS NOT NULL")


CASES: dict[str, tuple[DriftClass, Callable[[Shop], None], list[str]]] = {
    "a covered shipment": (C.STUCK_STEP, _covered, ["covered_shipments_go_on"]),
    "an automatic release": (C.STUCK_STEP, _automatic, ["automatic_markets_release"]),
    "an authorization": (C.STUCK_STEP, _unauthorized, ["card_payments_are_authorized_or_asked_for"]),
    "a question to the gateway": (
        C.STUCK_STEP,
        _unfollowed,
        ["undecided_attempts_are_followed", "card_payments_are_authorized_or_asked_for"],
    ),
    "a capture that was asked for": (C.STUCK_STEP, _unsent, ["undecided_attempts_are_followed"]),
    "a capture": (C.STUCK_STEP, _uncaptured, ["shipped_is_captured", "rest_is_voided"]),
    "a void": (C.STUCK_STEP, _unvoided, ["rest_is_voided"]),
    "a refund": (C.STUCK_STEP, _unrefunded, ["excess_is_refunded"]),
    "a waiting shipment": (C.STUCK_STEP, _waiting, ["nobody_waits_for_what_is_there"]),
    "a picklist": (C.STUCK_STEP, _unclosed, ["picklists_end_with_their_shipments"]),
    "pieces of a canceled line": (
        C.ORPHAN_ALLOCATION,
        _orphans_of_a_canceled_line,
        ["lines_are_allocated_as_their_shipment_stands"],
    ),
    "pieces of a line that is gone": (
        C.ORPHAN_ALLOCATION,
        _movements_of_a_line_that_is_gone,
        ["lines_are_their_movements"],
    ),
    "stock": (C.STOCK_DIFFERENCE, _miscounted, ["stock_is_its_movements"]),
    "money": (
        C.MONEY_DIFFERENCE,
        _payment_counter,
        [
            "pending_is_its_undecided_attempts",
            "payment_counters_are_its_transfers",
            "order_money_is_its_payments",
            "payment_status_follows_from_money",
        ],
    ),
    "counters of an order": (
        C.COUNTER_DIFFERENCE,
        _order_counters,
        ["open_holds_are_counted", "canceled_amount_is_its_canceled_shipments", "refunded_pieces_are_counted"],
    ),
    "the gateway": (C.GATEWAY_DIFFERENCE, _captured_at_the_desk, ["the_gateway_says_the_same"]),
    "an authorization that ended": (
        C.ENDED_AUTHORIZATION,
        _ended,
        ["ended_authorizations_are_renewed_or_let_go"],
    ),
    "a reservation that ended": (C.ENDED_RESERVATION, _forgotten_cart, ["ended_reservations_are_let_go"]),
    "mails": (C.MISSING_MAIL, _unmailed, ["promised_mails_are_sent", "promised_mails_are_sent"]),
    "an operation": (C.LOST_OPERATION, _unanswered, ["operations_count_their_jobs"]),
}


@pytest.mark.parametrize("case", CASES)
def test_drift_is_found_left_alone_repaired_and_gone(shop: Shop, case: str) -> None:
    drift, plants, rules = CASES[case]
    shop.sells("MUG", A=9)
    plants(shop)
    before = everything(shop)

    found = looks(shop)
    after_dry_run = everything(shop)
    refused = put_right(shop, found)
    once_more = put_right(shop, [each for each in found if item(shop, each)["status"] == "repaired"])
    repaired = everything(shop)
    looks(shop, repairs=True)  # What one repair has changed, or brought to light.
    settled = everything(shop)
    second = looks(shop, repairs=True)
    after_second = everything(shop)
    hasten(shop.services)
    work_off(shop.services)
    last = looks(shop)

    assert [rule for kind, rule in told(shop, found) if kind == drift] == rules
    assert after_dry_run == before
    assert [reason for reason in refused if reason and "reconcile anew" not in reason] == []
    assert set(once_more) == {None}
    assert case == "money" or settled == repaired
    assert (second, after_second, last) == ([], settled, [])
    assert broken(shop.services) == {}
