"""Delete: only what never held money, with all that belongs to it, but not without a trace (OL13)."""

import pytest
from api_client import Api, Caller, a_checkout, contents
from builders import Shop, broken, lease, one, rows, work_off
from order_entry import a_draft
from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.db.base import Base
from fulfillment.dispatch.sets import into_sets
from fulfillment.orders.delete import KEPT, ROWS_OF_AN_ORDER
from fulfillment.workflow.run import run_step

pytestmark = pytest.mark.rule("OL13")


def _delete(caller: Caller, number: str, reason: str = "a test order", **more: object):
    return caller.change("DELETE", f"/v1/orders/{number}", query_string={"reason": reason}, **more)


def _left(shop: Shop, order_id: int) -> dict[str, int]:
    tables = {*ROWS_OF_AN_ORDER, *KEPT, "dispatch"}
    counts = {each: one(shop.services, f"SELECT count(*) FROM {each} WHERE order_id = {order_id}") for each in tables}
    return {table: count for table, count in counts.items() if count}


def test_what_never_held_money_is_gone_with_all_that_belongs_to_it(shop: Shop, csr: Caller) -> None:
    shop.sells("LAMP", when_short="deny", A=5)
    shop.sells("RARE")
    placed = shop.places(("LAMP", 2), ("RARE", 1), tokens=("tok_declined",))
    work_off(shop.services)
    csr.post(f"/v1/orders/{placed.number}/notes", {"description": "a test"})
    hold = shop.holds(placed.id)
    shop.lets_go(hold)
    assert shop.stock("LAMP") == (5, 2)

    answer = _delete(csr, placed.number, version=4)
    again = _delete(csr, placed.number)
    read = csr.get(f"/v1/orders/{placed.number}")

    assert (answer.status_code, answer.json) == (
        200,
        {
            "number": placed.number,
            "deleted_at": "2026-03-02T12:00:00Z",
            "deleted_by": "key:csr somebody",
            "reason": "a test order",
        },
    )
    assert _left(shop, placed.id) == {}
    assert shop.stock("LAMP") == (5, 0)
    for gone in (again, read):
        assert (gone.status_code, gone.json["type"]) == (404, "/problems/order_deleted")
        assert (gone.json["deleted_by"], gone.json["deleted_because"]) == ("key:csr somebody", "a test order")
    work_off(shop.services)
    assert csr.get("/v1/orders").json["orders"] == []
    assert broken(shop.services) == {}


