"""Cancel: nothing ships after the answer, stock is free at once, money goes back by steps (OL10, OL11, OL12)."""

import pytest
from builders import Shop, broken, one, work_off
from fakes.gateway import Operation

from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.kernel.errors import Conflict


def test_stock_is_free_in_the_transaction_of_the_cancellation(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("released", ("MUG", 2))
    assert shop.stock("MUG") == (5, 2)

    shop.cancels(placed.id)

    assert shop.stock("MUG") == (5, 0)
    assert shop.statuses(placed.id) == ["canceled"]
    assert shop.order(placed.id)[0] == "canceled"
    assert one(shop.services, "SELECT canceled_amount FROM purchase_order") == 2000


def test_whoever_waited_for_the_units_gets_them(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    first = shop.up_to("assigned", ("MUG", 2))
    second = shop.up_to("assigned", ("MUG", 2))
    assert shop.statuses(second.id) == ["awaiting_inventory"]

    shop.cancels(first.id)
    work_off(shop.services)

    assert shop.statuses(second.id) == ["inventory_assigned"]
    assert shop.stock("MUG") == (2, 2)
    assert broken(shop.services) == {}


def test_whoever_waited_behind_a_canceled_one_moves_up(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    large = shop.up_to("assigned", ("MUG", 3))
    small = shop.up_to("assigned", ("MUG", 1))
    assert shop.statuses(small.id) == ["awaiting_inventory"]

    shop.cancels(large.id)
    work_off(shop.services)

    assert shop.statuses(small.id) == ["inventory_assigned"]


def test_a_reservation_is_given_back(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=1)
    placed = shop.places(("LAMP", 1))

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.stock("LAMP") == (1, 0)
    assert shop.gateway.sent == []
    shop.places(("LAMP", 1))


@pytest.mark.rule("OL11")
@pytest.mark.rule("PY5")
def test_what_was_authorized_is_voided_and_nothing_is_captured(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.gateway.moved(Operation.CAPTURE) == []
    assert shop.order(placed.id) == ("canceled", "unpaid")
    assert broken(shop.services) == {}


@pytest.mark.rule("OL11")
@pytest.mark.rule("PY5")
def test_what_was_captured_is_refunded_newest_payment_first(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    payments = (CheckoutPayment("tok_one", 600), CheckoutPayment("tok_two", 400))
    placed = shop.up_to("assigned", ("MUG", 1), tokens=payments)
    for payment in shop.payments(placed.id):
        shop.captures(payment)
    work_off(shop.services)

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [400, 600]
    assert shop.order(placed.id) == ("canceled", "refunded")
    assert broken(shop.services) == {}


def test_captured_is_refunded_and_the_rest_voided(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.captures(shop.payments(placed.id)[0], 300)
    work_off(shop.services)

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == [300]
    assert shop.gateway.moved(Operation.VOID) == [700]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 300, "manual": 0, "refunded": 300}
    assert broken(shop.services) == {}


def test_canceling_the_rest_completes_the_order_and_keeps_what_shipped(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    placed = shop.up_to("assigned", ("MUG", 1), ("SONG", 1))

    shop.cancels(placed.id)
    assert shop.order(placed.id)[0] == "completed"
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["canceled", "shipped"]
    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.gateway.moved(Operation.REFUND) == []
    assert broken(shop.services) == {}


def test_canceling_a_part_paid_by_hand_leaves_that_money_to_a_person(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=())
    shop.adds_payment(placed.id, token=None, amount=300)

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.money(placed.id)["manual"] == 300
    assert shop.gateway.sent == []
    assert broken(shop.services) == {}


def test_steps_that_were_on_their_way_do_nothing_any_more(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    operation = shop.releases(placed.id)

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["canceled"]
    assert shop.problems(operation) == ["status"]
    assert broken(shop.services) == {}


def test_a_checkout_canceled_before_its_authorization_is_never_charged(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))

    shop.cancels(placed.id)
    work_off(shop.services)

    assert shop.gateway.sent == []
    assert shop.order(placed.id) == ("canceled", "unpaid")
    assert broken(shop.services) == {}


def test_an_authorization_that_comes_after_all_is_voided(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    shop.cancels(placed.id)

    from builders import hasten

    hasten(shop.services)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]
    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.statuses(placed.id) == ["canceled"]
    assert broken(shop.services) == {}


@pytest.mark.parametrize(("told", "count"), [(True, 2), (False, 1)])
@pytest.mark.rule("OL12")
def test_the_customer_is_told_as_was_said(shop: Shop, told: bool, count: int) -> None:  # noqa: FBT001 - a parameter of the test
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))

    shop.cancels(placed.id, notify_customer=told)
    work_off(shop.services)

    assert len(shop.mails()) == count


@pytest.mark.rule("OL10")
def test_a_canceled_or_completed_order_is_not_canceled_again(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("SONG", needs_shipping=False)
    canceled, completed = shop.up_to("assigned", ("MUG", 1)), shop.up_to("assigned", ("SONG", 1))
    shop.cancels(canceled.id)

    for placed in (canceled, completed):
        with pytest.raises(Conflict) as refused:
            shop.cancels(placed.id)
        assert refused.value.guard == "status"

    assert shop.order(completed.id)[0] == "completed"


def test_its_picklist_ends_with_it(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))

    shop.cancels(placed.id)
    work_off(shop.services)

    assert one(shop.services, "SELECT status FROM picklist") == "completed"
    assert broken(shop.services) == {}


@pytest.mark.rule("OL11")
def test_what_a_person_asked_for_and_the_gateway_refused_is_not_left_over_by_a_cancellation(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CUP", A=5)
    authorized = shop.up_to("assigned", ("MUG", 1))
    captured = shop.up_to("assigned", ("CUP", 1))
    [card] = shop.payments(captured.id)
    shop.captures(card)
    work_off(shop.services)
    shop.cancels(authorized.id)
    shop.cancels(captured.id)
    shop.gateway.will("refuse", "refuse")

    shop.voids(
        shop.payments(authorized.id)[0]
    )  # The steps of the cancellations find all of the money under way already.
    shop.refunds(card)
    work_off(shop.services)

    assert shop.gateway.moved(Operation.VOID) == [1000]
    assert shop.gateway.moved(Operation.REFUND) == [1000]
    assert [shop.order(each.id)[1] for each in (authorized, captured)] == ["unpaid", "refunded"]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}
