"""Two at once, on real connections: exactly one wins, and the books are right whichever it is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import ANA, Shop, broken, hasten, lease, rows, work_off
from fakes.gateway import Operation
from racing import at_once
from sqlalchemy import text

from fulfillment.carts.move import move_lines
from fulfillment.carts.revise import revise
from fulfillment.checkout.placed import Placed
from fulfillment.checkout.reserve import OutOfStockError
from fulfillment.checkout.revise import change_line
from fulfillment.dispatch.sets import into_sets
from fulfillment.kernel.errors import Conflict
from fulfillment.kernel.job import Job
from fulfillment.shipments.complete import complete
from fulfillment.shipments.release import release
from fulfillment.workflow.run import run_step


def _complete(shop: Shop, order_id: int, shipment_id: int) -> int:
    with shop.services.transaction() as session:
        job = Job(shipment_id, ANA, order_id=order_id, argument={"confirm_all": True})
        return len(complete(session, [job], at=shop.now).done)


def test_two_completions_ship_once(shop: Shop) -> None:
    shop.sells("MUG", A=20)
    for _ in range(5):
        placed = shop.up_to("packing", ("MUG", 1))
        [shipment] = shop.shipments(placed.id)

        done = at_once(*[lambda p=placed, s=shipment: _complete(shop, p.id, s)] * 2)

        assert sorted(done, key=str) == [0, 1]
    work_off(shop.services)
    assert shop.stock("MUG") == (15, 0)
    assert shop.gateway.moved(Operation.CAPTURE) == [1000] * 5
    assert broken(shop.services) == {}


def test_a_cancellation_and_a_completion_never_both_happen(shop: Shop) -> None:
    shop.sells("MUG", A=20)
    for _ in range(6):
        placed = shop.up_to("packing", ("MUG", 1))
        [shipment] = shop.shipments(placed.id)

        shipped, canceled = at_once(
            lambda p=placed, s=shipment: _complete(shop, p.id, s), lambda p=placed: shop.cancels(p.id)
        )

        if shipped == 1:
            assert isinstance(canceled, Conflict)
            assert shop.statuses(placed.id) == ["shipped"]
        else:
            assert (shipped, canceled) == (0, None)
            assert shop.statuses(placed.id) == ["canceled"]
    work_off(shop.services)
    assert broken(shop.services) == {}


def test_a_cancellation_while_an_authorization_is_being_written_down_leaves_no_money_behind(shop: Shop) -> None:
    shop.sells("MUG", A=20)
    for _ in range(6):
        placed = shop.places(("MUG", 1))
        at_once(lambda: work_off(shop.services, only="payments."), lambda p=placed: shop.cancels(p.id))
        hasten(shop.services)
        work_off(shop.services)

        assert shop.order(placed.id)[0] == "canceled"
        assert shop.money(placed.id)["open_authorized"] == 0
    assert len(shop.gateway.moved(Operation.AUTHORIZE)) == len(shop.gateway.moved(Operation.VOID))
    assert broken(shop.services) == {}


def test_a_hold_and_a_release_come_one_after_the_other(shop: Shop) -> None:
    shop.sells("MUG", A=20)

    def release_one(order_id: int, shipment_id: int) -> list[str]:
        with shop.services.transaction() as session:
            return [each.guard for each in release(session, [Job(shipment_id, ANA, order_id)], at=shop.now).refused]

    for _ in range(6):
        placed = shop.up_to("assigned", ("MUG", 1))
        [shipment] = shop.shipments(placed.id)

        refused, _ = at_once(lambda p=placed, s=shipment: release_one(p.id, s), lambda p=placed: shop.holds(p.id))

        assert (refused, shop.statuses(placed.id)) in (
            ([], ["released"]),
            (["on_hold"], ["inventory_assigned"]),
        )
    assert broken(shop.services) == {}


def test_two_refunds_of_all_that_is_kept_pay_it_back_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 1))
    [payment] = shop.payments(placed.id)

    answers = at_once(*[lambda: shop.refunds(payment)] * 4)
    work_off(shop.services)

    assert len([each for each in answers if isinstance(each, Conflict)]) == 3
    assert shop.gateway.moved(Operation.REFUND) == [1000]
    assert broken(shop.services) == {}


def test_four_workers_with_the_same_messages_do_everything_once(shop: Shop) -> None:
    shop.sells("MUG", A=10)
    placed = [shop.places(("MUG", 1), market="UK") for _ in range(20)]

    def worker() -> None:
        for step, claims in sets:
            run_step(shop.services, step, claims)

    while leased := lease(shop.services):
        sets = list(into_sets(leased))
        at_once(*[worker] * 4)
        hasten(shop.services)

    statuses = [shop.statuses(each.id)[0] for each in placed]
    assert (statuses.count("released"), statuses.count("awaiting_inventory")) == (10, 10)
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000] * 20
    assert shop.stock("MUG") == (10, 10)
    assert broken(shop.services) == {}


def _rush(shop: Shop, checkouts: int) -> list[object]:
    def checkout(_: int) -> object:
        try:
            return shop.places(("RUSH", 1)).id
        except OutOfStockError as refused:
            return refused.reason

    with ThreadPoolExecutor(16) as customers:
        return list(customers.map(checkout, range(checkouts)))


def test_of_two_hundred_checkouts_for_fifty_units_fifty_are_assigned_and_the_rest_wait(shop: Shop) -> None:
    shop.sells("RUSH", A=50)
    _rush(shop, 200)

    while leased := lease(shop.services, most=40):
        sets = list(into_sets(leased))
        middle = len(sets) // 2
        halves = [sets[:middle], sets[middle:]]
        at_once(*[lambda half=half: [run_step(shop.services, *each) for each in half] for half in halves])

    assert rows(shop.services, "SELECT status, count(*) FROM shipment GROUP BY status ORDER BY status") == [
        ("awaiting_inventory", 150),
        ("inventory_assigned", 50),
    ]
    assert shop.stock("RUSH") == (50, 50)
    assert broken(shop.services) == {}


def test_of_two_hundred_checkouts_for_fifty_units_fifty_are_taken_and_the_rest_refused(shop: Shop) -> None:
    shop.sells("RUSH", when_short="deny", A=50)

    answers = _rush(shop, 200)

    assert answers.count("out_of_stock") == 150
    assert rows(shop.services, "SELECT count(*), sum(allocated) FROM line_item") == [(50, 50)]
    assert shop.stock("RUSH") == (50, 50)
    work_off(shop.services)
    assert rows(shop.services, "SELECT status, count(*) FROM shipment GROUP BY status") == [("inventory_assigned", 50)]
    assert broken(shop.services) == {}


@pytest.mark.rule("ST1")
def test_two_checkouts_of_one_cart_make_one_order(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=20)
    for n in range(1, 6):
        cart = shop.collects(("LAMP", 1))

        answers = at_once(*[lambda c=cart: shop.converts(c, tokens=["tok_ok"])] * 3)

        [placed] = [each for each in answers if isinstance(each, Placed)]
        refused = [each for each in answers if isinstance(each, Conflict)]
        assert [(each.reason, each.members) for each in refused] == [("cart_converted", {"order": placed.number})] * 2
        assert rows(shop.services, "SELECT count(*) FROM purchase_order") == [(n,)]
    work_off(shop.services)
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000] * 5
    assert shop.stock("LAMP") == (20, 5)
    assert broken(shop.services) == {}


@pytest.mark.rule("ST1")
def test_an_edit_of_a_cart_is_in_its_order_or_refused(shop: Shop) -> None:
    shop.sells("MUG", A=20)

    def edit(cart: int) -> str:
        with shop.services.transaction() as session:
            revise(
                session,
                cart,
                lambda content: change_line(content, 1, {"quantity": 3}),
                storefront_id=None,
                cause=ANA,
                at=shop.now,
            )
        return "edited"

    for _ in range(6):
        cart = shop.collects(("MUG", 1))

        placed, edited = at_once(lambda c=cart: shop.converts(c), lambda c=cart: edit(c))

        assert isinstance(placed, Placed)
        assert (getattr(edited, "reason", edited), placed.total) in (("edited", 3000), ("cart_converted", 1000))
    assert broken(shop.services) == {}


@pytest.mark.rule("ST7")
def test_moves_there_and_back_lose_no_line_and_wait_for_one_another(shop: Shop) -> None:
    shop.sells("MUG")
    one, other = shop.collects(("MUG", 1)), shop.collects(("MUG", 2))

    def move(source: int, target: int) -> None:
        with shop.services.transaction() as session:
            [(position,)] = session.execute(
                text("SELECT document -> 'lines' -> 0 -> 'position' FROM cart WHERE id = :id"), {"id": source}
            ).all()
            move_lines(session, source, [position], to=target, storefront_id=None, cause=ANA, at=shop.now)

    at_once(lambda: move(one, other), lambda: move(other, one))

    found = rows(shop.services, "SELECT jsonb_path_query_array(document, '$.lines[*].quantity') FROM cart ORDER BY 1")
    assert sorted(quantity for (listed,) in found for quantity in listed) == [1, 2]
    assert broken(shop.services) == {}
