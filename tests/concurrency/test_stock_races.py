"""Two at once over the same pieces: one has them, the other is told, and the books are right whichever it is."""

from builders import ANA, Shop, broken, work_off
from racing import at_once

from fulfillment.counts.approve import approve
from fulfillment.counts.enter import Entry, enter
from fulfillment.counts.open import open_count
from fulfillment.inventory.move import Move, move_pieces
from fulfillment.inventory.on_hand import Count
from fulfillment.kernel.errors import Conflict
from fulfillment.kernel.job import Job
from fulfillment.shipments.assign import assign
from fulfillment.transfers.request import request_transfer
from fulfillment.transfers.ship import ship_transfer


def _assigns(shop: Shop, order_id: int) -> list[str]:
    with shop.services.transaction() as session:
        assign(session, [Job(each, ANA, order_id=order_id) for each in shop.shipments(order_id)], at=shop.now)
    return shop.statuses(order_id)


def test_the_last_piece_goes_to_an_order_or_to_another_warehouse(shop: Shop) -> None:
    shop.sells("MUG")
    for _ in range(6):
        shop.receives("MUG", 1)
        order = shop.places(("MUG", 1))
        work_off(shop.services, only="payments")
        counts = [Count(shop.products["MUG"], "MUG", 1)]
        with shop.services.transaction() as session:
            ends = shop.warehouses["A"], shop.warehouses["B"]
            transfer = request_transfer(session, *ends, counts, note=None, cause=ANA, at=shop.now)

        def ships(transfer: int = transfer, counts: list[Count] = counts) -> None:
            with shop.services.transaction() as session:
                ship_transfer(session, transfer, counts, cause=ANA, at=shop.now)

        statuses, shipped = at_once(lambda order=order: _assigns(shop, order.id), ships)

        if statuses == ["inventory_assigned"]:
            assert isinstance(shipped, Conflict)
        else:
            assert (statuses, shipped) == (["awaiting_inventory"], None)
        work_off(shop.services)
        assert broken(shop.services) == {}
        shop.cancels(order.id)
        work_off(shop.services)
        if isinstance(shipped, Conflict):
            shop.adjusts("MUG", -1)


def test_what_a_count_does_not_find_is_assigned_to_nobody(shop: Shop) -> None:
    shop.sells("MUG")
    for _ in range(6):
        shop.receives("MUG", 2)
        first = shop.up_to("assigned", ("MUG", 1))
        second = shop.places(("MUG", 1))
        work_off(shop.services, only="payments")
        with shop.services.transaction() as session:
            products = {"MUG": shop.products["MUG"]}
            count = open_count(session, shop.warehouses["A"], products=products, cause=ANA, at=shop.now)
            enter(session, count, [Entry(shop.products["MUG"], "MUG", None, 0)], cause=ANA, at=shop.now)

        def approves(count: int = count) -> int:
            with shop.services.transaction() as session:
                return len(approve(session, count, cause=ANA, at=shop.now, also_own=True))

        _, lost = at_once(lambda order=second: _assigns(shop, order.id), approves)

        if isinstance(lost, Conflict):  # the other was assigned between the look and the lock
            assert lost.reason == "changed_meanwhile"
            approves()
        work_off(shop.services)
        assert shop.stock("MUG") == (0, 0)
        assert [shop.statuses(each.id) for each in (first, second)] == [["awaiting_inventory"]] * 2
        assert broken(shop.services) == {}
        for order in (first, second):
            shop.cancels(order.id)


def test_the_last_piece_of_a_bin_is_moved_once(shop: Shop) -> None:
    shop.sells("MUG")
    shop.has_bins("A1", "A2", "A3")
    for taken in range(1, 5):
        shop.receives("MUG", 1, in_bin="A1")

        def moves(to_bin: str) -> None:
            with shop.services.transaction() as session:
                move = Move(shop.products["MUG"], "MUG", 1, "A1", to_bin)
                move_pieces(session, shop.warehouses["A"], [move], cause=ANA, at=shop.now)

        done = at_once(lambda: moves("A2"), lambda: moves("A3"))

        assert sorted(type(each).__name__ for each in done) == ["NoneType", "NotThereError"]
        assert sum(shop.lies("MUG").values()) == taken
    assert broken(shop.services) == {}
