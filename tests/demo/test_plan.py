"""The plan is the same for the same seed, and its stock makes every story come true."""

from collections import Counter

import pytest

from fulfillment.demo import stories
from fulfillment.demo.plan import LEAST, plan
from fulfillment.demo.shop import CUSTOMERS, PRODUCTS, Range


def test_the_same_seed_plans_the_same_day() -> None:
    first, again, other = plan(240, seed=7), plan(240, seed=7), plan(240, seed=8)
    assert first == again
    assert [planned.body for planned in first.checkouts] == [planned.body for planned in again.checkouts]
    assert first != other


@pytest.mark.parametrize("orders", [LEAST, 41, 240, 1000])
def test_every_story_is_told_and_the_count_is_exact(orders: int) -> None:
    planned = plan(orders)
    assert len(planned.checkouts) == orders
    assert {each.story for each in planned.checkouts} == {stories.PLAIN, *stories.OTHERS}
    assert planned.ends.total() == orders
    assert all(count > 0 for count in planned.ends.values())


def test_the_shop_sells_forty_products_to_forty_customers() -> None:
    assert len({product.sku for product in PRODUCTS}) == 40
    assert len({customer.email for customer in CUSTOMERS}) == 40
    assert sum(product.when_short == "deny" for product in PRODUCTS) == 4
    assert sum(product.range is Range.NOWHERE for product in PRODUCTS) == 4


def test_no_key_and_no_reference_is_used_twice() -> None:
    checkouts = plan(240).checkouts
    assert len({planned.key for planned in checkouts}) == 240
    assert len({planned.body["reference"] for planned in checkouts}) == 240


def test_stock_covers_what_must_ship_and_nothing_of_what_must_wait() -> None:
    planned = plan(240)
    wanted = Counter[str]()
    for each in planned.checkouts:
        wanted.update({product.sku: quantity for product, quantity in each.basket})
    morning = Counter[str]()
    for skus in planned.receipts.values():
        morning.update(skus)
    by_range = {product.sku: product.range for product in PRODUCTS}
    late = {sku: pieces for skus in planned.late_receipts.values() for sku, pieces in skus.items()}
    for sku, pieces in wanted.items():
        match by_range[sku]:
            case Range.HARBOR | Range.LOFT:
                assert morning[sku] >= pieces
            case Range.LATE:
                assert (morning[sku], late[sku]) == (0, pieces)
            case Range.LAST:
                assert morning[sku] == pieces // 2
            case Range.NEVER | Range.NOWHERE:
                assert morning[sku] + late.get(sku, 0) == 0


def test_a_shipment_never_needs_two_warehouses() -> None:
    shelves = {Range.HARBOR, Range.LOFT, Range.LATE, Range.NEVER, Range.LAST}
    for planned in plan(1000).checkouts:
        assert len({product.range for product, _ in planned.basket} & shelves) <= 1


def test_stories_that_need_a_market_are_told_there() -> None:
    for planned in plan(1000).checkouts:
        assert planned.story.market in {None, planned.customer.market}
        assert planned.wave in planned.story.waves


def test_money_is_in_the_currency_of_the_market() -> None:
    for planned in plan(240).checkouts:
        currency = {"UK": "GBP", "JP": "JPY"}[planned.body["market"]]
        amounts = [line["price"] for line in planned.body["lines"] if "price" in line]
        amounts += [planned.body[name] for name in ("shipping", "discount") if name in planned.body]
        assert {amount["currency"] for amount in amounts} <= {currency}
