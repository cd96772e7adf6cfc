"""Pay-outs: money received by hand goes back by hand, as a task that somebody confirms or gives up."""

from typing import Any

import pytest
from api_client import Api, Caller, a_checkout, pence
from builders import Shop, broken, one, rows, work_off
from explaining import Desk

pytestmark = pytest.mark.rule("PY7")


@pytest.fixture
def desk(api: Api, shop: Shop) -> Desk:
    return Desk(api, shop)


@pytest.fixture
def order(shop: Shop, csr: Caller, storefront: Caller) -> dict[str, Any]:
    """Two mugs at 10.00, paid by bank transfer."""
    shop.sells("MUG", price=1000, A=5)
    lines = [{"sku": "MUG", "quantity": 2}]
    number = storefront.post("/v1/checkouts", a_checkout(lines=lines, payments=[{"method": "manual"}])).json["number"]
    body = {"method": "manual", "received_as": "bank_transfer", "reference": "BACS 4711"}
    payment = csr.post(f"/v1/orders/{number}/payments", body).json
    assert (payment["received_as"], payment["reference"], payment["captured"]) == (
        "bank_transfer",
        "BACS 4711",
        pence(2000),
    )
    work_off(shop.services)
    found: dict[str, Any] = csr.get(f"/v1/orders/{number}").json
    return {
        "number": number,
        "payment": payment["id"],
        "id": one(shop.services, "SELECT id FROM purchase_order"),
        "shipments": found["shipments"],
    }


def test_a_refund_becomes_a_task_that_is_confirmed_with_a_mail(
    shop: Shop, csr: Caller, desk: Desk, order: dict[str, Any]
) -> None:
    path = f"/v1/payments/{order['payment']}"
    line = order["shipments"][0]["lines"][0]["id"]

    body = {"lines": [{"line_id": line, "quantity": 1}], "reason": "broken"}
    foreseen = csr.post(f"{path}/refunds?dry_run=true", body)
    asked = csr.post(f"{path}/refunds", body)
    beyond = csr.post(f"{path}/refunds", {"amount": pence(1001), "reason": "too much"})
    work_off(shop.services)

    assert foreseen.json["plan"]["money"] == [
        {"kind": "pay_out", "payment_id": order["payment"], "amount": pence(1000)}
    ]
    assert (asked.status_code, asked.json["status"], asked.json["result"]["attempts"][0]["by_hand"]) == (
        202,
        "succeeded",
        True,
    )
    assert (beyond.status_code, beyond.json["most"]) == (409, 1000)
    assert beyond.json["remedy"] == "ask for more than nothing, and at most 10.00 GBP"
    made = asked.json["result"]["attempts"][0]
    assert made["outcome"] == f"/v1/payment-attempts/{made['attempt_id']}/outcome"
    shown = csr.get(f"/v1/payment-attempts/{made['attempt_id']}").json
    assert (shown["status"], shown["amount"], shown["decided_at"]) == ("by_hand", pence(1000), None)
    assert shown["lines"] == [{"line_id": line, "quantity": 1}]
    [task] = csr.get("/v1/payment-attempts", status="by_hand").json["attempts"]
    assert (task["order"], task["amount"], task["received_as"], task["payment_reference"], task["reason"]) == (
        order["number"],
        pence(1000),
        "bank_transfer",
        "BACS 4711",
        "broken",
    )
    assert "payout_due" in desk.codes(order["number"])
    assert csr.get(path).json["refund_pending"] == pence(1000)
    assert not any("efund" in mail for mail in shop.mails())
    assert broken(shop.services) == {}
    version = csr.get(f"/v1/orders/{order['number']}").json["version"]

    outcome = f"/v1/payment-attempts/{task['id']}/outcome"
    paid_out = {"outcome": "succeeded", "note": "sent from the bank", "reference": "BACS 99"}
    done = csr.post(outcome, paid_out)
    again = csr.post(outcome, paid_out)
    work_off(shop.services)

    assert (done.status_code, done.json["refunded"], done.json["refund_pending"]) == (200, pence(1000), pence(0))
    [refund] = done.json["transactions"]
    assert (refund["status"], refund["reference"], refund["message"]) == ("succeeded", "BACS 99", "sent from the bank")
    assert (again.status_code, again.json["type"]) == (409, "/problems/decided")
    assert len([mail for mail in shop.mails() if "efund" in mail]) == 1
    assert csr.get(f"/v1/orders/{order['number']}").json["version"] == version + 1
    assert shop.gateway.sent == []
    assert broken(shop.services) == {}


