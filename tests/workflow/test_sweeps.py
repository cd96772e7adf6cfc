"""Sweeps look at the state, never at the tick; several beats are harmless."""

from threading import Barrier, Thread

import pytest
from builders import Shop, broken, hasten, lease, rows, work_off
from fakes.gateway import Operation
from sqlalchemy import text

from fulfillment.carts.models import CartKind
from fulfillment.process import SWEEPS
from fulfillment.workflow.forget import MOST
from fulfillment.workflow.run import run_step
from fulfillment.workflow.sweeps import run_sweep

EXPIRE = "sweeps.expire_unpaid_orders"
WAITING = "sweeps.try_waiting_shipments"


@pytest.mark.parametrize("sweep", SWEEPS)
def test_with_nothing_to_do_it_does_nothing(shop: Shop, sweep: str) -> None:
    assert run_sweep(shop.services, sweep) == 0
    assert shop.dispatched() == []


def test_three_beats_run_a_slot_once(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    shop.places(("MUG", 1), tokens=())
    shop.clock.forward(hours=25)
    together = Barrier(3)
    found: list[int | None] = []

    def beat() -> None:
        together.wait()
        found.append(run_sweep(shop.services, EXPIRE))

    beats = [Thread(target=beat) for _ in range(3)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()

    assert sorted(found, key=str) == [1, None, None]
    assert rows(shop.services, "SELECT name, found FROM sweep_run") == [(EXPIRE, 1)]
    shop.clock.forward(minutes=1)
    assert run_sweep(shop.services, EXPIRE) == 0


class TestExpiry:
    def test_an_order_that_nobody_paid_is_canceled_by_the_schedule(self, shop: Shop) -> None:
        shop.sells("LAMP", when_short="deny", A=1)
        placed = shop.places(("LAMP", 1), tokens=())
        shop.clock.forward(hours=23, minutes=59)
        assert run_sweep(shop.services, EXPIRE) == 0

        shop.clock.forward(minutes=2)
        assert run_sweep(shop.services, EXPIRE) == 1
        work_off(shop.services)

        assert shop.order(placed.id) == ("canceled", "unpaid")
        assert shop.stock("LAMP") == (1, 0)
        [(kind, actor)] = rows(
            shop.services, "SELECT cause_kind, actor FROM timeline WHERE verb = 'cancel' AND subject = 'order'"
        )
        assert (kind, actor) == ("schedule", "schedule")
        assert broken(shop.services) == {}

    def test_a_payment_that_arrives_meanwhile_is_honored(self, shop: Shop) -> None:
        shop.sells("MUG", A=1)
        placed = shop.places(("MUG", 1), tokens=())
        shop.clock.forward(hours=25)
        shop.adds_payment(placed.id, token=None)

        assert run_sweep(shop.services, EXPIRE) == 0

        work_off(shop.services)
        assert shop.statuses(placed.id) == ["inventory_assigned"]

    def test_a_payment_whose_outcome_is_unknown_is_waited_for(self, shop: Shop) -> None:
        shop.sells("MUG", A=1)
        placed = shop.places(("MUG", 1))
        shop.gateway.will("cut after")
        work_off(shop.services)
        shop.clock.forward(hours=25)

        assert run_sweep(shop.services, EXPIRE) == 0
        hasten(shop.services)
        work_off(shop.services)

        assert shop.statuses(placed.id) == ["inventory_assigned"]
        assert shop.gateway.moved(Operation.VOID) == []

    def test_an_order_on_hold_is_left_alone(self, shop: Shop) -> None:
        shop.sells("MUG", A=1)
        placed = shop.places(("MUG", 1), tokens=())
        shop.holds(placed.id)
        shop.clock.forward(hours=25)

        assert run_sweep(shop.services, EXPIRE) == 0
        assert shop.order(placed.id)[0] == "in_progress"

    def test_each_market_has_its_own_patience(self, shop: Shop) -> None:
        shop.sells("MUG", A=1)
        with shop.services.transaction() as session:
            session.execute(text("UPDATE market SET unpaid_after_seconds = 600 WHERE code = 'UK'"))
        uk, de = shop.places(("MUG", 1), market="UK", tokens=()), shop.places(("MUG", 1), tokens=())
        shop.clock.forward(minutes=11)

        assert run_sweep(shop.services, EXPIRE) == 1

        assert (shop.order(uk.id)[0], shop.order(de.id)[0]) == ("canceled", "in_progress")


class TestWaiting:
    def test_a_shipment_whose_step_was_lost_is_tried_again(self, shop: Shop) -> None:
        shop.sells("MUG")
        placed = shop.up_to("assigned", ("MUG", 1))
        shop.receives("MUG", 1)
        with shop.services.transaction() as session:
            session.execute(text("DELETE FROM dispatch WHERE step = 'inventory.assign_waiting'"))
        assert list(broken(shop.services)) == ["nobody_waits_for_what_is_there"]

        assert run_sweep(shop.services, WAITING) == 1
        assert broken(shop.services) == {}
        work_off(shop.services)

        assert shop.statuses(placed.id) == ["inventory_assigned"]
        [(kind,)] = rows(shop.services, "SELECT cause_kind FROM timeline WHERE verb = 'assign_inventory'")
        assert kind == "schedule"

    def test_what_is_about_to_be_tried_is_not_tried_twice(self, shop: Shop) -> None:
        shop.sells("MUG")
        shop.up_to("assigned", ("MUG", 1))
        shop.receives("MUG", 1)

        assert run_sweep(shop.services, WAITING) == 0

        assert shop.dispatched() == [("inventory.assign_waiting", False)]


FORGOTTEN = "sweeps.find_forgotten_payments"


def test_no_sweep_takes_a_payment_from_a_worker_who_is_asking_about_it(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    hasten(shop.services)
    [asking] = lease(shop.services)
    shop.clock.forward(hours=1)

    for sweep in SWEEPS:
        run_sweep(shop.services, sweep)

    assert lease(shop.services) == []
    run_step(shop.services, asking.step, [asking.claim])
    assert rows(shop.services, "SELECT status, sends FROM payment_attempt") == [("succeeded", 2)]
    assert broken(shop.services) == {}


def test_a_payment_that_nobody_would_ask_about_is_found(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    shop.places(("MUG", 1))
    shop.gateway.will("cut after", "cut after")
    work_off(shop.services)
    shop.clock.forward(minutes=16)
    assert run_sweep(shop.services, FORGOTTEN) == 0

    rows(shop.services, "DELETE FROM dispatch WHERE id = (SELECT min(id) FROM dispatch) RETURNING id")
    shop.clock.forward(minutes=1)

    assert run_sweep(shop.services, FORGOTTEN) == 1
    assert rows(shop.services, "SELECT status FROM payment_attempt") == [("unknown",)] * 2


def test_keys_are_forgotten_after_a_weekend_and_a_monday_however_many_they_are(shop: Shop) -> None:
    with shop.services.transaction() as session:
        session.execute(
            text(
                "INSERT INTO idempotency_key (client_id, route, key, fingerprint, status, created_at)"
                " SELECT 1, 'r', 'old' || n, 'f', 200, CAST(:at AS timestamptz) - interval '73 hours'"
                "   FROM generate_series(1, :old) n UNION ALL"
                " SELECT 1, 'r', 'new', 'f', 200, CAST(:at AS timestamptz) - interval '71 hours'"
            ),
            {"at": shop.now, "old": MOST + 1},
        )

    assert run_sweep(shop.services, "sweeps.forget_old_keys") == MOST + 1

    assert rows(shop.services, "SELECT key FROM idempotency_key") == [("new",)]


@pytest.mark.rule("ST7")
def test_carts_are_forgotten_after_the_time_of_their_market_and_wish_lists_never(shop: Shop) -> None:
    shop.sells("MUG")
    rows(shop.services, "UPDATE market SET carts_kept_seconds = 3600 WHERE code = 'UK' RETURNING id")
    quick, slow = shop.collects(("MUG", 1), market="UK"), shop.collects(("MUG", 1))
    wishes = shop.collects(("MUG", 1), market="UK", kind=CartKind.WISH_LIST)
    ordered = shop.collects(("MUG", 1), market="UK")
    placed = shop.converts(ordered)
    shop.clock.forward(minutes=59)
    assert run_sweep(shop.services, "sweeps.forget_old_carts") == 0

    shop.clock.forward(hours=2)
    assert run_sweep(shop.services, "sweeps.forget_old_carts") == 2

    assert rows(shop.services, "SELECT id FROM cart ORDER BY id") == [(each,) for each in sorted((slow, wishes))]
    assert quick not in {slow, wishes}
    assert shop.order(placed.id)[0] == "in_progress"
    shop.clock.forward(days=90)
    assert run_sweep(shop.services, "sweeps.forget_old_carts") == 1
    assert rows(shop.services, "SELECT id FROM cart") == [(wishes,)]
