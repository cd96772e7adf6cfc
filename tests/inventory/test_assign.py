"""Assign: all of a shipment from one warehouse, or it waits; strictly in order (SH1, SH2, SH3)."""

import pytest
from builders import Shop, broken, rows, work_off

from fulfillment.inventory.on_hand import StockWouldGoNegativeError
from fulfillment.process import STEPS


@pytest.mark.rule("SH3")
def test_the_last_piece_is_enough(shop: Shop) -> None:
    shop.sells("MUG", A=3)

    placed = shop.up_to("assigned", ("MUG", 3))

    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert shop.stock("MUG") == (3, 3)


@pytest.mark.rule("SH2")
def test_one_piece_short_keeps_the_whole_shipment_waiting_and_takes_nothing(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.sells("CUP", A=9)

    placed = shop.up_to("assigned", ("MUG", 3), ("CUP", 1))

    assert shop.statuses(placed.id) == ["awaiting_inventory"]
    assert (shop.stock("MUG"), shop.stock("CUP")) == ((2, 0), (9, 0))
    assert rows(shop.services, "SELECT product_id, quantity FROM waiting_line ORDER BY product_id") == [
        (shop.products["MUG"], 3),
        (shop.products["CUP"], 1),
    ]
    assert broken(shop.services) == {}


def test_it_comes_from_the_first_warehouse_by_priority_that_has_all_of_it(shop: Shop) -> None:
    shop.sells("MUG", A=2, B=9)
    shop.sells("CUP", A=9, B=9)

    both, cup = shop.up_to("assigned", ("MUG", 3), ("CUP", 1)), shop.up_to("assigned", ("CUP", 1))

    assert [shop.statuses(placed.id) for placed in (both, cup)] == [["inventory_assigned"]] * 2
    assert (shop.stock("MUG", "B"), shop.stock("CUP", "B"), shop.stock("CUP", "A")) == ((9, 3), (9, 1), (9, 1))


def test_two_lines_of_one_product_are_counted_together(shop: Shop) -> None:
    shop.sells("MUG", A=5)

    short = shop.up_to("assigned", ("MUG", 3), ("MUG", 3))
    assert shop.statuses(short.id) == ["awaiting_inventory"]
    assert rows(shop.services, "SELECT quantity FROM waiting_line") == [(6,)]

    shop.receives("MUG", 1)
    work_off(shop.services)
    assert shop.statuses(short.id) == ["inventory_assigned"]
    assert shop.stock("MUG") == (6, 6)
    assert broken(shop.services) == {}


def test_a_later_shipment_never_takes_a_piece_that_an_earlier_one_waits_for(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    large = shop.up_to("assigned", ("MUG", 3))
    shop.clock.forward(minutes=1)

    small = shop.up_to("assigned", ("MUG", 1))

    assert shop.statuses(small.id) == ["awaiting_inventory"]
    shop.receives("MUG", 1)
    work_off(shop.services)
    assert (shop.statuses(large.id), shop.statuses(small.id)) == (["inventory_assigned"], ["awaiting_inventory"])
    assert broken(shop.services) == {}


def test_pieces_beyond_what_earlier_ones_wait_for_may_be_taken(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.sells("CUP")
    waiting = shop.up_to("assigned", ("MUG", 3), ("CUP", 1))

    two, three = shop.up_to("assigned", ("MUG", 2)), shop.up_to("assigned", ("MUG", 1))

    assert [shop.statuses(each.id)[0] for each in (waiting, two, three)] == [
        "awaiting_inventory",
        "inventory_assigned",
        "awaiting_inventory",
    ]
    assert broken(shop.services) == {}


def test_a_higher_priority_goes_before_those_who_came_first(shop: Shop) -> None:
    shop.sells("MUG")
    first = shop.up_to("assigned", ("MUG", 1))
    shop.clock.forward(minutes=1)
    urgent = shop.up_to("assigned", ("MUG", 1), priority=5)

    shop.receives("MUG", 1)
    work_off(shop.services)

    assert (shop.statuses(urgent.id), shop.statuses(first.id)) == (["inventory_assigned"], ["awaiting_inventory"])


def test_a_receipt_fills_in_the_order_in_which_they_were_covered(shop: Shop) -> None:
    shop.sells("MUG")
    placed = []
    for _ in range(4):
        placed.append(shop.up_to("assigned", ("MUG", 2)))
        shop.clock.forward(seconds=1)

    shop.receives("MUG", 5)
    work_off(shop.services)

    assert [shop.statuses(each.id)[0] for each in placed] == ["inventory_assigned"] * 2 + ["awaiting_inventory"] * 2
    assert shop.stock("MUG") == (5, 4)
    assert broken(shop.services) == {}


def test_a_set_of_shipments_is_worked_in_the_order_of_the_queue(shop: Shop) -> None:
    shop.sells("MUG", A=3)
    placed = [shop.places(("MUG", 2)), shop.places(("MUG", 2), priority=1), shop.places(("MUG", 1))]

    work_off(shop.services)

    assert [shop.statuses(each.id)[0] for each in placed] == [
        "awaiting_inventory",
        "inventory_assigned",
        "awaiting_inventory",
    ]


def test_a_long_queue_is_worked_to_its_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fulfillment.shipments.assign._TRIED_AT_ONCE", 3)
    shop.sells("MUG")
    shop.sells("CUP")
    blocked = [shop.places(("MUG", 1), ("CUP", 1)) for _ in range(7)]
    work_off(shop.services)
    shop.clock.forward(seconds=1)
    last = shop.up_to("assigned", ("MUG", 1))

    shop.receives("MUG", 8)
    work_off(shop.services)

    assert shop.statuses(last.id) == ["inventory_assigned"]
    assert {shop.statuses(each.id)[0] for each in blocked} == {"awaiting_inventory"}
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_long_queue_is_worked_no_further_than_there_is_stock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fulfillment.shipments.assign._TRIED_AT_ONCE", 3)
    shop.sells("MUG")
    placed = [shop.places(("MUG", 1)) for _ in range(7)]
    work_off(shop.services)

    shop.receives("MUG", 1)
    handed_out = work_off(shop.services)

    assert handed_out == 1
    assert [shop.statuses(each.id)[0] for each in placed].count("inventory_assigned") == 1
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_few_products_travel_together_for_each_may_bring_hundreds_of_shipments() -> None:
    assert STEPS["inventory.assign_waiting"].most == 5


def test_a_count_is_put_right_downward_only_to_what_is_promised(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.up_to("assigned", ("MUG", 3))

    with pytest.raises(StockWouldGoNegativeError):
        shop.adjusts("MUG", -3)
    assert shop.stock("MUG") == (5, 3)

    shop.adjusts("MUG", -2)
    assert shop.stock("MUG") == (3, 3)
    assert broken(shop.services) == {}


def test_a_count_put_right_upward_fills_as_a_receipt_does(shop: Shop) -> None:
    shop.sells("MUG")
    placed = shop.up_to("assigned", ("MUG", 1))

    shop.adjusts("MUG", 1)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"]


def test_nothing_is_kept_for_an_order_whose_money_went_back(shop: Shop) -> None:
    shop.sells("MUG")
    unpaid = shop.up_to("assigned", ("MUG", 2))
    shop.clock.forward(minutes=1)
    later = shop.up_to("assigned", ("MUG", 1))
    shop.voids(shop.payments(unpaid.id)[0])
    work_off(shop.services)

    shop.receives("MUG", 2)
    work_off(shop.services)

    assert (shop.statuses(unpaid.id), shop.statuses(later.id)) == (["awaiting_inventory"], ["inventory_assigned"])
    assert shop.stock("MUG") == (2, 1)
    assert broken(shop.services) == {}

    shop.adds_payment(unpaid.id)
    shop.receives("MUG", 1)
    work_off(shop.services)
    assert shop.statuses(unpaid.id) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_those_behind_an_order_are_tried_when_its_money_goes_back(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    large = shop.up_to("assigned", ("MUG", 3))
    shop.clock.forward(minutes=1)
    small = shop.up_to("assigned", ("MUG", 1))
    assert shop.statuses(small.id) == ["awaiting_inventory"]

    shop.voids(shop.payments(large.id)[0])
    work_off(shop.services)

    assert (shop.statuses(large.id), shop.statuses(small.id)) == (["awaiting_inventory"], ["inventory_assigned"])
    assert broken(shop.services) == {}
