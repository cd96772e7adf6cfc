"""Authorizations end: they are renewed in time, or the order is held; nothing ships unpaid, nothing is taken twice (PY6)."""

from datetime import timedelta

import pytest
from builders import Shop, broken, hasten, one, rows, work_off
from fakes.gateway import Operation

from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.checkout.placed import Placed
from fulfillment.kernel.errors import Conflict
from fulfillment.payments.gateway import TransactionKind
from fulfillment.workflow.sweeps import run_sweep

RENEW = "sweeps.renew_authorizations"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop at a gateway whose authorizations end after a week."""
    shop.gateway.authorization_life = timedelta(days=7)
    return shop


def backordered(shop: Shop) -> Placed:
    """An order of a mug that is not there."""
    shop.sells("MUG")
    return shop.up_to("assigned", ("MUG", 1), market="UK")


def payments(shop: Shop) -> list[tuple[int, ...]]:
    """(authorized, captured, voided, expired) of each payment."""
    return rows(shop.services, "SELECT authorized, captured, voided, expired FROM payment ORDER BY position")


def reference_of(shop: Shop, order_id: int) -> str:
    return str(one(shop.services, "SELECT reference FROM payment WHERE order_id = :id", id=order_id))


def dead(shop: Shop) -> list[tuple[str, str]]:
    return rows(shop.services, "SELECT step, last_error FROM dispatch WHERE dead")


@pytest.mark.peer("medusajs/medusa #13867", "Adyen/adyen-magento2 #1594")
def test_medusa_13867_a_backorder_that_waits_for_weeks_is_renewed_and_captured_once(shop: Shop) -> None:
    placed = backordered(shop)
    shop.clock.forward(days=5, hours=23)
    assert run_sweep(shop.services, RENEW) == 0
    shop.clock.forward(days=-5, hours=-23)

    for _ in range(3):
        shop.clock.forward(days=6, hours=1)
        assert run_sweep(shop.services, RENEW) == 1
        assert broken(shop.services) == {}
        work_off(shop.services, only="payments.authorize")
        assert broken(shop.services) == {}
        work_off(shop.services)
        assert run_sweep(shop.services, RENEW) is None
        assert shop.money(placed.id)["open_authorized"] == 1000
        assert broken(shop.services) == {}
    assert payments(shop) == [(1000, 0, 1000, 0)] * 3 + [(1000, 0, 0, 0)]
    assert rows(shop.services, "SELECT renews_payment_id FROM payment ORDER BY position")[1:] == [
        (each,) for each in shop.payments(placed.id)[:-1]
    ]

    shop.receives("MUG", 1)
    shop.brings(placed.id, "shipped")

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert payments(shop)[-1] == (1000, 1000, 0, 0)
    assert (
        one(shop.services, "SELECT count(*) FROM timeline WHERE verb = 'renew_payment' AND cause_kind = 'schedule'")
        == 3
    )
    assert dead(shop) == []
    assert broken(shop.services) == {}


@pytest.mark.peer("reactioncommerce/reaction #4764")
def test_reaction_4764_an_order_whose_renewal_is_declined_is_held_before_it_ships_unpaid(shop: Shop) -> None:
    placed = backordered(shop)
    shop.clock.forward(days=6, hours=1)
    shop.gateway.will("refuse")

    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    [(reason, note, by)] = rows(shop.services, "SELECT reason, note, opened_by FROM hold WHERE status = 'open'")
    first, second = shop.payments(placed.id)
    assert (reason, by) == ("payment not renewed", "schedule")
    assert note == f"payment {first} ends, and payment {second} in its place was declined: refused"
    assert payments(shop) == [(1000, 0, 0, 0), (0, 0, 0, 0)]
    assert shop.gateway.moved(Operation.VOID) == []
    shop.receives("MUG", 1)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert broken(shop.services) == {}

    shop.clock.forward(hours=24)
    assert run_sweep(shop.services, RENEW) == 1
    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 0, 1000), (0, 0, 0, 0)]
    assert shop.money(placed.id)["open_authorized"] == 0
    assert rows(shop.services, "SELECT kind, debit, credit, amount FROM money_transfer ORDER BY id") == [
        ("authorize", "open", "customer", 1000),
        ("expire", "customer", "open", 1000),
    ]
    shop.clock.forward(hours=24)
    assert run_sweep(shop.services, RENEW) == 0
    assert len(shop.payments(placed.id)) == 2
    assert dead(shop) == []
    assert broken(shop.services) == {}


def test_another_payment_takes_the_place_of_one_that_cannot_be_renewed(shop: Shop) -> None:
    placed = backordered(shop)
    shop.clock.forward(days=6, hours=1)
    shop.gateway.will("refuse")
    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    with pytest.raises(Conflict) as refused:
        shop.adds_payment(placed.id, token="tok_other", amount=1001)
    assert refused.value.members == {"missing": 1000}
    shop.adds_payment(placed.id, token="tok_other")
    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 1000, 0), (0, 0, 0, 0), (1000, 0, 0, 0)]
    assert shop.order(placed.id) == ("in_progress", "authorized")
    assert broken(shop.services) == {}


def test_money_received_by_hand_takes_its_place_as_well(shop: Shop) -> None:
    placed = backordered(shop)
    shop.clock.forward(days=6, hours=1)
    shop.gateway.will("refuse")
    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    shop.adds_payment(placed.id, token=None)
    assert broken(shop.services) == {}
    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 1000, 0), (0, 0, 0, 0), (0, 1000, 0, 0)]
    assert shop.order(placed.id) == ("in_progress", "paid")
    assert broken(shop.services) == {}


@pytest.mark.peer("reactioncommerce/reaction #2347")
def test_reaction_2347_a_capture_refused_because_time_is_over_is_taken_from_a_renewal(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.clock.forward(days=8)  # and no sweep ran meanwhile
    shop.completes(placed.id)

    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 0, 1000), (1000, 1000, 0, 0)]
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.CAPTURE) == [1000]
    assert dead(shop) == []
    assert broken(shop.services) == {}


def test_goods_that_left_and_can_be_paid_by_nothing_end_with_a_person(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.clock.forward(days=8)
    shop.completes(placed.id)
    shop.gateway.will("ok", "refuse")

    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 0, 1000), (0, 0, 0, 0)]
    [(step, error)] = dead(shop)
    assert step == "payments.capture"
    assert "under_authorized: shipment" in error
    assert rows(shop.services, "SELECT * FROM hold") == []
    assert broken(shop.services) == {}


def test_a_part_that_was_captured_stays_and_the_rest_is_renewed(shop: Shop) -> None:
    shop.sells("MUG", price=700)
    shop.sells("SONG", price=300, needs_shipping=False)
    placed = shop.up_to("assigned", ("MUG", 1), ("SONG", 1), market="UK")
    shop.clock.forward(days=6, hours=1)

    run_sweep(shop.services, RENEW)
    work_off(shop.services)
    assert payments(shop) == [(1000, 300, 700, 0), (700, 0, 0, 0)]
    shop.receives("MUG", 1)
    shop.brings(placed.id, "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [300, 700]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1000, "manual": 0, "refunded": 0}
    assert broken(shop.services) == {}


def test_a_renewal_whose_answer_is_lost_is_asked_about_and_made_once(shop: Shop) -> None:
    placed = backordered(shop)
    shop.clock.forward(days=6, hours=1)
    shop.gateway.will("cut after")
    run_sweep(shop.services, RENEW)
    work_off(shop.services)
    assert payments(shop) == [(1000, 0, 0, 0), (0, 0, 0, 0)]
    shop.clock.forward(minutes=5)
    assert run_sweep(shop.services, RENEW) == 0

    hasten(shop.services)
    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 1000, 0), (1000, 0, 0, 0)]
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000, 1000]
    assert shop.order(placed.id) == ("in_progress", "authorized")
    assert broken(shop.services) == {}


def test_an_order_is_canceled_while_its_renewal_is_on_the_way(shop: Shop) -> None:
    placed = backordered(shop)
    shop.clock.forward(days=6, hours=1)
    run_sweep(shop.services, RENEW)
    shop.cancels(placed.id)

    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 1000, 0), (0, 0, 0, 0)]
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]
    assert shop.order(placed.id) == ("canceled", "unpaid")
    assert broken(shop.services) == {}


def test_what_the_gateway_says_has_expired_is_taken_over_and_renewed(shop: Shop) -> None:
    from payments.test_sync import hinted

    placed = backordered(shop)
    shop.gateway.at_desk(TransactionKind.EXPIRE, reference_of(shop, placed.id), 1000)

    for event in ("evt_1", "evt_2"):
        hinted(shop, placed.number, event=event)
        work_off(shop.services)

    assert payments(shop) == [(1000, 0, 0, 1000), (1000, 0, 0, 0)]
    assert rows(shop.services, "SELECT * FROM payment_difference") == []
    assert broken(shop.services) == {}


def test_of_several_payments_those_that_end_are_renewed_each_for_itself(shop: Shop) -> None:
    shop.sells("MUG")
    tokens = (CheckoutPayment("tok_one", 400), CheckoutPayment("tok_two", 600))
    placed = shop.up_to("assigned", ("MUG", 1), tokens=tokens)
    shop.clock.forward(days=6, hours=1)

    assert run_sweep(shop.services, RENEW) == 2
    work_off(shop.services)

    assert payments(shop) == [(400, 0, 400, 0), (600, 0, 600, 0), (400, 0, 0, 0), (600, 0, 0, 0)]
    assert shop.money(placed.id)["open_authorized"] == 1000
    assert broken(shop.services) == {}


def test_a_renewal_covers_no_more_than_what_it_took_the_place_of(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    tokens = (CheckoutPayment("tok_ok", 600), CheckoutPayment("tok_declined", 400))
    placed = shop.up_to("assigned", ("MUG", 1), tokens=tokens, market="UK")
    assert shop.statuses(placed.id) == ["pending"]
    shop.clock.forward(days=6, hours=1)

    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    assert payments(shop) == [(600, 0, 600, 0), (0, 0, 0, 0), (600, 0, 0, 0)]
    assert shop.statuses(placed.id) == ["pending"]
    assert broken(shop.services) == {}
    shop.adds_payment(placed.id, token=None, amount=400)
    work_off(shop.services)
    shop.brings(placed.id, "shipped")
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 600, "manual": 400, "refunded": 0}
    assert broken(shop.services) == {}


def test_what_was_captured_at_the_desk_before_the_end_has_not_expired(shop: Shop) -> None:
    placed = backordered(shop)
    shop.gateway.at_desk(TransactionKind.CAPTURE, reference_of(shop, placed.id), 400)  # nobody tells us
    shop.clock.forward(days=6, hours=1)
    shop.gateway.will("refuse")
    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    shop.clock.forward(hours=24)
    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    assert payments(shop) == [(1000, 400, 0, 600), (0, 0, 0, 0)]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 400, "manual": 0, "refunded": 0}
    assert rows(shop.services, "SELECT * FROM payment_difference") == []
    assert dead(shop) == []
    assert broken(shop.services) == {}


def test_an_end_that_the_gateway_says_and_does_not_list_is_booked_all_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = backordered(shop)
    listed = shop.gateway.histories[reference_of(shop, placed.id)]
    monkeypatch.setattr(shop.gateway, "history", lambda references: [listed for _ in references])
    shop.gateway.will("refuse")
    shop.clock.forward(days=6, hours=1)
    run_sweep(shop.services, RENEW)
    work_off(shop.services)
    shop.clock.forward(hours=24)
    run_sweep(shop.services, RENEW)
    work_off(shop.services)

    assert payments(shop) == [(1000, 0, 0, 1000), (0, 0, 0, 0)]
    assert broken(shop.services) == {}
