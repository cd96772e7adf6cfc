"""Complete: the goods leave, once, and the order follows its shipments (SH6, OL17)."""

import pytest
from builders import ANA, Shop, broken, one, rows, work_off

from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.shipments.pick import Picked, pick


def _on_picklist(shop: Shop) -> tuple[int, int]:
    return one(
        shop.services,
        "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.status = 'packing'",
    )


def _picks(shop: Shop, picklist_id: int, *picked: tuple[int, int]) -> None:
    with shop.services.transaction() as session:
        pick(session, picklist_id, [Picked(*each) for each in picked], cause=ANA, at=shop.now)


def test_it_needs_the_picks_of_all_its_pieces(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 3))
    picklist, line = _on_picklist(shop)
    _picks(shop, picklist, (line, 2))

    refused = shop.completes(placed.id, confirm_all=False)
    work_off(shop.services)
    assert shop.problems(refused) == ["not_picked"]
    assert shop.stock("MUG") == (5, 3)

    _picks(shop, picklist, (line, 1))
    shop.completes(placed.id, confirm_all=False, tracking_number="1Z9")
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["shipped"]
    assert one(shop.services, "SELECT tracking_number FROM shipment") == "1Z9"
    assert shop.stock("MUG") == (2, 0)
    assert broken(shop.services) == {}


def test_confirm_all_stands_for_the_picks(shop: Shop) -> None:
    shop.sells("MUG", A=5)

    placed = shop.up_to("shipped", ("MUG", 3))

    assert shop.order(placed.id)[0] == "completed"
    assert one(shop.services, "SELECT status FROM picklist") == "completed"


def test_more_than_ordered_is_not_picked(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.up_to("packing", ("MUG", 3))
    picklist, line = _on_picklist(shop)

    with pytest.raises(Conflict) as refused:
        _picks(shop, picklist, (line, 2), (line, 2))

    assert refused.value.guard == "over_pick"
    assert rows(shop.services, "SELECT * FROM pick") == []


def test_a_line_of_another_picklist_is_not_found(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.up_to("packing", ("MUG", 1))
    picklist, line = _on_picklist(shop)

    with pytest.raises(NotFound):
        _picks(shop, picklist + 1, (line, 1))


def test_a_pick_of_what_was_canceled_meanwhile_says_so(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    picklist, line = _on_picklist(shop)
    shop.cancels(placed.id)

    with pytest.raises(Conflict) as refused:
        _picks(shop, picklist, (line, 1))

    assert refused.value.guard == "canceled"


def test_a_shipment_that_is_not_packing_does_not_ship(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("released", ("MUG", 1))

    operation = shop.asks("completion.requested", placed.id, shop.shipments(placed.id), confirm_all=True)
    work_off(shop.services)

    assert shop.problems(operation) == ["status"]
    assert shop.statuses(placed.id) == ["released"]


def test_asked_for_twice_it_ships_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))

    first, second = shop.completes(placed.id), shop.completes(placed.id)
    work_off(shop.services)

    assert shop.problems(first) == []
    assert shop.problems(second) == ["status"]
    assert shop.stock("MUG") == (4, 0)
    assert shop.gateway.sent[-1].amount == 1000
    assert len(shop.gateway.sent) == 2
    assert broken(shop.services) == {}


def test_an_order_of_downloads_completes_without_a_hand(shop: Shop) -> None:
    shop.sells("SONG", price=99, needs_shipping=False)

    placed = shop.up_to("assigned", ("SONG", 2))

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.money(placed.id)["captured"] == 198
    assert rows(shop.services, "SELECT * FROM stock_movement") == []


def test_a_download_waits_for_its_money(shop: Shop) -> None:
    shop.sells("SONG", price=99, needs_shipping=False)

    placed = shop.up_to("assigned", ("SONG", 1), tokens=("tok_declined",))

    assert shop.statuses(placed.id) == ["pending"]
    assert shop.order(placed.id) == ("in_progress", "declined")


def test_the_picklist_ends_with_its_last_shipment(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    first, second = shop.up_to("released", ("MUG", 1)), shop.up_to("released", ("MUG", 1))
    shop.picklists(first.id, second.id)
    work_off(shop.services)

    shop.completes(first.id)
    work_off(shop.services)
    assert one(shop.services, "SELECT status FROM picklist") == "open"

    shop.completes(second.id)
    work_off(shop.services)
    assert one(shop.services, "SELECT status FROM picklist") == "completed"
    assert broken(shop.services) == {}


def test_a_picklist_is_of_one_warehouse(shop: Shop) -> None:
    shop.sells("MUG", A=1, B=1)
    first, second = shop.up_to("released", ("MUG", 1)), shop.up_to("released", ("MUG", 1))

    with pytest.raises(Conflict) as refused:
        shop.picklists(first.id, second.id)

    assert refused.value.guard == "one_warehouse"
    assert rows(shop.services, "SELECT * FROM picklist") == []