def test_steps_that_were_still_to_come_are_withdrawn(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))

    leased = lease(shop.services)

    assert _delete(csr, placed.number).status_code == 200
    for step, claims in into_sets(leased):
        run_step(shop.services, step, claims)

    assert shop.gateway.sent == []
    assert rows(shop.services, "SELECT * FROM money_transfer") == []
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_a_draft_is_deleted_with_what_was_entered(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    number = csr.post("/v1/orders", a_draft(("MUG", 1))).json["number"]

    assert _delete(csr, number).status_code == 200
    assert csr.get(f"/v1/orders/{number}").json["type"] == "/problems/order_deleted"
    assert csr.post(f"/v1/orders/{number}/placement", {}).status_code == 404
    assert rows(shop.services, "SELECT * FROM order_draft") == []
    assert broken(shop.services) == {}


def test_an_operation_that_waited_for_such_a_step_is_told(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=("tok_declined",))
    work_off(shop.services)
    operation = csr.post(f"/v1/orders/{placed.number}/payments", {"method": "card", "token": "tok_ok"}).json["id"]

    assert _delete(csr, placed.number).status_code == 200

    found = csr.get(f"/v1/operations/{operation}").json
    assert (found["status"], [each["guard"] for each in found["problems"]]) == ("refused", ["order_deleted"])


@pytest.mark.parametrize(
    ("what", "guard"),
    [
        ("authorized", "held_money"),
        ("voided", "held_money"),
        ("paid by hand", "held_money"),
        ("shipped", "held_money"),
        ("undecided", "payment_undecided"),
        ("free and released", "worked"),
        ("on hold", "on_hold"),
    ],
)
def test_anything_else_is_refused_and_stays(shop: Shop, csr: Caller, what: str, guard: str) -> None:
    placed = _brought_to(shop, what)
    before = contents(shop.services)

    answer = _delete(csr, placed.number)

    assert (answer.status_code, answer.json["guard"]) == (409, guard)
    assert answer.json["remedy"]
    assert contents(shop.services) == before


def _brought_to(shop: Shop, what: str):
    shop.sells("MUG", A=5)
    shop.sells("GIFT", price=0, A=5)
    if what == "undecided":
        shop.gateway.will("cut after")
        placed = shop.places(("MUG", 1))
        work_off(shop.services)
        return placed
    if what == "free and released":
        return shop.up_to("released", ("GIFT", 1), tokens=())
    placed = shop.places(("MUG", 1), tokens=() if what in ("paid by hand", "on hold") else ("tok_ok",))
    work_off(shop.services)
    if what == "voided":
        shop.cancels(placed.id)
    elif what == "paid by hand":
        shop.adds_payment(placed.id, token=None)
    elif what == "shipped":
        shop.brings(placed.id, "shipped")
    elif what == "on hold":
        shop.holds(placed.id)
    work_off(shop.services)
    return placed


def test_a_step_that_is_being_done_is_not_pulled_from_under_the_worker(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))

    with shop.services.transaction() as session:
        session.execute(text("SELECT id FROM dispatch FOR UPDATE"))
        answer = _delete(csr, placed.number)

    assert (answer.status_code, answer.json["guard"]) == (409, "being_worked")
    assert shop.dispatched() == [("payments.authorize", False)]
    assert csr.get(f"/v1/orders/{placed.number}").status_code == 200


def test_the_version_and_a_reason_must_be_given(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1), tokens=()).number
    csr.post(f"/v1/orders/{number}/notes", {"description": "keep this one"})
    before = contents(shop.services)

    assert _delete(csr, number, version=1).status_code == 412
    assert _delete(csr, number, version=None).status_code == 428
    assert _delete(csr, number, "").status_code == 422
    assert csr.change("DELETE", f"/v1/orders/{number}").status_code == 422
    assert contents(shop.services) == before


def test_a_storefront_is_told_of_its_own_orders_alone(shop: Shop, api: Api, csr: Caller) -> None:
    shop.sells("MUG")
    ours, theirs = api.caller(Role.STOREFRONT, name="ours"), api.caller(Role.STOREFRONT, name="theirs")
    number = ours.post("/v1/checkouts", a_checkout(payments=[])).json["number"]
    assert ours.change("DELETE", f"/v1/orders/{number}", query_string={"reason": "x"}).status_code == 403
    assert _delete(csr, number, "secret").status_code == 200

    told, untold = (caller.get(f"/v1/orders/{number}") for caller in (ours, theirs))

    assert (told.status_code, told.json["type"]) == (404, "/problems/order_deleted")
    assert "secret" not in told.text
    assert (untold.status_code, untold.json["type"]) == (404, "/problems/not_found")


def test_a_command_on_what_somebody_has_just_deleted_finds_nothing(shop: Shop) -> None:
    from fulfillment.kernel.errors import NotFound

    with pytest.raises(NotFound):
        shop.holds(4711)


def test_every_table_of_orders_is_emptied_or_kept_on_purpose() -> None:
    of_orders = {
        table.name
        for table in Base.metadata.tables.values()
        if "order_id" in table.columns
        or any(key.column.table.name == "purchase_order" and key.ondelete != "CASCADE" for key in table.foreign_keys)
    }

    assert of_orders - {"dispatch"} == {*ROWS_OF_AN_ORDER, *KEPT}
