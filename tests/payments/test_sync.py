"""Sync: what happened at the gateway comes into our books, once, however often and in whatever order it is told (PY3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import ANA, Shop, broken, hasten, one, rows, work_off

from fulfillment.payments.chargebacks.record import ChargedBack, record_chargeback
from fulfillment.payments.gateway import Operation, TransactionKind
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.hint import take_hint
from fulfillment.workflow.sweeps import run_sweep

pytestmark = pytest.mark.rule("PY3")

K = TransactionKind

COMPARE = "sweeps.compare_payments"


def reference_of(shop: Shop, order_id: int) -> str:
    return str(one(shop.services, "SELECT reference FROM payment WHERE order_id = :id", id=order_id))


def hinted(shop: Shop, number: str, *, event: str = "evt_1", key: str | None = None) -> bool:
    with shop.services.transaction() as session:
        return take_hint(session, Hint(event, number, key), cause=ANA, at=shop.now)


def left(shop: Shop) -> list[tuple[str, str, int]]:
    return rows(shop.services, "SELECT kind, what, amount FROM payment_difference ORDER BY id")


def test_what_was_captured_and_refunded_at_the_gateways_desk_is_booked_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 2))
    reference = reference_of(shop, placed.id)
    shop.gateway.at_desk(K.CAPTURE, reference, 1500)
    shop.gateway.at_desk(K.REFUND, reference, 400)
    shop.gateway.at_desk(K.VOID, reference, 500)

    for event in ("evt_1", "evt_2", "evt_2", "evt_3"):
        hinted(shop, placed.number, event=event)
        work_off(shop.services)

    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1500, "manual": 0, "refunded": 400}
    assert rows(
        shop.services,
        "SELECT kind, amount, status, sends, reason FROM payment_attempt WHERE kind <> 'authorize' ORDER BY id",
    ) == [
        ("capture", 1500, "succeeded", 0, "synced"),
        ("refund", 400, "succeeded", 0, "synced"),
        ("void", 500, "succeeded", 0, "synced"),
    ]
    assert one(shop.services, "SELECT count(*) FROM timeline WHERE verb = 'sync_payments'") == 1
    assert [request.operation for request in shop.gateway.sent] == [Operation.AUTHORIZE]
    assert broken(shop.services) == {}


def test_events_bring_one_question_and_those_told_before_bring_none(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    key = shop.gateway.sent[0].key

    took = [
        hinted(shop, placed.number, event="evt_known", key=key),
        hinted(shop, "PO-of-nobody", event="evt_2"),
        hinted(shop, placed.number, event="evt_1"),
        hinted(shop, placed.number, event="evt_3"),
    ]
    work_off(shop.services)
    again = hinted(shop, placed.number, event="evt_1")

    assert (took, again) == ([False, False, True, False], False)
    assert rows(shop.services, "SELECT id FROM gateway_event") == [("evt_1",)]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_hint_overtakes_the_question_of_an_attempt_whose_outcome_is_not_known(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    assert shop.order(placed.id) == ("in_progress", "unpaid")

    assert hinted(shop, placed.number, key=shop.gateway.sent[0].key)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert len(shop.gateway.sent) == 1
    assert broken(shop.services) == {}


def test_a_capture_that_nobody_could_ask_about_any_more_is_found_in_the_history(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    shop.gateway.will("ok", "cut after")
    placed = shop.up_to("assigned", ("SONG", 1), ("MUG", 1))
    shop.gateway.books.clear()
    shop.clock.forward(hours=24)
    hasten(shop.services)
    work_off(shop.services)
    assert ("payments.capture", True) in shop.dispatched()

    hinted(shop, placed.number)
    work_off(shop.services)

    assert shop.dispatched() == []
    assert shop.money(placed.id)["captured"] == 99
    assert shop.gateway.moved(Operation.CAPTURE) == [99]
    assert broken(shop.services) == {}


def test_what_fits_no_book_is_kept_as_a_difference_until_it_is_gone(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    reference = reference_of(shop, placed.id)
    shop.gateway.at_desk(K.AUTHORIZE, reference, 700)
    shop.gateway.at_desk(K.CAPTURE, reference, 1700)

    for event in ("evt_1", "evt_2"):
        hinted(shop, placed.number, event=event)
        work_off(shop.services)

    assert left(shop) == [("authorized_elsewhere", "authorize", 700), ("done_elsewhere", "capture", 1700)]
    assert shop.money(placed.id)["captured"] == 0
    assert one(shop.services, "SELECT count(*) FROM timeline WHERE verb = 'sync_payments'") == 1
    assert broken(shop.services) == {}

    history = shop.gateway.histories[reference]
    shop.gateway.histories[reference] = type(history)(reference, "GBP", None, history.transactions[:1])
    hinted(shop, placed.number, event="evt_3")
    work_off(shop.services)
    assert left(shop) == []


def test_what_our_books_say_and_the_gateway_does_not_is_a_difference_but_not_while_it_is_fresh(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 1))
    reference = reference_of(shop, placed.id)
    history = shop.gateway.histories[reference]
    shop.gateway.histories[reference] = type(history)(reference, "GBP", None, history.transactions[:1])

    hinted(shop, placed.number, event="evt_1")
    work_off(shop.services)
    fresh = left(shop)
    shop.clock.forward(hours=1)
    hinted(shop, placed.number, event="evt_2")
    work_off(shop.services)

    assert fresh == []
    assert left(shop) == [("unknown_to_gateway", "capture", 1000)]
    assert shop.money(placed.id)["captured"] == 1000


def test_a_gateway_that_cannot_be_asked_is_asked_again_later(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.gateway.at_desk(K.CAPTURE, reference_of(shop, placed.id), 1000)
    shop.gateway.is_deaf = True
    hinted(shop, placed.number)
    work_off(shop.services)
    assert shop.dispatched() == [("payments.sync", False)]
    assert shop.money(placed.id)["captured"] == 0

    shop.gateway.is_deaf = False
    hasten(shop.services)
    work_off(shop.services)

    assert shop.dispatched() == []
    assert shop.money(placed.id)["captured"] == 1000


def test_money_taken_at_the_desk_for_an_order_that_was_canceled_goes_back(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.gateway.at_desk(K.CAPTURE, reference_of(shop, placed.id), 600)
    shop.cancels(placed.id)
    shop.gateway.will("refuse")  # The void names the whole remainder, and that is less by now.
    work_off(shop.services)
    assert shop.gateway.moved(Operation.REFUND) == []

    hinted(shop, placed.number)
    work_off(shop.services)
    with shop.services.transaction() as session:
        from fulfillment.dispatch.dead_letters import dead_letters, replay

        replay(session, [row["id"] for row in dead_letters(session)])
    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == [400]
    assert shop.gateway.moved(Operation.REFUND) == [600]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_chargeback_and_its_reversal_are_booked_once_and_one_entered_by_hand_is_recognized(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 2))
    reference = reference_of(shop, placed.id)
    [payment] = shop.payments(placed.id)
    with shop.services.transaction() as session:
        record_chargeback(session, payment, ChargedBack("the bank wrote", 300), cause=ANA, at=shop.now)
    shop.gateway.at_desk(K.CHARGEBACK, reference, 300)
    shop.gateway.at_desk(K.CHARGEBACK, reference, 1700)

    for event in ("evt_1", "evt_2"):
        hinted(shop, placed.number, event=event)
        work_off(shop.services)
    assert rows(shop.services, "SELECT amount, status, reference IS NULL FROM chargeback ORDER BY id") == [
        (300, "open", False),
        (1700, "open", False),
    ]

    shop.gateway.at_desk(K.CHARGEBACK_REVERSED, reference, 1700)
    shop.gateway.at_desk(K.CHARGEBACK, reference, 9000)
    for event in ("evt_3", "evt_4"):
        hinted(shop, placed.number, event=event)
        work_off(shop.services)

    assert rows(shop.services, "SELECT amount, status FROM chargeback ORDER BY id") == [(300, "open"), (1700, "won")]
    assert rows(
        shop.services,
        "SELECT kind, sum(amount) FROM money_transfer WHERE kind LIKE 'chargeback%' GROUP BY 1 ORDER BY 1",
    ) == [
        ("chargeback", 2000),
        ("chargeback_reversed", 1700),
    ]
    assert left(shop) == [("charged_back", "chargeback", 9000)]
    assert broken(shop.services) == {}


def test_a_chargeback_that_finds_no_room_is_booked_with_its_reversal_in_one_go_and_one_without_waits(
    shop: Shop,
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 2))
    [payment] = shop.payments(placed.id)
    reference = reference_of(shop, placed.id)
    shop.gateway.at_desk(K.CAPTURE, reference, 2000)
    hinted(shop, placed.number)
    work_off(shop.services)
    shop.gateway.at_desk(K.CHARGEBACK, reference, 90)
    shop.refunds(payment)
    work_off(shop.services)  # the gateway lets it through: the bank has given the 90 again meanwhile
    hinted(shop, placed.number, event="evt_2")
    work_off(shop.services)
    assert left(shop) == [("charged_back", "chargeback", 90)]
    ledger = "SELECT kind, amount FROM money_transfer WHERE kind <> 'authorize' ORDER BY id"
    assert rows(shop.services, ledger) == [("capture", 2000), ("refund", 2000)]

    for kind, amount in ((K.CHARGEBACK_REVERSED, 90), (K.CHARGEBACK_REVERSED, 90), (K.CHARGEBACK, 90)):
        shop.gateway.at_desk(kind, reference, amount)
    for kind, amount in ((K.CHARGEBACK, 90), (K.CHARGEBACK_REVERSED, 70)):
        shop.gateway.at_desk(kind, reference, amount)
    for event in ("evt_3", "evt_4"):
        hinted(shop, placed.number, event=event)
        work_off(shop.services)

    assert left(shop) == [("charged_back", "chargeback", 90), ("chargeback_reversed", "chargeback_reversed", 70)]
    both = ("chargeback", 90), ("chargeback_reversed", 90)
    assert rows(shop.services, ledger) == [("capture", 2000), ("refund", 2000), *both, *both]
    assert rows(shop.services, "SELECT amount, status, count(*) FROM chargeback GROUP BY 1, 2") == [(90, "won", 2)]
    assert rows(
        shop.services,
        "SELECT count(*), count(DISTINCT reference), count(DISTINCT reversal_reference) FROM chargeback",
    ) == [(2, 2, 2)]
    assert (
        rows(
            shop.services,
            "SELECT t.verb, t.after, p.verb FROM timeline t LEFT JOIN timeline p ON p.id = t.parent_id"
            " WHERE t.verb IN ('record_chargeback', 'win') ORDER BY t.id",
        )
        == [("record_chargeback", None, None), ("win", "won", "record_chargeback")] * 2
    )
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 2000, "manual": 0, "refunded": 2000}
    assert one(shop.services, "SELECT count(*) FROM hold") == 0
    assert broken(shop.services) == {}


def test_a_reversal_that_is_told_before_its_chargeback_ends_it_in_the_same_sync(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 2))
    reference = reference_of(shop, placed.id)
    shop.gateway.at_desk(K.CHARGEBACK_REVERSED, reference, 2000)
    shop.gateway.at_desk(K.CHARGEBACK, reference, 2000)

    hinted(shop, placed.number)
    work_off(shop.services)

    assert left(shop) == []
    assert rows(shop.services, "SELECT amount, status FROM chargeback") == [(2000, "won")]
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_what_is_otherwise_at_the_gateway_is_asked_about_again_by_schedule(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    reference = reference_of(shop, placed.id)
    shop.gateway.at_desk(K.CHARGEBACK_REVERSED, reference, 300)
    hinted(shop, placed.number)
    work_off(shop.services)
    assert left(shop) == [("chargeback_reversed", "chargeback_reversed", 300)]

    assert run_sweep(shop.services, COMPARE) == 0  # just looked at
    before = shop.gateway.histories[reference]
    shop.gateway.histories[reference] = replace(before, transactions=before.transactions[:-1])  # put right there
    shop.clock.forward(hours=1, seconds=1)
    assert run_sweep(shop.services, COMPARE) == 1
    work_off(shop.services)

    assert left(shop) == []
    shop.clock.forward(hours=2)
    assert run_sweep(shop.services, COMPARE) == 0
    assert broken(shop.services) == {}


def test_a_capture_that_nobody_can_ask_about_by_its_key_is_found_in_the_gateways_books_by_schedule(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.gateway.will("cut after")
    shop.captures(shop.payments(placed.id)[0])
    work_off(shop.services)
    shop.gateway.books.clear()  # it has forgotten the key
    shop.clock.forward(days=1)
    hasten(shop.services)
    work_off(shop.services)
    assert shop.dispatched() == [("payments.send", True)]

    assert run_sweep(shop.services, COMPARE) == 1
    work_off(shop.services)

    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1000, "manual": 0, "refunded": 0}
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert broken(shop.services) == {}
