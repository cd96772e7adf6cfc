"""Dead letters: one poisonous row fails alone, keeps its error, and is done when it is replayed."""

import pytest
from builders import Shop, broken, hasten, lease, one, rows, work_off
from sqlalchemy import text

from fulfillment.dispatch.claims import postpone
from fulfillment.dispatch.dead_letters import MOST_FAILURES, MOST_SENDS, bury_silent, dead_letters, replay
from fulfillment.workflow.run import run_step


def _poison(shop: Shop, line_of_order: int) -> None:
    """A trigger that makes one shipment impossible to assign: whatever a bug might be, this is as bad."""
    with shop.services.transaction() as session:
        session.execute(
            text(
                "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'poisoned order %', OLD.order_id; END $$"
            )
        )
        session.execute(
            text(
                "CREATE TRIGGER poison BEFORE UPDATE ON shipment FOR EACH ROW"
                f" WHEN (OLD.order_id = {line_of_order}) EXECUTE FUNCTION poison()"
            )
        )


def test_ninety_nine_are_done_and_one_is_dead_with_its_error(own_shop: Shop) -> None:
    shop = own_shop
    shop.sells("MUG", A=200)
    placed = [shop.places(("MUG", 1)) for _ in range(100)]
    poisonous = placed[41]
    _poison(shop, poisonous.id)

    work_off(shop.services)
    for _ in range(MOST_FAILURES):
        hasten(shop.services)
        work_off(shop.services)

    assert rows(shop.services, "SELECT status, count(*) FROM shipment GROUP BY status ORDER BY status") == [
        ("inventory_assigned", 99),
        ("pending", 1),
    ]
    with shop.services.transaction() as session:
        [dead] = dead_letters(session)
    assert (dead["step"], dead["order_id"], dead["failures"]) == ("inventory.assign", poisonous.id, MOST_FAILURES)
    assert f"poisoned order {poisonous.id}" in dead["last_error"]
    assert shop.stock("MUG") == (200, 99)
    assert broken(shop.services) == {}

    one(shop.services, "SELECT 1")
    with shop.services.transaction() as session:
        session.execute(text("DROP TRIGGER poison ON shipment"))
        assert replay(session, [dead["id"]]) == [dead["id"]]
    work_off(shop.services)
    assert shop.statuses(poisonous.id) == ["inventory_assigned"]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_failure_is_tried_again_later_before_it_is_given_up(own_shop: Shop) -> None:
    shop = own_shop
    shop.sells("MUG", A=2)
    placed = shop.places(("MUG", 1))
    work_off(shop.services, only="payments.")
    _poison(shop, placed.id)

    work_off(shop.services)

    [(failures, dead, later)] = rows(
        shop.services, "SELECT failures, dead, due_at > now() FROM dispatch WHERE step = 'inventory.assign'"
    )
    assert (failures, dead, later) == (1, False, True)


def test_only_the_dead_are_replayed(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    [alive] = lease(shop.services)

    with shop.services.transaction() as session:
        assert replay(session, [alive.claim.id]) == []

    assert one(shop.services, "SELECT fence FROM dispatch") == alive.claim.fence


def test_the_hand_out_from_before_the_replay_finds_nothing(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    [old] = lease(shop.services)
    one(shop.services, "UPDATE dispatch SET dead = true RETURNING id")
    with shop.services.transaction() as session:
        replay(session, [old.claim.id])

    run_step(shop.services, old.step, [old.claim])

    assert shop.gateway.sent == []


def test_a_row_that_is_handed_out_over_and_over_and_never_closed_is_buried(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    shop.places(("MUG", 1))
    [killer, _] = lease(shop.services)
    one(
        shop.services,
        "UPDATE dispatch SET fence = :most, due_at = now() WHERE id = :id RETURNING id",
        most=MOST_SENDS,
        id=killer.claim.id,
    )

    with shop.services.transaction() as session:
        assert bury_silent(session) == [killer.claim.id]

    [(error,)] = rows(shop.services, "SELECT last_error FROM dispatch WHERE dead")
    assert error == f"handed out {MOST_SENDS} times, never closed"


def test_a_row_that_is_put_off_over_and_over_is_not_buried(shop: Shop) -> None:
    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    [leased] = lease(shop.services)
    with shop.services.transaction() as session:
        postpone(session, [leased.claim], seconds=0, error="the mail server is away")
    one(shop.services, "UPDATE dispatch SET fence = :most RETURNING id", most=MOST_SENDS)

    with shop.services.transaction() as session:
        assert bury_silent(session) == []

    assert rows(shop.services, "SELECT dead, last_error FROM dispatch") == [(False, "the mail server is away")]


def test_an_unreachable_database_says_nothing_about_the_row(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import InterfaceError

    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    [leased] = lease(shop.services)

    def gone(*_: object) -> None:
        raise InterfaceError("SELECT 1", {}, ConnectionError("gone"))

    monkeypatch.setattr("fulfillment.workflow.run.move_money", gone)
    with pytest.raises(InterfaceError):
        run_step(shop.services, leased.step, [leased.claim])

    assert one(shop.services, "SELECT failures, dead FROM dispatch") == (0, False)


def test_a_statement_that_takes_too_long_is_the_fault_of_its_row(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg.errors import QueryCanceled
    from sqlalchemy.exc import OperationalError

    shop.sells("MUG", A=2)
    shop.places(("MUG", 1))
    [leased] = lease(shop.services)

    def slow(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, QueryCanceled("canceling statement due to statement timeout"))

    monkeypatch.setattr("fulfillment.workflow.run.move_money", slow)
    run_step(shop.services, leased.step, [leased.claim])

    assert one(shop.services, "SELECT failures, dead FROM dispatch") == (1, False)
    assert "statement timeout" in one(shop.services, "SELECT last_error FROM dispatch")
