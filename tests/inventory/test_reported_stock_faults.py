"""What shops are publicly reported to do wrong with stock: each is right here, to the piece."""

import pytest
from builders import ANA, Shop, broken, one, work_off

from fulfillment.inventory.on_hand import Count, StockWouldGoNegativeError
from fulfillment.inventory.reasons import Reason
from fulfillment.kernel.errors import Conflict
from fulfillment.shipments.write_off import adjust_by_force


def test_vendure_1355_what_is_gone_between_checkout_and_payment_is_allocated_to_nobody(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    placed = shop.places(("MUG", 2))
    shop.adjusts("MUG", -2)

    work_off(shop.services)

    assert (shop.statuses(placed.id), shop.stock("MUG")) == (["awaiting_inventory"], (0, 0))
    assert broken(shop.services) == {}


def test_vendure_1355_what_was_reserved_at_checkout_cannot_be_counted_away_unseen(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=2)
    shop.places(("LAMP", 2))

    with pytest.raises(StockWouldGoNegativeError):
        shop.adjusts("LAMP", -2)

    assert shop.stock("LAMP") == (2, 2)


def test_medusa_11703_an_assignment_that_is_taken_away_and_given_again_is_reserved_once(shop: Shop) -> None:
    shop.sells("MUG", A=3)
    placed = shop.up_to("released", ("MUG", 3))
    lost = Count(shop.products["MUG"], "MUG", -1)
    for _ in range(3):
        with shop.services.transaction() as session:
            adjust_by_force(session, shop.warehouses["A"], [lost], reason=Reason.LOST, cause=ANA, at=shop.now)
        work_off(shop.services)
        assert (shop.statuses(placed.id), shop.stock("MUG")) == (["awaiting_inventory"], (2, 0))
        shop.receives("MUG", 1)
        work_off(shop.services)
        assert (shop.statuses(placed.id), shop.stock("MUG")) == (["inventory_assigned"], (3, 3))

    shop.cancels(placed.id)
    work_off(shop.services)
    assert shop.stock("MUG") == (3, 0)
    assert broken(shop.services) == {}


def test_magento_1878_a_cancellation_gives_back_once_and_what_has_shipped_not_at_all(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shipped, canceled = shop.up_to("shipped", ("MUG", 2)), shop.up_to("released", ("MUG", 2))

    shop.cancels(canceled.id)
    for order in (shipped, canceled):
        with pytest.raises(Conflict):
            shop.cancels(order.id)
    work_off(shop.services)

    assert shop.stock("MUG") == (3, 0)
    given_back = "SELECT sum(allocated_change)::int FROM stock_movement WHERE kind = 'deallocated'"
    assert one(shop.services, given_back) == -2
    assert broken(shop.services) == {}


def test_medusa_11131_what_has_two_lines_of_one_product_leaves_line_by_line(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    shop.has_bins("A1")
    shop.receives("MUG", 1, in_bin="A1")
    first, second = shop.up_to("packing", ("MUG", 3), ("MUG", 2)), shop.up_to("assigned", ("MUG", 4))

    shop.completes(first.id)
    work_off(shop.services)

    assert (shop.stock("MUG"), shop.statuses(second.id)) == ((5, 4), ["inventory_assigned"])
    moved = "SELECT array_agg(on_hand_change::int ORDER BY on_hand_change) FROM stock_movement WHERE kind = 'shipped'"
    assert one(shop.services, moved) == [-3, -2]
    assert broken(shop.services) == {}
