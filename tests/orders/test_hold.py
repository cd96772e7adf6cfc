"""Hold: what stands still while a hold is open, and what goes on (OL7, OL8, OL9)."""

import pytest
from builders import Shop, broken, one, rows, work_off

from fulfillment.kernel.errors import Conflict
from fulfillment.shipments.pick import Picked, pick


@pytest.mark.rule("OL8")
def test_a_held_order_is_still_assigned_but_not_released(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), market="UK")
    shop.holds(placed.id)

    work_off(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert shop.order(placed.id) == ("in_progress", "authorized")
    assert shop.dispatched() == []


@pytest.mark.rule("OL8")
def test_a_release_asked_for_is_refused_with_the_reason(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.holds(placed.id)

    operation = shop.releases(placed.id)
    work_off(shop.services)

    assert shop.problems(operation) == ["on_hold"]
    assert shop.statuses(placed.id) == ["inventory_assigned"]


def test_nothing_is_put_on_a_picklist_while_on_hold(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("released", ("MUG", 1))
    shop.holds(placed.id)

    _, operation = shop.picklists(placed.id)
    work_off(shop.services)

    assert shop.problems(operation) == ["on_hold"]
    assert shop.statuses(placed.id) == ["released"]


def test_nothing_is_picked_while_on_hold(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.holds(placed.id)
    [(picklist, line)] = rows(
        shop.services, "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id"
    )

    with pytest.raises(Conflict) as refused, shop.services.transaction() as session:
        pick(session, picklist, [Picked(line, 1)], cause=shop.asked.cause, at=shop.now)

    assert refused.value.guard == "on_hold"
    assert rows(shop.services, "SELECT * FROM pick") == []


def test_nothing_ships_while_on_hold(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.holds(placed.id)

    operation = shop.completes(placed.id)
    work_off(shop.services)

    assert shop.problems(operation) == ["on_hold"]
    assert shop.statuses(placed.id) == ["packing"]
    assert shop.stock("MUG") == (5, 1)


@pytest.mark.rule("OL8")
def test_a_held_order_cannot_be_canceled(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.holds(placed.id)

    with pytest.raises(Conflict) as refused:
        shop.cancels(placed.id)

    assert refused.value.guard == "on_hold"
    assert shop.order(placed.id)[0] == "in_progress"
    assert shop.stock("MUG") == (5, 1)


@pytest.mark.rule("OL9")
def test_the_last_of_several_holds_sets_it_going_again(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), market="UK")
    first, second = shop.holds(placed.id), shop.holds(placed.id, "inventory not available")
    work_off(shop.services)

    shop.lets_go(first)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["inventory_assigned"]

    shop.lets_go(second)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["released"]
    assert one(shop.services, "SELECT open_holds FROM purchase_order") == 0
    assert broken(shop.services) == {}


def test_a_download_waits_for_the_end_of_the_hold(shop: Shop) -> None:
    shop.sells("SONG", needs_shipping=False)
    placed = shop.places(("SONG", 1))
    hold = shop.holds(placed.id)
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["pending"]
    assert broken(shop.services) == {}

    shop.lets_go(hold)
    work_off(shop.services)

    assert shop.order(placed.id) == ("completed", "paid")


def test_releasing_a_hold_may_cancel_with_nothing_in_between(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), market="UK")
    hold = shop.holds(placed.id, "fraud")
    work_off(shop.services)

    shop.lets_go(hold, then_cancel=True)
    work_off(shop.services)

    assert shop.order(placed.id)[0] == "canceled"
    assert shop.statuses(placed.id) == ["canceled"]
    assert rows(shop.services, "SELECT verb FROM timeline WHERE verb = 'release'") == []
    assert broken(shop.services) == {}


def test_a_second_hold_stops_the_cancellation_and_keeps_the_first(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    hold, _ = shop.holds(placed.id), shop.holds(placed.id)

    with pytest.raises(Conflict):
        shop.lets_go(hold, then_cancel=True)

    assert one(shop.services, "SELECT open_holds FROM purchase_order") == 2
    assert shop.statuses(placed.id) == ["inventory_assigned"]


def test_a_hold_is_released_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    hold = shop.holds(shop.places(("MUG", 1)).id)
    shop.lets_go(hold)

    with pytest.raises(Conflict, match="the hold is released"):
        shop.lets_go(hold)

    assert one(shop.services, "SELECT open_holds FROM purchase_order") == 0


@pytest.mark.rule("OL7")
def test_a_closed_order_is_not_held(shop: Shop) -> None:
    shop.sells("SONG", needs_shipping=False)
    placed = shop.up_to("assigned", ("SONG", 1))

    with pytest.raises(Conflict) as refused:
        shop.holds(placed.id)

    assert refused.value.guard == "order_closed"
    assert rows(shop.services, "SELECT * FROM hold") == []
