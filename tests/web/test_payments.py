"""Payments over HTTP: read, add, capture, refund, void."""

from typing import Any

import pytest
from api_client import Api, Caller, a_checkout, contents, pence
from builders import Shop, work_off

from fulfillment.access.models import Role


@pytest.fixture
def paid(shop: Shop) -> dict[str, Any]:
    """An order of two mugs at 10.00, authorized; and its payment."""
    shop.sells("MUG", price=1000, A=10)
    placed = shop.up_to("assigned", ("MUG", 2))
    return {"number": placed.number, "id": placed.id, "payment": shop.payments(placed.id)[0]}


def _asked(caller: Caller, path: str, body: dict[str, Any], shop: Shop) -> dict[str, Any]:
    """Ask, let the workers work, and give the operation."""
    answer = caller.post(path, body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/operations/{answer.json['id']}"
    work_off(shop.services)
    found: dict[str, Any] = caller.get(answer.headers["Location"]).json
    return found


@pytest.mark.rule("PY2")
@pytest.mark.rule("PY4")
def test_a_capture_takes_a_part_and_then_the_rest(shop: Shop, csr: Caller, paid: dict[str, Any]) -> None:
    path = f"/v1/payments/{paid['payment']}"

    part = _asked(csr, f"{path}/captures", {"amount": pence(500)}, shop)
    rest = _asked(csr, f"{path}/captures", {}, shop)
    beyond = csr.post(f"{path}/captures", {"amount": pence(1)})

    assert [operation["status"] for operation in (part, rest)] == ["succeeded", "succeeded"]
    assert (beyond.status_code, beyond.json["guard"]) == (409, "over_capture")
    payment = csr.get(path).json
    assert (payment["captured"], payment["capture_pending"]) == (pence(2000), pence(0))
    assert [(each["kind"], each["amount"], each["status"]) for each in payment["transactions"]] == [
        ("authorize", pence(2000), "succeeded"),
        ("capture", pence(500), "succeeded"),
        ("capture", pence(1500), "succeeded"),
    ]
    assert csr.get(f"/v1/orders/{paid['number']}").json["payment_status"] == "paid"


def test_a_refund_gives_what_was_paid_for_the_pieces(shop: Shop, csr: Caller, paid: dict[str, Any]) -> None:
    path = f"/v1/payments/{paid['payment']}"
    _asked(csr, f"{path}/captures", {}, shop)
    [line] = csr.get(f"/v1/orders/{paid['number']}").json["shipments"][0]["lines"]

    refund = _asked(
        csr, f"{path}/refunds", {"lines": [{"line_id": line["id"], "quantity": 1}], "reason": "broken"}, shop
    )
    too_many = csr.post(f"{path}/refunds", {"lines": [{"line_id": line["id"], "quantity": 2}], "reason": "broken"})
    strange = csr.post(f"{path}/refunds", {"lines": [{"line_id": 1, "quantity": 1}], "reason": "broken"})

    assert refund["result"]["amount"] == 1000
    assert (too_many.status_code, too_many.json["guard"]) == (409, "over_refund")
    assert strange.status_code == 404
    order = csr.get(f"/v1/orders/{paid['number']}").json
    assert (order["payment_status"], order["amounts"]["refunded"]) == ("partially_refunded", pence(1000))
    assert order["shipments"][0]["lines"][0]["refunded_quantity"] == 1


def test_a_void_gives_back_what_is_authorized(shop: Shop, csr: Caller, paid: dict[str, Any]) -> None:
    path = f"/v1/payments/{paid['payment']}"

    assert _asked(csr, f"{path}/voids", {}, shop)["status"] == "succeeded"

    assert csr.get(path).json["voided"] == pence(2000)
    assert csr.post(f"{path}/voids").json["guard"] == "nothing_open"


@pytest.mark.parametrize("body", [{"amount": pence(501)}, {}])
@pytest.mark.rule("PY4")
def test_nobody_moves_more_than_the_key_may(shop: Shop, api: Api, paid: dict[str, Any], body: dict[str, Any]) -> None:
    bounded = api.caller(Role.CSR, refund_limit=500)
    path = f"/v1/payments/{paid['payment']}"
    before = contents(shop.services)

    refused = bounded.post(f"{path}/captures", body)

    assert (refused.status_code, refused.json["guard"]) == (403, "refund_limit")
    assert contents(shop.services) == before
    assert bounded.post(f"{path}/captures", {"amount": pence(500)}).status_code == 202


def test_nobody_pays_back_more_than_the_key_may(shop: Shop, api: Api, csr: Caller, paid: dict[str, Any]) -> None:
    bounded = api.caller(Role.CSR, refund_limit=500)
    path = f"/v1/payments/{paid['payment']}"
    _asked(csr, f"{path}/captures", {}, shop)
    before = contents(shop.services)

    some, everything = ({"amount": pence(501), "reason": "x"}, {"reason": "x"})
    refused = [bounded.post(f"{path}/refunds", body) for body in (some, everything)]

    assert [(each.status_code, each.json["guard"]) for each in refused] == [(403, "refund_limit")] * 2
    assert contents(shop.services) == before
    assert bounded.post(f"{path}/refunds", {"amount": pence(500), "reason": "x"}).status_code == 202


def test_an_administrator_has_no_limit(shop: Shop, api: Api, paid: dict[str, Any]) -> None:
    admin = api.caller(Role.ADMIN, refund_limit=1)

    assert admin.post(f"/v1/payments/{paid['payment']}/captures", {}).status_code == 202


def test_another_card_may_be_tried_after_a_decline(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000, A=10)
    declined = a_checkout(payments=[{"method": "card", "token": "tok_declined"}])
    number = storefront.post("/v1/checkouts", declined).json["number"]
    work_off(shop.services)
    assert storefront.get(f"/v1/orders/{number}").json["payment_status"] == "declined"

    operation = _asked(storefront, f"/v1/orders/{number}/payments", {"method": "card", "token": "tok_ok"}, shop)

    assert operation["status"] == "succeeded"
    first, second = storefront.get(f"/v1/orders/{number}/payments").json["payments"]
    assert (first["declined"], second["declined"]) == ("card_declined", None)
    assert second["authorized"] == pence(1000)


def test_a_declined_card_is_a_refused_operation(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    number = storefront.post("/v1/checkouts", a_checkout(payments=[])).json["number"]

    operation = _asked(storefront, f"/v1/orders/{number}/payments", {"method": "card", "token": "tok_declined"}, shop)

    assert (operation["status"], operation["problems"][0]["guard"]) == ("refused", "card_declined")


@pytest.mark.rule("PY7")
@pytest.mark.rule("OL3")
def test_money_received_by_hand_counts_at_once_and_a_storefront_receives_none(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=1000, A=1)
    number = storefront.post("/v1/checkouts", a_checkout(payments=[{"method": "manual"}])).json["number"]

    refused = storefront.post(f"/v1/orders/{number}/payments", {"method": "manual"})
    part = csr.post(f"/v1/orders/{number}/payments", {"method": "manual", "amount": pence(400)})
    beyond = csr.post(f"/v1/orders/{number}/payments", {"method": "manual", "amount": pence(601)})
    rest = csr.post(f"/v1/orders/{number}/payments", {"method": "manual"}, key="rest")
    again = csr.post(f"/v1/orders/{number}/payments", {"method": "manual"}, key="rest")

    assert refused.status_code == 403
    assert (part.status_code, part.json["captured"]) == (201, pence(400))
    assert part.headers["Location"] == f"/v1/payments/{part.json['id']}"
    assert (beyond.status_code, beyond.json["missing"]) == (409, 600)
    assert (rest.status_code, rest.json["amount"]) == (201, pence(600))
    assert again.json == rest.json
    work_off(shop.services)
    order = csr.get(f"/v1/orders/{number}").json
    assert (order["payment_status"], order["shipments"][0]["status"]) == ("paid", "inventory_assigned")


def test_another_currency_is_refused(shop: Shop, csr: Caller, paid: dict[str, Any]) -> None:
    before = contents(shop.services)
    euros = {"amount": {"amount": 1, "currency": "EUR"}}

    answers = [
        csr.post(f"/v1/payments/{paid['payment']}/captures", euros),
        csr.post(f"/v1/payments/{paid['payment']}/refunds", euros | {"reason": "x"}),
        csr.post(f"/v1/orders/{paid['number']}/payments", euros | {"method": "manual"}),
    ]

    assert [(each.status_code, each.json["type"]) for each in answers] == [(422, "/problems/currency_mismatch")] * 3
    assert contents(shop.services) == before


def test_a_payment_that_does_not_exist_is_not_found(csr: Caller) -> None:
    assert csr.get("/v1/payments/999").status_code == 404
    for verb, body in (("captures", {}), ("voids", {}), ("refunds", {"reason": "x"})):
        assert csr.post(f"/v1/payments/999/{verb}", body).status_code == 404