@pytest.mark.rule("OL11")
@pytest.mark.rule("OL12")
@pytest.mark.rule("PY5")
@pytest.mark.parametrize("told", [True, False])
def test_a_canceled_order_waits_for_its_pay_out_and_tells_who_was_told_of_the_cancellation(
    shop: Shop, csr: Caller, desk: Desk, order: dict[str, Any], *, told: bool
) -> None:
    body = {"reason": "changed their mind", "notify_customer": told}
    assert csr.post(f"/v1/orders/{order['number']}/cancellation", body).status_code == 200
    work_off(shop.services)

    assert (desk.codes(order["number"]), desk.explains(order["number"])["motion"]) == (["payout_due"], "blocked")
    assert broken(shop.services) == {}
    desk.follows(order["number"], "payout_due", "csr")

    assert shop.order(order["id"]) == ("canceled", "refunded")
    assert desk.explains(order["number"])["motion"] == "done"
    assert len([mail for mail in shop.mails() if "efund" in mail]) == int(told)
    assert broken(shop.services) == {}


def test_one_that_is_given_up_leaves_the_money_kept_and_can_be_asked_for_again(
    shop: Shop, csr: Caller, desk: Desk, order: dict[str, Any]
) -> None:
    csr.post(f"/v1/orders/{order['number']}/cancellation", {"reason": "fraud", "notify_customer": False})
    work_off(shop.services)
    attempt = one(shop.services, "SELECT id FROM payment_attempt")

    given_up = csr.post(f"/v1/payment-attempts/{attempt}/outcome", {"outcome": "failed", "note": "account closed"})
    work_off(shop.services)

    assert (given_up.status_code, given_up.json["refunded"], given_up.json["refund_pending"]) == (
        200,
        pence(0),
        pence(0),
    )
    assert desk.codes(order["number"]) == ["refund_open"]
    assert broken(shop.services) == {}
    desk.follows(order["number"], "refund_open", "csr")
    assert desk.codes(order["number"]) == ["payout_due"]
    assert rows(shop.services, "SELECT status FROM payment_attempt ORDER BY id") == [("failed",), ("by_hand",)]


def test_an_edit_that_makes_the_order_cheaper_is_paid_out(shop: Shop, csr: Caller, order: dict[str, Any]) -> None:
    found = csr.get(f"/v1/orders/{order['number']}")
    line = found.json["shipments"][0]["lines"][0]["id"]
    edited = csr.send(
        "PATCH",
        f"/v1/orders/{order['number']}",
        json={"lines": [{"id": line, "quantity": 1}]},
        headers={"If-Match": found.headers["ETag"]},
    )
    work_off(shop.services)

    assert edited.status_code == 200, edited.text
    [task] = csr.get("/v1/payment-attempts").json["attempts"]
    assert (task["amount"], task["reason"]) == (pence(1000), "reduced")
    assert broken(shop.services) == {}


def test_a_split_payment_goes_back_by_both_ways_the_newest_first(shop: Shop, csr: Caller, desk: Desk) -> None:
    shop.sells("CUP", price=1000, A=5)
    placed = shop.places(("CUP", 2), tokens=())
    hand, card = shop.adds_payment(placed.id, token=None, amount=500), shop.adds_payment(placed.id, amount=1500)
    work_off(shop.services)
    shop.captures(card)
    work_off(shop.services)

    csr.post(f"/v1/orders/{placed.number}/refunds", {"amount": pence(1800), "reason": "late"})
    work_off(shop.services)

    assert rows(
        shop.services, "SELECT payment_id, amount, status FROM payment_attempt WHERE kind = 'refund' ORDER BY id"
    ) == [
        (card, 1500, "succeeded"),
        (hand, 300, "by_hand"),
    ]
    assert broken(shop.services) == {}


def test_what_a_card_cannot_say_is_refused(csr: Caller, order: dict[str, Any]) -> None:
    path = f"/v1/orders/{order['number']}/payments"

    for wrong in (
        {"method": "card", "token": "tok_ok", "received_as": "cash"},
        {"method": "manual", "reference": "no kind"},
        {"method": "manual", "received_as": "shells"},
    ):
        assert csr.post(path, wrong).status_code == 422
