"""Sync Payments by customer service: see what is otherwise at the gateway, and take it over."""

from dataclasses import replace
from typing import Any

import pytest
from api_client import Api, Caller, contents, pence
from builders import Shop, broken, one
from explaining import Desk

from fulfillment.access.models import Role
from fulfillment.payments.gateway import TransactionKind

pytestmark = pytest.mark.rule("PY3")


@pytest.fixture
def order(shop: Shop) -> dict[str, Any]:
    """An order of two mugs at 10.00, authorized; its payment, and that one's reference at the gateway."""
    shop.sells("MUG", price=1000, A=10)
    placed = shop.up_to("assigned", ("MUG", 2))
    [payment] = shop.payments(placed.id)
    reference = one(shop.services, "SELECT reference FROM payment WHERE id = :id", id=payment)
    return {"number": placed.number, "payment": payment, "reference": reference}


def test_shows_the_difference_first_and_then_does_exactly_that(shop: Shop, csr: Caller, order: dict[str, Any]) -> None:
    path = f"/v1/orders/{order['number']}/payments/sync"
    captured = shop.gateway.at_desk(TransactionKind.CAPTURE, order["reference"], 1200)
    more = shop.gateway.at_desk(TransactionKind.AUTHORIZE, order["reference"], 300)
    version = csr.get(f"/v1/orders/{order['number']}").json["version"]
    before = contents(shop.services)

    shown = csr.post(f"{path}?dry_run=true").json
    assert contents(shop.services) == before
    done = csr.post(path, headers={"Plan-Token": shown["token"]})

    assert shown["plan"]["money"] == [{"kind": "capture", "payment_id": order["payment"], "amount": pence(1200)}]
    assert [(each["guard"], each["remedy"]) for each in shown["plan"]["refused"]] == [
        ("payments_differ", "void there what the order does not need")
    ]
    assert done.status_code == 200, done.text
    assert done.json["payments"] == [{"payment_id": order["payment"], "compared": True, "code": None}]
    names = ("kind", "what", "reference", "amount", "applied")
    assert [tuple(each[name] for name in names) for each in done.json["differences"]] == [
        ("done_elsewhere", "capture", captured.reference, pence(1200), True),
        ("authorized_elsewhere", "authorize", more.reference, pence(300), False),
    ]
    shown_order = csr.get(f"/v1/orders/{order['number']}").json
    assert (shown_order["payment_status"], shown_order["version"]) == ("partially_paid", version + 1)
    [entry] = [
        each
        for each in csr.get(f"/v1/orders/{order['number']}/timeline").json["entries"]
        if each["verb"] == "sync_payments"
    ]
    assert [each["amount"] for each in entry["detail"]["applied"]] == [1200]
    assert broken(shop.services) == {}


def test_a_plan_is_not_carried_out_when_the_gateway_has_gone_on(shop: Shop, csr: Caller, order: dict[str, Any]) -> None:
    path = f"/v1/orders/{order['number']}/payments/sync"
    shop.gateway.at_desk(TransactionKind.CAPTURE, order["reference"], 1200)
    token = csr.post(f"{path}?dry_run=true").json["token"]
    shop.gateway.at_desk(TransactionKind.REFUND, order["reference"], 200)
    before = contents(shop.services)

    answer = csr.post(path, headers={"Plan-Token": token})

    assert (answer.status_code, answer.json["guard"]) == (409, "plan")
    assert [each["kind"] for each in answer.json["plan"]["money"]] == ["capture", "refund"]
    assert contents(shop.services) == before


def test_finds_nothing_and_writes_nothing_where_both_say_the_same(
    shop: Shop, csr: Caller, order: dict[str, Any]
) -> None:
    version = csr.get(f"/v1/orders/{order['number']}").json["version"]

    answer = csr.post(f"/v1/orders/{order['number']}/payments/sync")

    assert (answer.status_code, answer.json["differences"]) == (200, [])
    assert csr.get(f"/v1/orders/{order['number']}").json["version"] == version
    assert csr.post("/v1/orders/PO-of-nobody/payments/sync").status_code == 404


def test_says_that_the_gateway_could_not_be_asked(shop: Shop, csr: Caller, order: dict[str, Any]) -> None:
    shop.gateway.is_deaf = True
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{order['number']}/payments/sync")

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/gateway_unreachable")
    assert contents(shop.services) == before


def test_an_explanation_names_what_is_left_and_the_call_that_ends_it(
    api: Api, shop: Shop, order: dict[str, Any]
) -> None:
    desk = Desk(api, shop)
    shop.gateway.at_desk(TransactionKind.AUTHORIZE, order["reference"], 300)
    desk.keys[Role.CSR].post(f"/v1/orders/{order['number']}/payments/sync")

    blocker = desk.blocker(order["number"], "payments_differ")

    assert blocker["reason"].endswith("authorized elsewhere")
    assert blocker["evidence"]["amount"] == pence(300)
    history = shop.gateway.histories[order["reference"]]
    shop.gateway.histories[order["reference"]] = replace(history, transactions=history.transactions[:1])
    desk.follows(order["number"], "payments_differ")
