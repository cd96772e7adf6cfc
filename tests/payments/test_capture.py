"""Capture: what ships is taken, once, to the last minor unit (PY4); what is left is voided."""

import pytest
from builders import Shop, broken, hasten, one, rows, work_off
from fakes.gateway import Operation

from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.dispatch.dead_letters import dead_letters, replay
from fulfillment.kernel.errors import Conflict


def test_each_shipment_takes_its_own_and_the_last_one_the_remainder(shop: Shop) -> None:
    shop.sells("MUG", price=333, A=5)
    shop.sells("SONG", price=334, needs_shipping=False)

    placed = shop.up_to("assigned", ("MUG", 2), ("SONG", 1), shipping=100, tax=1)
    assert shop.gateway.moved(Operation.CAPTURE) == [335]
    shop.brings(placed.id, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [335, 766]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1101, "manual": 0, "refunded": 0}
    assert broken(shop.services) == {}


@pytest.mark.rule("PY6")
def test_several_payments_are_taken_from_in_the_order_in_which_they_were_added(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=500, needs_shipping=False)
    payments = (CheckoutPayment("tok_one", 700), CheckoutPayment("tok_two", 800))

    placed = shop.up_to("assigned", ("MUG", 1), ("SONG", 1), tokens=payments)
    assert rows(shop.services, "SELECT captured FROM payment ORDER BY position") == [(500,), (0,)]
    shop.brings(placed.id, "shipped")

    assert rows(shop.services, "SELECT captured FROM payment ORDER BY position") == [(700,), (800,)]
    assert shop.gateway.moved(Operation.CAPTURE) == [500, 200, 800]
    assert broken(shop.services) == {}


