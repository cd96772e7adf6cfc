"""Uses of promotions: up to the limit and never beyond, and given back by an order that is canceled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from api_client import contents
from builders import ANA, EMAIL, Shop, broken, one, rows, work_off

from fulfillment.kernel.errors import Conflict
from fulfillment.orders.delete import delete
from fulfillment.promotions.add import NewItem, NewPromotion, add_promotion, change_promotion
from fulfillment.promotions.evaluate import Applied
from fulfillment.promotions.offer import Kind, Offer
from fulfillment.promotions.read import read_promotions
from fulfillment.promotions.use import UsedUpError, give_back_uses, record_uses
from fulfillment.timeline.changes import Changes


def makes(shop: Shop, code: str = "TENTH", **more: object) -> None:
    what = {"kind": Kind.ORDER_DISCOUNT, "percent": 1000, **more}
    with shop.services.transaction() as session:
        add_promotion(session, NewPromotion(code, code, **what), by="ana", at=shop.now)


def reads(shop: Shop, code: str = "TENTH", **more: object) -> Offer:
    with shop.services.transaction() as session:
        return read_promotions(session, [code], "UK", **more)[code.casefold()]


def uses(shop: Shop, order_id: int, code: str = "TENTH", *, email: str | None = EMAIL) -> None:
    offer = reads(shop, code)
    with shop.services.transaction() as session:
        changes = Changes(at=shop.now)
        record_uses(session, changes, order_id, email, [Applied(offer.id, code, offer.kind, 100)])
        changes.write(session)


def used(shop: Shop, code: str = "TENTH") -> int:
    return int(one(shop.services, "SELECT uses FROM promotion WHERE code = :code", code=code))


def orders(shop: Shop, count: int) -> list[int]:
    shop.sells("MUG", A=99)
    return [shop.places(("MUG", 1)).id for _ in range(count)]


@pytest.mark.rule("LI6")
def test_a_promotion_is_used_up_to_its_limit(shop: Shop) -> None:
    makes(shop, use_limit=2)
    first, second, third = orders(shop, 3)
    uses(shop, first)
    uses(shop, second)
    before = contents(shop.services)

    with pytest.raises(UsedUpError) as refused:
        uses(shop, third)

    assert refused.value.members == {"codes": ["TENTH"]}
    assert contents(shop.services) == before
    assert used(shop) == 2
    assert broken(shop.services) == {}


def test_a_customer_uses_it_as_often_as_one_may_however_the_address_is_written(shop: Shop) -> None:
    makes(shop, use_limit_per_customer=1)
    first, second = orders(shop, 2)
    uses(shop, first, email="Bo@Example.org")

    with pytest.raises(UsedUpError):
        uses(shop, second)

    assert reads(shop, customer_email="BO@example.ORG").uses_by_customer == 1
    uses(shop, second, email="ana@example.org")
    assert used(shop) == 2


def test_the_order_that_asks_does_not_stand_in_its_own_way(shop: Shop) -> None:
    makes(shop, use_limit=1, use_limit_per_customer=1)
    [order] = orders(shop, 1)
    uses(shop, order)

    asking = reads(shop, customer_email=EMAIL, order_id=order)
    other = reads(shop, customer_email=EMAIL)

    assert (asking.uses, asking.uses_by_customer) == (0, 0)
    assert (other.uses, other.uses_by_customer) == (1, 1)


def test_an_order_canceled_before_anything_shipped_gives_its_use_back(shop: Shop) -> None:
    makes(shop, use_limit=1)
    first, second = orders(shop, 2)
    uses(shop, first)

    shop.cancels(first)

    assert used(shop) == 0
    uses(shop, second)
    assert rows(shop.services, "SELECT order_id, given_back_at IS NULL FROM promotion_use ORDER BY id") == [
        (first, False),
        (second, True),
    ]
    assert broken(shop.services) == {}


def test_an_order_that_is_deleted_gives_its_use_back(shop: Shop) -> None:
    makes(shop, use_limit=1)
    shop.sells("MUG")
    order = shop.places(("MUG", 1), tokens=()).id
    uses(shop, order)

    with shop.services.transaction() as session:
        delete(session, order, reason="entered twice", cause=ANA, at=shop.now)

    assert used(shop) == 0
    assert rows(shop.services, "SELECT * FROM promotion_use") == []
    assert broken(shop.services) == {}


def test_an_order_that_shipped_in_part_keeps_its_use(shop: Shop) -> None:
    makes(shop)
    shop.sells("RARE")
    shop.sells("SONG", needs_shipping=False)
    order = shop.up_to("assigned", ("RARE", 1), ("SONG", 1)).id
    uses(shop, order)

    shop.cancels(order)
    work_off(shop.services)

    assert shop.order(order)[0] == "completed"
    assert used(shop) == 1


def test_one_promotion_of_several_can_be_given_back_and_used_again(shop: Shop) -> None:
    makes(shop)
    makes(shop, "FREE", kind=Kind.FREE_SHIPPING, percent=None)
    [order] = orders(shop, 1)
    uses(shop, order)
    uses(shop, order, "FREE")

    with shop.services.transaction() as session:
        changes = Changes(at=shop.now)
        give_back_uses(session, changes, order, only=[reads(shop).id])
        changes.write(session)
    counts = used(shop), used(shop, "FREE")
    uses(shop, order)

    assert counts == (0, 1)
    assert used(shop) == 1
    assert broken(shop.services) == {}


def test_many_at_once_never_exceed_a_limit(shop: Shop) -> None:
    makes(shop, use_limit=3)
    placed = orders(shop, 8)
    together = Barrier(len(placed))

    def call(order: int) -> str:
        together.wait()
        try:
            uses(shop, order, email=None)
        except UsedUpError:
            return "refused"
        return "used"

    with ThreadPoolExecutor(len(placed)) as threads:
        found = sorted(threads.map(call, placed))

    assert found == ["refused"] * 5 + ["used"] * 3
    assert used(shop) == 3
    assert broken(shop.services) == {}


def test_items_come_with_the_catalogs_price_in_the_markets_currency(shop: Shop) -> None:
    shop.sells("CUP", price=400)
    shop.sells("PAN", price=900)
    with shop.services.transaction() as session:
        change = "UPDATE product SET currency = 'EUR' WHERE sku = 'PAN'"
        session.connection().exec_driver_sql(change)
    makes(
        shop, "GIFT", kind=Kind.ITEM, percent=None, items=[NewItem("CUP", 2, percent=10_000), NewItem("PAN", 1, 5000)]
    )

    found = reads(shop, "GIFT")

    assert [(item.sku, item.quantity, item.price) for item in found.items] == [("CUP", 2, 400), ("PAN", 1, None)]


def test_a_limit_is_not_set_below_what_was_used(shop: Shop) -> None:
    makes(shop)
    for order in orders(shop, 2):
        uses(shop, order)

    refusals = [_refusal(shop, **{name: 1}) for name in ("use_limit", "use_limit_per_customer")]

    assert refusals == ["used_more_often"] * 2
    with shop.services.transaction() as session:
        change_promotion(session, "tenth", {"use_limit": 2, "use_limit_per_customer": 2})
    assert reads(shop).use_limit == 2


def _refusal(shop: Shop, **change: object) -> str:
    with pytest.raises(Conflict) as refused, shop.services.transaction() as session:
        change_promotion(session, "tenth", change)
    return refused.value.reason
