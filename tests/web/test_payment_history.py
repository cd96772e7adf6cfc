"""The current status and the whole history of payments: attempts, ledger, chargebacks, syncs; and limits of keys."""

import pytest
from api_client import Api, Caller, contents, pence
from builders import Shop, one, work_off

from fulfillment.access.models import Role
from fulfillment.payments.gateway import TransactionKind


@pytest.mark.rule("PY2")
@pytest.mark.rule("PY6")
def test_a_payment_shows_its_status_and_all_that_happened_to_it(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=1000, A=5)
    placed = shop.places(("MUG", 2), tokens=())
    hand, card = shop.adds_payment(placed.id, token=None, amount=500), shop.adds_payment(placed.id)
    work_off(shop.services)
    path = f"/v1/payments/{card}"
    assert csr.get(path).json["status"] == "authorized"
    shop.captures(card, 1000)
    work_off(shop.services)
    assert csr.get(path).json["status"] == "partially_captured"
    reference = one(shop.services, "SELECT reference FROM payment WHERE id = :id", id=card)
    refund = shop.gateway.at_desk(TransactionKind.REFUND, reference, 100)
    csr.post(f"/v1/orders/{placed.number}/payments/sync")
    made = csr.post(f"{path}/chargebacks", {"amount": pence(300), "reason": "not as described"}).json

    found = csr.get(path).json

    assert (found["status"], found["open"], found["kept"]) == ("charged_back", pence(500), pence(600))
    assert [(each["kind"], each["credit"], each["debit"], each["amount"]) for each in found["ledger"]] == [
        ("authorize", "customer", "open", pence(1500)),
        ("capture", "open", "taken", pence(1000)),
        ("refund", "taken", "customer", pence(100)),
        ("chargeback", "taken", "customer", pence(300)),
    ]
    assert [each["attempt_id"] for each in found["ledger"][:3]] == [each["id"] for each in found["transactions"]]
    assert found["chargebacks"] == [made]
    [synced] = found["syncs"]
    assert [(each["what"], each["reference"], each["amount"]) for each in synced["applied"]] == [
        ("refund", refund.reference, pence(100))
    ]
    assert found["differences"] == []
    order = csr.get(f"/v1/orders/{placed.number}/payments").json
    assert [each["id"] for each in order["payments"]] == [hand, card]
    assert order["payment_status"] == "charged_back"
    assert order["books"] == {
        "authorized": pence(1500),
        "captured": pence(1000),
        "voided": pence(0),
        "expired": pence(0),
        "open": pence(500),
        "manual": pence(500),
        "credited": pence(0),
        "refunded": pence(100),
        "charged_back": pence(300),
        "exchanged": pence(0),
        "kept": pence(1100),
    }


def test_a_limit_counts_what_was_asked_of_one_order_in_a_day(shop: Shop, api: Api) -> None:
    shop.sells("MUG", price=1000, A=9)
    bounded, other = api.caller(Role.CSR, refund_limit=500), api.caller(Role.CSR, refund_limit=500, name="other")
    first, second = (shop.payments(shop.up_to("shipped", ("MUG", 2)).id)[0] for _ in range(2))

    def refunds(caller: Caller, payment: int, amount: int) -> tuple[int, object]:
        answer = caller.post(f"/v1/payments/{payment}/refunds", {"amount": pence(amount), "reason": "late"})
        work_off(shop.services)
        return answer.status_code, answer.json.get("asked_before")

    assert refunds(bounded, first, 300) == (202, None)
    shop.gateway.will("refuse")
    assert refunds(bounded, first, 200) == (202, None)
    before = contents(shop.services)
    assert refunds(bounded, first, 201) == (403, pence(300))  # What the gateway refused does not count.
    assert contents(shop.services) == before
    assert refunds(bounded, second, 500) == (202, None)
    assert refunds(other, first, 500) == (202, None)
    shop.clock.forward(hours=24)
    assert refunds(bounded, first, 500) == (202, None)
