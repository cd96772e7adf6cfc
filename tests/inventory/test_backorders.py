"""Backorders are filled in their turn: whatever comes in what order, strict gives the same, and nobody starves."""

from itertools import permutations

import pytest
from builders import Shop, broken, one, rows, work_off
from sqlalchemy import text

from fulfillment.workflow.sweeps import run_sweep


def _standing(shop: Shop, *orders: int) -> list[str]:
    return [shop.statuses(order_id)[0] for order_id in orders]


def _turn(shop: Shop, order_ids: list[int]) -> None:
    """Let orders have been covered one after the other, in this order, whenever their steps come."""
    with shop.services.transaction() as session:
        for n, order_id in enumerate(order_ids):
            for statement in (
                "UPDATE purchase_order SET covered_at = covered_at + make_interval(secs => :n) WHERE id = :id",
                "UPDATE waiting_line SET since = since + make_interval(secs => :n) WHERE order_id = :id",
            ):
                session.execute(text(statement), {"n": n, "id": order_id})


def test_the_same_orders_and_receipts_in_any_order_of_arrival_give_the_same_fill(shop: Shop) -> None:
    shop.sells("MUG")
    pieces = (3, 1, 2)
    fills = set()
    for n, arrival in enumerate(permutations(range(3))):
        sku = f"MUG-{n}"
        shop.sells(sku)
        placed = {}
        for which in arrival:
            placed[which] = shop.places((sku, pieces[which])).id
        work_off(shop.services)
        _turn(shop, [placed[which] for which in range(3)])
        for received in (2, 1, 1) if n % 2 else (1, 1, 2):
            shop.receives(sku, received)
            work_off(shop.services)
        fills.add((tuple(_standing(shop, placed[0], placed[1], placed[2])), shop.stock(sku)))

    assert fills == {(("inventory_assigned", "inventory_assigned", "awaiting_inventory"), (4, 4))}
    assert broken(shop.services) == {}


def test_a_large_order_among_many_small_ones_is_filled_in_its_turn_by_partial_receipts(shop: Shop) -> None:
    shop.sells("MUG")
    before = [shop.places(("MUG", 1)).id for _ in range(3)]
    work_off(shop.services)
    shop.clock.forward(seconds=1)
    large = shop.up_to("assigned", ("MUG", 20)).id
    shop.clock.forward(seconds=1)
    behind = [shop.places(("MUG", 1)).id for _ in range(10)]
    work_off(shop.services)

    shop.receives("MUG", 3)
    work_off(shop.services)
    served = _standing(shop, *before)
    for _ in range(19):
        shop.receives("MUG", 1)
        work_off(shop.services)
        assert set(_standing(shop, large, *behind)) == {"awaiting_inventory"}
    shop.receives("MUG", 1)
    work_off(shop.services)

    assert served == ["inventory_assigned"] * 3
    assert _standing(shop, large, *behind) == ["inventory_assigned"] + ["awaiting_inventory"] * 10
    assert shop.stock("MUG") == (23, 23)
    assert broken(shop.services) == {}


def test_spree_5163_an_order_with_two_products_on_backorder_goes_on_once_both_are_there(shop: Shop) -> None:
    shop.sells("MUG")
    shop.sells("CUP")
    placed = shop.up_to("assigned", ("MUG", 2), ("CUP", 1))

    shop.receives("MUG", 2)
    work_off(shop.services)
    half = (_standing(shop, placed.id), shop.stock("MUG"))
    shop.receives("CUP", 1)
    work_off(shop.services)

    assert half == (["awaiting_inventory"], (2, 0))
    assert (_standing(shop, placed.id), shop.stock("MUG"), shop.stock("CUP")) == (
        ["inventory_assigned"],
        (2, 2),
        (1, 1),
    )
    assert rows(shop.services, "SELECT * FROM waiting_line") == []


def test_sylius_3857_a_receipt_fills_backorders_by_itself_and_priority_says_who_comes_first(shop: Shop) -> None:
    shop.sells("MUG")
    first = shop.up_to("assigned", ("MUG", 1)).id
    shop.clock.forward(minutes=1)
    urgent = shop.up_to("assigned", ("MUG", 1), priority=9).id

    shop.receives("MUG", 1)
    work_off(shop.services)

    assert _standing(shop, urgent, first) == ["inventory_assigned", "awaiting_inventory"]


@pytest.mark.parametrize("lost", ["the message", "the step"])
def test_saleor_5334_no_paid_order_is_left_without_its_pieces_for_ever(shop: Shop, lost: str) -> None:
    shop.sells("MUG")
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.receives("MUG", 1)
    if lost == "the step":
        with shop.services.transaction() as session:
            session.execute(text("DELETE FROM dispatch"))
        assert run_sweep(shop.services, "sweeps.try_waiting_shipments") == 1

    work_off(shop.services)

    assert _standing(shop, placed.id) == ["inventory_assigned"]
    assert one(shop.services, "SELECT sum(allocated) FROM line_item") == 1
    assert broken(shop.services) == {}
