"""What may be promised: safety stock and what carts hold for a time are kept back from everybody else, and from nobody too long."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import ANA, Shop, broken, one, rows, work_off
from sqlalchemy import text

from fulfillment.carts.delete import delete_cart
from fulfillment.carts.reserve import release_cart, reserve_cart
from fulfillment.checkout.reserve import OutOfStockError
from fulfillment.inventory.read import available_of
from fulfillment.inventory.safety import set_safety_stock
from fulfillment.kernel.errors import Conflict
from fulfillment.workflow.sweeps import run_sweep


def _reserve(shop: Shop, cart_id: int, seconds: int | None = None) -> None:
    with shop.services.transaction() as session:
        reserve_cart(session, cart_id, seconds=seconds, storefront_id=None, cause=ANA, at=shop.now)


def _available(shop: Shop, sku: str) -> int:
    with shop.services.transaction() as session:
        return available_of(session, [sku], at=shop.now)[sku]


def _keeps(shop: Shop, sku: str, pieces: int, at: str = "A") -> None:
    with shop.services.transaction() as session:
        set_safety_stock(session, shop.warehouses[at], {shop.products[sku]: pieces}, cause=ANA, at=shop.now)


def test_safety_stock_is_promised_to_nobody_until_it_is_lowered(shop: Shop) -> None:
    shop.sells("MUG", A=5, B=2)
    shop.sells("LAMP", when_short="deny", A=1)
    _keeps(shop, "MUG", 3)
    _keeps(shop, "LAMP", 1)

    two = shop.up_to("assigned", ("MUG", 2))
    three = shop.up_to("assigned", ("MUG", 3))
    with pytest.raises(OutOfStockError):
        shop.places(("LAMP", 1))
    with pytest.raises(OutOfStockError):
        _reserve(shop, shop.collects(("MUG", 3)))

    assert (shop.statuses(two.id), shop.statuses(three.id)) == (["inventory_assigned"], ["awaiting_inventory"])
    assert (_available(shop, "MUG"), shop.stock("MUG")) == (2, (5, 2))
    assert run_sweep(shop.services, "sweeps.try_waiting_shipments") == 1
    work_off(shop.services)
    assert shop.statuses(three.id) == ["awaiting_inventory"]
    _keeps(shop, "MUG", 0)
    work_off(shop.services)
    assert (shop.statuses(three.id), shop.stock("MUG")) == (["inventory_assigned"], (5, 5))
    assert broken(shop.services) == {}


def test_a_cart_that_is_reserved_gets_its_pieces_whoever_comes_between(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=1)
    shop.sells("MUG", A=1)
    cart = shop.collects(("LAMP", 1), ("MUG", 1))
    _reserve(shop, cart)

    between = shop.up_to("assigned", ("MUG", 1))
    with pytest.raises(OutOfStockError):
        shop.places(("LAMP", 1))
    with pytest.raises(OutOfStockError):
        _reserve(shop, shop.collects(("MUG", 1)))
    seen = (_available(shop, "MUG"), shop.stock("MUG"))
    placed = shop.converts(cart, tokens=["tok_ok"])

    assert seen == (0, (1, 0))
    assert (shop.stock("LAMP"), shop.stock("MUG")) == ((1, 1), (1, 1))  # also what could have been backordered
    assert rows(shop.services, "SELECT * FROM cart_reservation") == []
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert shop.statuses(between.id) == ["awaiting_inventory"]
    assert broken(shop.services) == {}


def test_a_reservation_ends_by_the_clock_before_it_is_swept_and_by_the_sweep_for_those_who_wait(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    _reserve(shop, shop.collects(("MUG", 1)), seconds=60)
    waiting = shop.up_to("assigned", ("MUG", 1))
    assert shop.statuses(waiting.id) == ["awaiting_inventory"]

    shop.clock.forward(seconds=59)
    assert _available(shop, "MUG") == 0
    shop.clock.forward(seconds=1)
    assert _available(shop, "MUG") == 1
    assert run_sweep(shop.services, "sweeps.expire_reservations") == 1
    work_off(shop.services)

    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    shop.clock.forward(seconds=60)
    assert run_sweep(shop.services, "sweeps.expire_reservations") == 0
    assert broken(shop.services) == {}


def test_a_reservation_is_renewed_released_and_goes_with_its_cart(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    first, second = shop.collects(("MUG", 2)), shop.collects(("MUG", 2))

    _reserve(shop, first)  # 600 seconds, as the market says
    shop.clock.forward(seconds=500)
    _reserve(shop, first)
    shop.clock.forward(seconds=500)
    with pytest.raises(OutOfStockError) as refused:
        _reserve(shop, second)
    with shop.services.transaction() as session:
        release_cart(session, first, storefront_id=None, cause=ANA, at=shop.now)
    _reserve(shop, second)
    waiting = shop.up_to("assigned", ("MUG", 1))
    assert shop.statuses(waiting.id) == ["awaiting_inventory"]
    with shop.services.transaction() as session:
        delete_cart(session, second, storefront_id=None, cause=ANA, at=shop.now)
    work_off(shop.services)

    assert (refused.value.members, refused.value.guard) == ({"skus": ["MUG"]}, "out_of_stock")
    assert (_available(shop, "MUG"), rows(shop.services, "SELECT * FROM cart_reservation")) == (1, [])
    assert shop.statuses(waiting.id) == ["inventory_assigned"]  # what went with the cart went to whoever waited
    assert broken(shop.services) == {}


def test_a_cart_that_is_forgotten_gives_what_it_held_to_who_waits(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    rows(shop.services, "UPDATE market SET carts_kept_seconds = 60 WHERE code = 'UK' RETURNING id")
    _reserve(shop, shop.collects(("MUG", 1), market="UK"), seconds=3600)
    waiting = shop.up_to("assigned", ("MUG", 1))
    before = shop.statuses(waiting.id)
    shop.clock.forward(seconds=120)

    run_sweep(shop.services, "sweeps.forget_old_carts")
    work_off(shop.services)

    assert (before, shop.statuses(waiting.id)) == (["awaiting_inventory"], ["inventory_assigned"])
    assert rows(shop.services, "SELECT * FROM cart_reservation") == []
    assert broken(shop.services) == {}


def test_what_an_earlier_shipment_waits_for_is_not_held_for_a_cart(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.up_to("assigned", ("MUG", 3))

    with pytest.raises(OutOfStockError):
        _reserve(shop, shop.collects(("MUG", 1)))
    assert rows(shop.services, "SELECT * FROM cart_reservation") == []


def test_vendure_1738_what_was_changed_after_it_was_reserved_is_sold_no_more_often_than_it_is_there(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=1)
    cart = shop.collects(("LAMP", 1))
    _reserve(shop, cart)
    shop.adjusts("LAMP", -1)  # broken, found so on the shelf

    with pytest.raises(OutOfStockError):
        shop.converts(cart)
    shop.sells("MUG", A=1)
    backordered = shop.collects(("MUG", 1))
    _reserve(shop, backordered)
    shop.adjusts("MUG", -1)
    shop.converts(backordered)  # this one may wait

    assert shop.stock("MUG") == (0, 0)
    assert (shop.stock("LAMP"), _available(shop, "LAMP")) == ((0, 0), 0)
    assert one(shop.services, "SELECT count(*) FROM cart_reservation") == 1  # nothing of the refused checkout stays
    assert broken(shop.services) == {}


def test_vendure_3508_of_a_thousand_carts_for_the_last_piece_one_gets_it(shop: Shop) -> None:
    shop.sells("LAST", when_short="deny", A=1)
    template = shop.collects(("LAST", 1))
    with shop.services.transaction() as session:
        session.execute(
            text(
                "INSERT INTO cart SELECT (jsonb_populate_record(c, jsonb_build_object('id', 9000000 + n))).*"
                " FROM cart c, generate_series(1, 1000) AS n WHERE c.id = :id"
            ),
            {"id": template},
        )

    def claim(cart_id: int) -> bool:
        try:
            _reserve(shop, cart_id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = sum(threads.map(claim, range(9_000_001, 9_001_001)))

    assert won == 1
    [(winner, pieces)] = rows(shop.services, "SELECT cart_id, quantity FROM cart_reservation")
    assert pieces == 1
    with pytest.raises(OutOfStockError):
        shop.converts(template)
    shop.converts(winner, tokens=["tok_ok"])
    assert shop.stock("LAST") == (1, 1)
    assert broken(shop.services) == {}
