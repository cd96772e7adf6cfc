"""Dispatch: the row is the job. Leases, fences and lanes."""

import pytest
from builders import Shop, broken, duplicated, hasten, lease, one, rows, work_off
from fakes.gateway import Operation

from fulfillment.dispatch.claims import Claim, lease_due
from fulfillment.dispatch.claims import close as close_rows
from fulfillment.dispatch.sets import into_sets
from fulfillment.workflow.run import run_step


def _run(shop: Shop, claims: list[Claim], step: str) -> None:
    run_step(shop.services, step, claims)


def test_a_row_that_was_handed_out_is_not_due_until_its_lease_runs_out(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    [first] = lease(shop.services)

    assert lease(shop.services) == []
    hasten(shop.services)

    [second] = lease(shop.services)
    assert (second.claim.id, second.claim.fence) == (first.claim.id, first.claim.fence + 1)


def test_an_old_hand_out_finds_nothing(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    [old] = lease(shop.services)
    hasten(shop.services)
    [new] = lease(shop.services)

    _run(shop, [old.claim], old.step)
    assert shop.gateway.sent == []
    assert shop.order(placed.id)[1] == "unpaid"

    _run(shop, [new.claim], new.step)
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]


def test_a_message_that_comes_twice_has_its_effect_once(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    leased = lease(shop.services)
    while leased:
        for step, claims in into_sets(leased):
            _run(shop, duplicated(claims), step)
            _run(shop, list(claims), step)
        leased = lease(shop.services)

    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]
    assert shop.stock("MUG") == (5, 1)
    assert rows(shop.services, "SELECT kind FROM stock_movement ORDER BY id") == [("received",), ("allocated",)]
    assert len(shop.mails()) == 1
    assert broken(shop.services) == {}


def test_a_crash_before_the_end_of_the_transaction_undoes_the_closing_too(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    [row] = lease(shop.services)

    def close_and_crash() -> None:
        with shop.services.transaction() as session:
            assert [each.claim for each in close_rows(session, [row.claim])] == [row.claim]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        close_and_crash()

    assert shop.dispatched() == [("payments.authorize", False)]


def test_rows_of_one_order_go_one_after_the_other(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.completes(placed.id)
    shop.completes(placed.id)

    [only] = lease(shop.services)
    assert lease(shop.services) == []

    _run(shop, [only.claim], only.step)
    assert {each.step for each in lease(shop.services)} == {"shipments.complete", "notifications.shipped"}


def test_mail_holds_up_nothing_and_a_dead_mail_holds_up_no_mail(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    work_off(shop.services, only="payments.")
    with shop.services.transaction() as session:
        from sqlalchemy import text

        session.execute(text("UPDATE dispatch SET dead = true WHERE lane = 'mail'"))

    work_off(shop.services)
    shop.brings(placed.id, "shipped")

    assert shop.order(placed.id) == ("completed", "paid")
    assert shop.dispatched() == [("notifications.order_received", True)]
    assert len(shop.mails()) == 1


def test_a_dead_step_holds_up_the_later_steps_of_its_order_and_of_no_other(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    held_up, other = shop.places(("MUG", 1)), shop.places(("MUG", 1))
    with shop.services.transaction() as session:
        from sqlalchemy import text

        session.execute(text("UPDATE dispatch SET dead = true WHERE order_id = :id"), {"id": held_up.id})
    shop.cancels(held_up.id, notify_customer=False)

    work_off(shop.services)

    assert shop.dispatched() == [("payments.authorize", True), ("payments.return_money", False)]
    assert shop.statuses(other.id) == ["inventory_assigned"]


def test_two_relays_never_hand_out_the_same_row(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    for _ in range(6):
        shop.places(("MUG", 1))

    with shop.services.transaction() as one_session, shop.services.transaction() as other_session:
        first = lease_due(one_session, most=4, lease_seconds=60)
        second = lease_due(other_session, most=4, lease_seconds=60)

    assert len(first) == 4
    assert len(second) == 2
    assert {each.claim.id for each in first}.isdisjoint(each.claim.id for each in second)


def test_a_row_that_was_handed_out_often_travels_alone(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    for _ in range(3):
        shop.places(("MUG", 1))
    one(shop.services, "UPDATE dispatch SET fence = 2 WHERE id = (SELECT min(id) FROM dispatch) RETURNING id")

    sets = list(into_sets(lease(shop.services)))

    assert sorted(len(claims) for _, claims in sets) == [1, 2]


def test_a_step_that_this_version_does_not_know_waits_for_one_that_does(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    newer = shop.places(("MUG", 1))
    rows(shop.services, "UPDATE dispatch SET step = 'payments.newer' WHERE order_id = :id RETURNING id", id=newer.id)

    work_off(shop.services)

    assert shop.dispatched() == [("payments.newer", False)]
    assert one(shop.services, "SELECT fence FROM dispatch") == 0
    assert shop.gateway.moved(Operation.AUTHORIZE) == [1000]
