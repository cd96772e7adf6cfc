"""Release: only what is covered, by hand or by the market (SH4, OL6)."""

import pytest
from builders import Shop, broken, work_off

from fulfillment.checkout.checkout import CheckoutPayment


def test_a_market_that_releases_by_itself_does_and_another_waits_for_a_hand(shop: Shop) -> None:
    shop.sells("MUG", A=5)

    uk, de = shop.up_to("assigned", ("MUG", 1), market="UK"), shop.up_to("assigned", ("MUG", 1), market="DE")

    assert shop.statuses(uk.id) == ["released"]
    assert shop.statuses(de.id) == ["inventory_assigned"]


@pytest.mark.rule("OL6")
@pytest.mark.rule("SH4")
def test_an_uncovered_order_is_refused_with_what_is_missing(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.voids(shop.payments(placed.id)[0])
    operation = shop.releases(placed.id)

    work_off(shop.services)

    assert shop.problems(operation) == ["balance_due"]
    assert shop.statuses(placed.id) == ["inventory_assigned"]


@pytest.mark.rule("SH1")
def test_a_part_of_the_money_starts_nothing(shop: Shop) -> None:
    shop.sells("MUG", A=5)

    placed = shop.up_to("assigned", ("MUG", 1), tokens=(CheckoutPayment("tok_ok", 999),))

    assert shop.statuses(placed.id) == ["pending"]
    assert shop.stock("MUG") == (5, 0)
    shop.adds_payment(placed.id, token=None, amount=1)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["inventory_assigned"]


class TestCoveredAgain:
    """An order whose money was taken back, and that is paid for again, goes on where it stood."""

    def test_it_is_released_in_a_market_that_releases_by_itself(self, shop: Shop) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1), market="UK")
        hold = shop.holds(placed.id)
        work_off(shop.services)
        shop.voids(shop.payments(placed.id)[0])
        shop.lets_go(hold)
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["inventory_assigned"]

        shop.adds_payment(placed.id)
        work_off(shop.services)

        assert shop.statuses(placed.id) == ["released"]
        assert broken(shop.services) == {}

    def test_its_downloads_are_delivered(self, shop: Shop) -> None:
        shop.sells("SONG", needs_shipping=False)
        placed = shop.places(("SONG", 1))
        hold = shop.holds(placed.id)
        work_off(shop.services)
        shop.voids(shop.payments(placed.id)[0])
        shop.lets_go(hold)
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["pending"]

        shop.adds_payment(placed.id, token=None)
        work_off(shop.services)

        assert shop.order(placed.id) == ("completed", "paid")
        assert broken(shop.services) == {}

    def test_what_waits_for_stock_is_tried_again(self, shop: Shop) -> None:
        shop.sells("MUG")
        placed = shop.up_to("assigned", ("MUG", 1))
        shop.voids(shop.payments(placed.id)[0])
        shop.receives("MUG", 1)
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["awaiting_inventory"]
        assert broken(shop.services) == {}

        shop.adds_payment(placed.id)
        work_off(shop.services)

        assert shop.statuses(placed.id) == ["inventory_assigned"]
        assert broken(shop.services) == {}
