"""An edit and something else at once, on real connections: one after the other, and the books are right."""

import pytest
from builders import ANA, Shop, broken, one, work_off
from racing import at_once

from fulfillment.drafts.draft import lock_draft
from fulfillment.editing.edit import edit
from fulfillment.editing.wanted import Edit, LineEdit
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.kernel.job import Job
from fulfillment.orders.delete import delete
from fulfillment.shipments.release import release


def _edit(shop: Shop, order: int, quantity: int) -> bool:
    line = one(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=order)
    with shop.services.transaction() as session:
        return edit(session, order, Edit(lines=[LineEdit(line, quantity=quantity)]), cause=ANA, at=shop.now)


def _release(shop: Shop, order: int) -> int:
    with shop.services.transaction() as session:
        jobs = [Job(shipment, ANA, order_id=order) for shipment in shop.shipments(order)]
        return len(release(session, jobs, at=shop.now).done)


def test_two_edits_of_two_orders_never_promise_a_piece_twice(shop: Shop) -> None:
    shop.sells("LAMP", when_short="deny", A=5)
    for _ in range(5):
        first, second = (shop.places(("LAMP", 2), tokens=()).id for _ in range(2))

        done = at_once(lambda o=first: _edit(shop, o, 3), lambda o=second: _edit(shop, o, 3))

        assert sorted(isinstance(each, Conflict) for each in done) == [False, True]
        assert shop.stock("LAMP") == (5, 5)
        assert broken(shop.services) == {}
        for order in (first, second):
            shop.cancels(order)
    work_off(shop.services)
    assert shop.stock("LAMP") == (5, 0)


def test_an_edit_and_a_release_come_one_after_the_other(shop: Shop) -> None:
    shop.sells("MUG", A=30)
    for _ in range(5):
        order = shop.up_to("assigned", ("MUG", 3)).id

        at_once(lambda o=order: _edit(shop, o, 2), lambda o=order: _release(shop, o))

        assert shop.statuses(order) in (["released"], ["inventory_assigned"])
        assert broken(shop.services) == {}
        work_off(shop.services)
        assert one(shop.services, "SELECT quantity FROM line_item WHERE order_id = :id", id=order) == 2
        assert broken(shop.services) == {}


def test_who_waited_for_an_order_that_was_deleted_is_told_so(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    draft = shop.enters(("MUG", 1))
    with shop.services.transaction() as session:
        delete(session, draft, reason="entered twice", cause=ANA, at=shop.now)

    with shop.services.transaction() as session, pytest.raises(NotFound):
        lock_draft(session, draft)
    with shop.services.transaction() as session, pytest.raises(NotFound):
        edit(session, draft, Edit(reference="R1"), cause=ANA, at=shop.now)
