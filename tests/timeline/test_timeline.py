"""The timeline tells every change of state, as a trigger of the database itself saw it, and what each came from."""

import pytest
from builders import Shop, one, rows, work_off
from sqlalchemy import text

from fulfillment.orders.models import LineItem
from fulfillment.timeline.changes import Changes
from fulfillment.workflow.sweeps import run_sweep

_TABLES = {"purchase_order": "order", "shipment": "shipment", "hold": "hold", "payment_attempt": "payment attempt"}


@pytest.fixture
def witnessed(own_shop: Shop) -> Shop:
    """A shop whose database writes down every change of a status by itself, however it comes about."""
    shop = own_shop
    with shop.services.transaction() as session:
        session.execute(
            text(
                "CREATE TABLE witness (id bigint GENERATED ALWAYS AS IDENTITY, order_id bigint, subject text,"
                " subject_id bigint, before text, after text)"
            )
        )
        for table, subject in _TABLES.items():
            order_id = "NEW.id" if table == "purchase_order" else "NEW.order_id"
            session.execute(
                text(
                    f"CREATE FUNCTION witness_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    " INSERT INTO witness (order_id, subject, subject_id, before, after)"
                    f" VALUES ({order_id}, '{subject}', NEW.id, OLD.status, NEW.status); RETURN NULL; END $$"
                )
            )
            session.execute(
                text(
                    f"CREATE TRIGGER witness AFTER UPDATE ON {table} FOR EACH ROW"
                    f" WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION witness_{table}()"
                )
            )
    return shop


def _seen(shop: Shop, order_id: int) -> list[tuple[str, int, str, str]]:
    query = "SELECT subject, subject_id, before, after FROM witness WHERE order_id = :id ORDER BY id"
    return rows(shop.services, query, id=order_id)


def _told(shop: Shop, order_id: int) -> list[tuple[str, int, str, str]]:
    query = (
        "SELECT subject, subject_id, before, after FROM timeline WHERE order_id = :id AND after IS NOT NULL ORDER BY id"
    )
    return rows(shop.services, query, id=order_id)


def _assert_told_in_full(shop: Shop, order_id: int) -> None:
    """The same moves in the same order, none left out and none made up."""
    told = _told(shop, order_id)
    assert len(told) > 0
    assert told == _seen(shop, order_id)


def _assert_every_cause_leads_to_a_root(shop: Shop, order_id: int, *, roots: set[tuple[str, str, str]]) -> None:
    entries = {
        entry[0]: entry
        for entry in rows(
            shop.services,
            "SELECT id, parent_id, cause_kind, cause_id, actor, step FROM timeline WHERE order_id = :id",
            id=order_id,
        )
    }
    for entry_id, parent_id, kind, cause_id, actor, step in entries.values():
        assert (kind, cause_id, actor) in roots
        assert step is not None or parent_id is None
        way = [entry_id]
        while (parent := entries[way[-1]][1]) is not None:
            assert entries[parent][2:5] == (kind, cause_id, actor)
            assert parent < way[-1]  # So the way ends.
            way.append(parent)


_ANA = ("request", "request-1", "ana")


def test_of_a_held_order(witnessed: Shop) -> None:
    shop = witnessed
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), market="UK")
    first = shop.holds(placed.id)
    work_off(shop.services)
    second = shop.holds(placed.id, "suspicious")
    shop.lets_go(first)
    shop.lets_go(second)
    work_off(shop.services)
    shop.brings(placed.id, "shipped")

    _assert_told_in_full(shop, placed.id)
    _assert_every_cause_leads_to_a_root(shop, placed.id, roots={_ANA})
    [shipment] = shop.shipments(placed.id)
    assert [move for move in _told(shop, placed.id) if move[0] in ("hold", "shipment")] == [
        ("shipment", shipment, "pending", "inventory_assigned"),
        ("hold", first, "open", "released"),
        ("hold", second, "open", "released"),
        ("shipment", shipment, "inventory_assigned", "released"),
        ("shipment", shipment, "released", "packing"),
        ("shipment", shipment, "packing", "shipped"),
    ]


def test_of_a_canceled_order(witnessed: Shop) -> None:
    shop = witnessed
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    placed = shop.up_to("packing", ("MUG", 1), ("SONG", 1))
    shop.gateway.will("cut after")
    shop.cancels(placed.id)
    work_off(shop.services)
    one(shop.services, "UPDATE dispatch SET due_at = now() RETURNING id")
    work_off(shop.services)

    _assert_told_in_full(shop, placed.id)
    _assert_every_cause_leads_to_a_root(shop, placed.id, roots={_ANA})
    assert _told(shop, placed.id)[-1][2:] == ("unknown", "succeeded")
    assert ("order", placed.id, "partially_shipped", "completed") in _told(shop, placed.id)


def test_of_a_short_order(witnessed: Shop) -> None:
    shop = witnessed
    shop.sells("MUG")
    placed = shop.up_to("assigned", ("MUG", 2))
    shop.receives("MUG", 2)
    work_off(shop.services)

    _assert_told_in_full(shop, placed.id)
    _assert_every_cause_leads_to_a_root(shop, placed.id, roots={_ANA})
    [shipment] = shop.shipments(placed.id)
    assert [move[2:] for move in _told(shop, placed.id) if move[:2] == ("shipment", shipment)] == [
        ("pending", "awaiting_inventory"),
        ("awaiting_inventory", "inventory_assigned"),
    ]
    [(detail,)] = rows(shop.services, "SELECT detail FROM timeline WHERE verb = 'await_inventory'")
    assert detail == {"needs": [{"product_id": shop.products["MUG"], "quantity": 2}]}


def test_of_an_order_that_a_schedule_ended(witnessed: Shop) -> None:
    shop = witnessed
    shop.sells("MUG", A=1)
    placed = shop.places(("MUG", 1), tokens=())
    shop.clock.forward(hours=25)
    run_sweep(shop.services, "sweeps.expire_unpaid_orders")
    work_off(shop.services)

    _assert_told_in_full(shop, placed.id)
    slot = int(shop.now.timestamp()) // 60
    schedule = ("schedule", f"sweeps.expire_unpaid_orders:{slot}", "schedule")
    _assert_every_cause_leads_to_a_root(shop, placed.id, roots={_ANA, schedule})


def test_each_step_names_the_entry_that_called_for_it(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    placed = shop.up_to("assigned", ("MUG", 1), market="UK")

    told = rows(
        shop.services,
        "SELECT t.verb, t.step, p.verb FROM timeline t LEFT JOIN timeline p ON p.id = t.parent_id"
        " WHERE t.order_id = :id ORDER BY t.id",
        id=placed.id,
    )

    assert told == [
        ("place", None, None),
        ("succeed", "payments.authorize", "place"),
        ("assign_inventory", "inventory.assign", "succeed"),
        ("release", "inventory.assign", "assign_inventory"),
    ]


def test_no_row_is_both_set_and_added_to_in_one_change(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    placed = shop.places(("MUG", 2))
    [(line_id,)] = rows(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=placed.id)
    changes = Changes(at=shop.now)
    changes.set(LineItem, line_id, picked=1)
    changes.add(LineItem, {"id": line_id}, refunded_quantity=1)

    with shop.services.transaction() as session, pytest.raises(ValueError, match="both set and added to"):
        changes.write(session)

    assert rows(shop.services, "SELECT picked, refunded_quantity FROM line_item") == [(0, 0)]
