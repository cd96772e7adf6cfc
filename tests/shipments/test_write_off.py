"""By force: what is promised and not there is promised no longer; who loses it waits again, and nobody is oversold."""

import pytest
from builders import ANA, Shop, broken, rows, work_off

from fulfillment.inventory.on_hand import Count, StockWouldGoNegativeError
from fulfillment.inventory.reasons import Reason
from fulfillment.kernel.errors import Conflict
from fulfillment.shipments.write_off import adjust_by_force


def _loses(shop: Shop, sku: str, quantity: int, at: str = "A") -> list[str]:
    """The numbers of the shipments that lost their assignment."""
    with shop.services.transaction() as session:
        count = Count(shop.products[sku], sku, -quantity)
        lost = adjust_by_force(session, shop.warehouses[at], [count], reason=Reason.DAMAGED, cause=ANA, at=shop.now)
        return [shipment.number for shipment in lost]


def test_the_last_in_the_queue_loses_its_assignment_and_waits_again_at_its_place(shop: Shop) -> None:
    shop.sells("MUG", A=6)
    first = shop.up_to("assigned", ("MUG", 2))
    shop.clock.forward(minutes=1)
    last = shop.up_to("released", ("MUG", 2))
    shop.clock.forward(minutes=1)
    urgent = shop.up_to("assigned", ("MUG", 2), priority=5)

    lost = _loses(shop, "MUG", 1)

    assert lost == [f"{last.number}-1"]
    assert shop.stock("MUG") == (5, 4)
    assert broken(shop.services) == {}
    work_off(shop.services)
    assert [shop.statuses(each.id)[0] for each in (first, last, urgent)] == [
        "inventory_assigned",
        "awaiting_inventory",
        "inventory_assigned",
    ]
    assert rows(shop.services, "SELECT shipment_id, warehouse_id, quantity FROM waiting_line") == [
        (shop.shipments(last.id)[0], None, 2)
    ]
    told = rows(
        shop.services,
        "SELECT verb, detail ->> 'reason', version FROM timeline WHERE subject = 'shipment' AND order_id = :id"
        " ORDER BY id DESC LIMIT 4",
        id=last.id,
    )
    assert [verb for verb, _, _ in told] == ["await_inventory", "reopen", "withdraw", "lose_assignment"]
    assert told[-1][1:] == ("damaged", 2)

    shop.receives("MUG", 1)
    work_off(shop.services)
    assert shop.statuses(last.id) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_who_loses_it_is_served_from_another_warehouse(shop: Shop) -> None:
    shop.sells("MUG", A=3, B=3)
    shop.sells("CUP", A=1)
    placed = shop.up_to("assigned", ("MUG", 3))

    assert _loses(shop, "MUG", 3) == [f"{placed.number}-1"]
    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((0, 0), (3, 3))
    assert broken(shop.services) == {}


def test_a_reservation_that_was_never_covered_goes_first(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=2)
    covered = shop.up_to("assigned", ("LAMP", 1))
    unpaid = shop.up_to("assigned", ("LAMP", 1), tokens=())

    assert _loses(shop, "LAMP", 1) == [f"{unpaid.number}-1"]
    work_off(shop.services)

    assert (shop.statuses(covered.id), shop.statuses(unpaid.id)) == (["inventory_assigned"], ["pending"])
    assert shop.stock("LAMP") == (1, 1)
    assert broken(shop.services) == {}
    shop.adds_payment(unpaid.id)
    work_off(shop.services)
    assert shop.statuses(unpaid.id) == ["awaiting_inventory"]
    assert broken(shop.services) == {}


def test_what_it_gives_back_besides_serves_those_who_wait(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.sells("CUP", A=1)
    shop.up_to("assigned", ("MUG", 2), ("CUP", 1))
    shop.clock.forward(minutes=1)
    waiting = shop.up_to("assigned", ("CUP", 1), priority=1)
    assert shop.statuses(waiting.id) == ["awaiting_inventory"]

    _loses(shop, "MUG", 2)
    work_off(shop.services)

    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    assert (shop.stock("MUG"), shop.stock("CUP")) == ((0, 0), (1, 1))
    assert broken(shop.services) == {}


def test_pieces_that_are_being_packed_are_not_taken_out_of_hands(shop: Shop) -> None:
    shop.sells("MUG", A=4)
    shop.up_to("packing", ("MUG", 3))
    assigned = shop.up_to("assigned", ("MUG", 1))

    with pytest.raises(Conflict) as refused:
        _loses(shop, "MUG", 2)

    assert (refused.value.reason, refused.value.members) == ("being_packed", {"skus": ["MUG"]})
    assert (shop.stock("MUG"), shop.statuses(assigned.id)) == ((4, 4), ["inventory_assigned"])
    assert _loses(shop, "MUG", 1) == [f"{assigned.number}-1"]
    assert broken(shop.services) == {}


def test_nobody_loses_anything_where_so_many_were_never_there(shop: Shop) -> None:
    shop.sells("MUG", A=4)
    placed = shop.up_to("assigned", ("MUG", 3))

    with pytest.raises(StockWouldGoNegativeError):
        _loses(shop, "MUG", 5)

    assert (shop.stock("MUG"), shop.statuses(placed.id)) == ((4, 3), ["inventory_assigned"])


def test_nobody_loses_anything_while_there_is_enough(shop: Shop) -> None:
    shop.sells("MUG", A=4)
    placed = shop.up_to("assigned", ("MUG", 3))

    assert _loses(shop, "MUG", 1) == []
    assert (shop.stock("MUG"), shop.statuses(placed.id)) == ((3, 3), ["inventory_assigned"])
