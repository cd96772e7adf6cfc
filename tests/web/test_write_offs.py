"""Goods have left and their capture was refused: it is tried again, paid otherwise, or given up with a reason."""

import pytest
from api_client import Api, Caller, pence
from builders import Shop, broken, one, rows, work_off
from explaining import Desk
from fakes.gateway import Operation

from fulfillment.payments.gateway.port import TransactionKind


@pytest.fixture
def desk(api: Api, shop: Shop) -> Desk:
    return Desk(api, shop)


@pytest.fixture
def number(shop: Shop) -> str:
    """An order of two mugs at 10.00 that was shipped, and whose capture the gateway refused."""
    shop.sells("MUG", price=1000, A=5)
    placed = shop.up_to("packing", ("MUG", 2))
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)
    return placed.number


def test_what_is_given_up_is_not_due_any_more(shop: Shop, admin: Caller, desk: Desk, number: str) -> None:
    path = f"/v1/orders/{number}/write-offs"
    beyond = admin.post(path, {"amount": pence(2001), "reason": "too much"})
    part = admin.post(path, {"amount": pence(500), "reason": "a part of it"})
    assert "capture_failed" in desk.codes(number)

    rest = desk.action(number, "write_off")
    assert rest["refused"] is None
    given_up = desk.sends(rest["call"])
    work_off(shop.services)

    assert (beyond.status_code, beyond.json["guard"], beyond.json["most"]) == (409, "over_write_off", 2000)
    assert (part.status_code, given_up.status_code) == (200, 200)
    order = admin.get(f"/v1/orders/{number}").json
    assert (order["amounts"]["written_off"], order["amounts"]["authorized"]) == (pence(2000), pence(0))
    assert shop.gateway.moved(Operation.VOID) == [2000]
    assert shop.gateway.moved(Operation.CAPTURE) == []
    assert rows(shop.services, "SELECT * FROM dispatch") == []
    explained = desk.explains(number)
    assert (explained["motion"], explained["blockers"]) == ("done", [])
    told = [each["detail"] for each in admin.get(f"/v1/orders/{number}/timeline").json["entries"]]
    assert {"amount": 1500, "reason": "the customer cannot be reached"} in told
    assert admin.post(path, {"reason": "once more"}).json["guard"] == "nothing_owed"
    assert broken(shop.services) == {}


@pytest.mark.rule("PY7")
def test_it_may_be_paid_otherwise_after_it_was_completed(shop: Shop, csr: Caller, desk: Desk, number: str) -> None:
    paid = csr.post(f"/v1/orders/{number}/payments", {"method": "manual", "received_as": "cash"})
    again = csr.post(f"/v1/orders/{number}/payments", {"method": "manual"})
    work_off(shop.services)

    assert (paid.status_code, paid.json["amount"]) == (201, pence(2000))
    assert (again.status_code, again.json["guard"]) == (409, "order_closed")
    assert one(shop.services, "SELECT status, payment_status FROM purchase_order") == ("completed", "paid")
    assert shop.gateway.moved(Operation.VOID) == [2000]
    assert rows(shop.services, "SELECT * FROM dispatch") == []
    assert desk.explains(number)["motion"] == "done"
    assert broken(shop.services) == {}


def test_where_nothing_is_left_to_take_the_explanation_asks_for_other_money(
    shop: Shop, csr: Caller, desk: Desk, number: str
) -> None:
    assert desk.blocker(number, "capture_failed")["call"]["path"].startswith("/v1/dead-letters/")
    shop.gateway.at_desk(TransactionKind.VOID, one(shop.services, "SELECT reference FROM payment"), 2000)
    csr.post(f"/v1/orders/{number}/payments/sync")

    found = desk.blocker(number, "capture_failed")
    assert (found["call"]["path"], found["who"]) == (f"/v1/orders/{number}/payments", ["csr", "admin"])
    desk.follows(number, "capture_failed")

    assert (desk.explains(number)["motion"], rows(shop.services, "SELECT * FROM dispatch")) == ("done", [])