def test_only_what_earlier_captures_left_is_taken(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.captures(shop.payments(placed.id)[0], 400)
    work_off(shop.services)
    assert shop.order(placed.id)[1] == "partially_paid"

    shop.brings(placed.id, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [400, 600]
    assert shop.order(placed.id) == ("completed", "paid")


def test_an_order_captured_before_it_ships_is_not_captured_again(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.captures(shop.payments(placed.id)[0])

    shop.brings(placed.id, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert broken(shop.services) == {}


def test_money_received_by_hand_is_counted_first(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=())
    shop.adds_payment(placed.id, token=None, amount=300)
    shop.adds_payment(placed.id, token="tok_ok")
    work_off(shop.services)

    shop.brings(placed.id, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [700]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 700, "manual": 300, "refunded": 0}
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_money_received_by_hand_pays_for_what_leaves_first(shop: Shop) -> None:
    shop.sells("MUG", price=600, A=5)
    shop.sells("SONG", price=400, needs_shipping=False)
    placed = shop.places(("MUG", 1), ("SONG", 1), tokens=())
    shop.adds_payment(placed.id, token=None, amount=500)
    shop.adds_payment(placed.id, token="tok_ok")
    work_off(shop.services)

    assert shop.order(placed.id) == ("partially_shipped", "partially_paid")
    assert shop.gateway.moved(Operation.CAPTURE) == []
    shop.brings(placed.id, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [500]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 500, "manual": 500, "refunded": 0}
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_more_than_is_authorized_is_refused(shop: Shop, amount: int) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))

    with pytest.raises(Conflict) as refused:
        shop.captures(shop.payments(placed.id)[0], amount)

    assert (refused.value.guard, refused.value.members) == ("over_capture", {"most": 1000})
    assert rows(shop.services, "SELECT kind FROM payment_attempt") == [("authorize",)]


def test_what_is_on_its_way_counts_against_the_limit(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payment = shop.payments(shop.up_to("assigned", ("MUG", 1)).id)[0]
    shop.captures(payment, 600)

    with pytest.raises(Conflict) as refused:
        shop.captures(payment, 401)

    assert refused.value.members == {"most": 400}


def test_a_refused_capture_becomes_a_dead_letter_and_its_replay_takes_the_money(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)

    with shop.services.transaction() as session:
        [dead] = dead_letters(session)
    assert (dead["step"], dead["last_error"]) == ("payments.capture", "refused: The gateway says no.")
    assert shop.order(placed.id) == ("completed", "authorized")
    assert broken(shop.services) == {}

    with shop.services.transaction() as session:
        assert replay(session, [dead["id"]]) == [dead["id"]]
    work_off(shop.services)
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_refusal_is_not_forgotten_while_another_payment_is_unclear(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_one", 700), CheckoutPayment("tok_two", 300))
    placed = shop.up_to("packing", ("MUG", 1), tokens=payments)
    shop.gateway.will("refuse", "cut after", "refuse")
    shop.completes(placed.id)
    work_off(shop.services)
    hasten(shop.services)

    work_off(shop.services)

    assert shop.money(placed.id)["captured"] == 300
    assert ("payments.capture", True) in shop.dispatched()
    assert broken(shop.services) == {}


def test_a_void_does_not_overtake_the_capture_of_what_has_shipped(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    shop.voids(shop.payments(placed.id)[0])  # Its row stands before that of the capture.

    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == []
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert one(shop.services, "SELECT problems FROM operation WHERE kind = 'void'")[0]["guard"] == "capture_due"
    assert one(shop.services, "SELECT void_pending FROM payment") == 0
    assert broken(shop.services) == {}


def test_a_void_is_refused_while_the_capture_of_what_has_shipped_waits(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    work_off(shop.services, only="shipments.complete")
    assert ("payments.capture", False) in shop.dispatched()

    with pytest.raises(Conflict, match="has shipped goods that are not captured yet") as refused:
        shop.voids(shop.payments(placed.id)[0])
    work_off(shop.services)

    assert refused.value.guard == "capture_due"
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert shop.gateway.moved(Operation.VOID) == []
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_what_is_left_of_an_authorization_is_voided_when_all_has_shipped(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    placed = shop.up_to("packing", ("MUG", 1), ("SONG", 1))
    assert shop.gateway.moved(Operation.VOID) == []

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.money(placed.id)["open_authorized"] == 0


def test_an_authorization_that_nothing_needs_any_more_is_voided(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    payment = shop.payments(placed.id)[0]
    shop.captures(payment)
    work_off(shop.services)
    shop.refunds(payment, 200)
    work_off(shop.services)
    shop.adds_payment(placed.id)  # Covered means what is kept: 200 are missing now.
    work_off(shop.services)

    shop.brings(placed.id, "shipped")

    assert shop.order(placed.id)[0] == "completed"
    assert shop.money(placed.id)["open_authorized"] == 0
    assert broken(shop.services) == {}


def test_a_payment_is_voided_only_while_something_is_open(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    payment = shop.payments(placed.id)[0]
    shop.voids(payment)
    with pytest.raises(Conflict, match="has nothing open to void"):
        shop.voids(payment)

    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.order(placed.id) == ("in_progress", "unpaid")
    assert one(shop.services, "SELECT count(*) FROM payment_attempt WHERE kind = 'void'") == 1


def test_goods_that_left_are_paid_for_although_a_capture_they_counted_on_is_refused(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    work_off(shop.services, only="shipments.complete")
    shop.captures(shop.payments(placed.id)[0])  # The step finds all of it under way already.
    shop.gateway.will("refuse")

    work_off(shop.services)

    assert rows(shop.services, "SELECT status FROM payment_attempt WHERE kind = 'capture' ORDER BY id") == [
        ("failed",),
        ("succeeded",),
    ]
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_card_pays_for_a_shipment_once_more_when_a_capture_beside_it_is_refused(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    work_off(shop.services, only="shipments.complete")
    shop.captures(shop.payments(placed.id)[0], 400)  # The step finds a part of it under way already, and takes 600.
    shop.gateway.will("ok", "refuse")

    work_off(shop.services)

    assert shop.gateway.moved(Operation.CAPTURE) == [600, 400]
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.dispatched() == []
    assert broken(shop.services) == {}
