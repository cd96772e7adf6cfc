"""Pre-orders: they reach the stock check without being paid, take no stock before their day, and are released once paid (SH1)."""

from datetime import datetime, timedelta

import pytest
from builders import Shop, broken, one, rows, work_off

from fulfillment.catalog.change_product import change_product
from fulfillment.workflow.sweeps import run_sweep


def _sold_from(shop: Shop, sku: str, day: datetime | None) -> None:
    with shop.services.transaction() as session:
        change_product(session, sku, {"available_from": day})


def _swept(shop: Shop) -> None:
    run_sweep(shop.services, "sweeps.try_waiting_shipments")
    work_off(shop.services)


def _swept_later(shop: Shop) -> None:
    shop.clock.forward(minutes=1)
    _swept(shop)


@pytest.mark.rule("SH1")
def test_a_preorder_waits_for_its_day_unpaid_takes_no_stock_before_and_is_released_once_it_is_paid(shop: Shop) -> None:
    shop.sells("BOOK", A=5)
    _sold_from(shop, "BOOK", shop.now + timedelta(days=3))

    placed = shop.up_to("assigned", ("BOOK", 2), tokens=(), market="UK")
    waits = (shop.statuses(placed.id), shop.stock("BOOK"), shop.order(placed.id))
    shop.clock.forward(days=2)
    _swept(shop)
    still = (shop.statuses(placed.id), shop.stock("BOOK"), shop.dispatched())
    shop.clock.forward(days=1)
    _swept(shop)

    assert waits == (["awaiting_inventory"], (5, 0), ("in_progress", "unpaid"))
    assert still == (["awaiting_inventory"], (5, 0), [])
    assert (shop.statuses(placed.id), shop.stock("BOOK")) == (["inventory_assigned"], (5, 2))  # not released: not paid
    assert broken(shop.services) == {}
    assert run_sweep(shop.services, "sweeps.expire_unpaid_orders") == 0  # it has a day from now on
    shop.adds_payment(placed.id)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["released"]
    assert broken(shop.services) == {}


@pytest.mark.rule("SH1")
def test_nobody_else_is_given_what_is_not_sold_yet_and_nothing_else_is_kept_for_a_preorder(shop: Shop) -> None:
    shop.sells("BOOK", when_short="deny", A=1)
    shop.sells("MUG", A=1)
    _sold_from(shop, "BOOK", shop.now + timedelta(days=3))
    both = shop.up_to("assigned", ("BOOK", 1), ("MUG", 1))
    shop.clock.forward(minutes=1)

    mug = shop.up_to("assigned", ("MUG", 1))

    assert (shop.statuses(both.id), shop.statuses(mug.id)) == (["awaiting_inventory"], ["inventory_assigned"])
    assert (shop.stock("BOOK"), shop.stock("MUG")) == ((1, 0), (1, 1))
    assert broken(shop.services) == {}
    shop.receives("MUG", 1)
    _swept(shop)
    assert shop.statuses(both.id) == ["awaiting_inventory"]
    _sold_from(shop, "BOOK", None)  # it is sold earlier than was thought
    _swept_later(shop)
    assert shop.statuses(both.id) == ["inventory_assigned"]
    assert (shop.stock("BOOK"), shop.stock("MUG")) == ((1, 1), (2, 2))
    assert broken(shop.services) == {}


@pytest.mark.rule("SH1")
def test_on_the_day_those_who_have_paid_come_first_in_the_order_in_which_they_did(shop: Shop) -> None:
    shop.sells("BOOK", A=2)
    _sold_from(shop, "BOOK", shop.now + timedelta(days=3))
    unpaid = shop.up_to("assigned", ("BOOK", 1), tokens=())
    late = shop.up_to("assigned", ("BOOK", 1), tokens=())
    shop.clock.forward(hours=1)
    paid = shop.up_to("assigned", ("BOOK", 1))
    shop.clock.forward(hours=1)
    shop.adds_payment(late.id)
    work_off(shop.services)
    queue = rows(shop.services, "SELECT order_id FROM waiting_line ORDER BY priority DESC, since, shipment_id")

    shop.clock.forward(days=3)
    _swept(shop)

    assert queue == [(paid.id,), (late.id,), (unpaid.id,)]
    assert [shop.statuses(each.id) for each in (paid, late, unpaid)] == [
        ["inventory_assigned"],
        ["inventory_assigned"],
        ["awaiting_inventory"],
    ]
    assert one(shop.services, "SELECT count(*) FROM waiting_line") == 1
    assert broken(shop.services) == {}
