"""Bins: where pieces lie. What is on hand and what is promised does not depend on them."""

import pytest
from builders import ANA, Shop, broken, one, rows, work_off

from fulfillment.inventory.move import Move, move_pieces
from fulfillment.inventory.on_hand import StockWouldGoNegativeError
from fulfillment.inventory.places import NotThereError
from fulfillment.shipments.pick import Picked, pick


def _moves(shop: Shop, sku: str, quantity: int, from_bin: str | None, to_bin: str | None) -> None:
    with shop.services.transaction() as session:
        move = Move(shop.products[sku], sku, quantity, from_bin, to_bin)
        move_pieces(session, shop.warehouses["A"], [move], cause=ANA, at=shop.now)


def _movements(shop: Shop) -> list[tuple[object, ...]]:
    return rows(
        shop.services,
        "SELECT m.kind, f.code, t.code, m.quantity FROM bin_movement m LEFT JOIN bin f ON f.id = m.from_bin_id"
        " LEFT JOIN bin t ON t.id = m.to_bin_id ORDER BY m.id",
    )


def test_pieces_are_put_away_moved_and_taken_out_and_stay_on_hand(shop: Shop) -> None:
    shop.sells("MUG", A=10)
    shop.has_bins("A1", "A2")

    _moves(shop, "MUG", 6, None, "A1")
    _moves(shop, "MUG", 2, "A1", "A2")
    _moves(shop, "MUG", 1, "A2", None)

    assert shop.lies("MUG") == {"A1": 4, "A2": 1}
    assert shop.stock("MUG") == (10, 0)
    assert _movements(shop) == [
        ("put_away", None, "A1", 6),
        ("moved", "A1", "A2", 2),
        ("taken_out", "A2", None, 1),
    ]
    assert one(shop.services, "SELECT count(*) FROM stock_movement") == 1
    assert broken(shop.services) == {}


def test_pieces_are_not_taken_from_where_they_do_not_lie(shop: Shop) -> None:
    shop.sells("MUG", A=10)
    shop.has_bins("A1", "A2")
    _moves(shop, "MUG", 8, None, "A1")

    with pytest.raises(NotThereError) as beyond:
        _moves(shop, "MUG", 9, "A1", "A2")
    with pytest.raises(NotThereError) as unplaced:
        _moves(shop, "MUG", 3, None, "A2")

    assert beyond.value.members == {"sku": "MUG", "there": 8, "bins": {"A1": 8}, "unplaced": 2}
    assert unplaced.value.remedy == "name the bin they are taken from"
    assert shop.lies("MUG") == {"A1": 8}


def test_what_is_received_into_a_bin_lies_there_and_serves_who_waits(shop: Shop) -> None:
    shop.sells("MUG")
    shop.has_bins("A1")
    waiting = shop.up_to("assigned", ("MUG", 2))

    shop.receives("MUG", 5, in_bin="A1")
    work_off(shop.services)

    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    assert (shop.stock("MUG"), shop.lies("MUG")) == ((5, 2), {"A1": 5})
    assert broken(shop.services) == {}


def test_an_adjustment_takes_from_the_place_it_names(shop: Shop) -> None:
    shop.sells("MUG", A=3)
    shop.has_bins("A1")
    _moves(shop, "MUG", 2, None, "A1")

    with pytest.raises(NotThereError):
        shop.adjusts("MUG", -2)
    shop.adjusts("MUG", -2, in_bin="A1")

    assert (shop.stock("MUG"), shop.lies("MUG")) == ((1, 0), {})
    with pytest.raises(StockWouldGoNegativeError):
        shop.adjusts("MUG", -2)
    assert broken(shop.services) == {}


def test_pieces_of_which_nobody_says_where_from_are_taken_as_the_bins_are_walked(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    shop.has_bins("A1", "A2")
    _moves(shop, "MUG", 5, None, "A2")
    _moves(shop, "MUG", 2, None, "A1")
    placed = shop.up_to("packing", ("MUG", 8))
    [(picklist, line)] = rows(
        shop.services, "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id"
    )

    with shop.services.transaction() as session:
        pick(session, picklist, [Picked(line, 3)], cause=ANA, at=shop.now)
    assert shop.lies("MUG") == {"A2": 4}
    assert broken(shop.services) == {}
    with pytest.raises(NotThereError):  # two of nine are unplaced, and three are in hands
        _moves(shop, "MUG", 3, None, "A1")

    shop.completes(placed.id)
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["shipped"]
    assert (shop.stock("MUG"), shop.lies("MUG")) == ((1, 0), {})
    assert _movements(shop)[2:] == [
        ("picked", "A1", None, 2),
        ("picked", "A2", None, 1),
        ("shipped", "A2", None, 4),
    ]
    assert broken(shop.services) == {}
