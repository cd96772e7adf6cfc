"""Markets over HTTP: changed by administrators; their hold rules and payment methods count as an order is placed."""

from typing import Any

import pytest
from api_client import ADDRESS, Caller, a_checkout, contents, pence
from builders import Shop, broken, one, rows, work_off

HULL = {**ADDRESS, "line1": "9 Dock", "city": "Hull"}
RULES: list[dict[str, Any]] = [
    {"kind": "total_over", "amount": 5000, "reason": "verify payment"},
    {"kind": "addresses_differ", "reason": "verify address"},
    {"kind": "quantity_over", "quantity": 9, "reason": "verify payment"},
    {"kind": "email_domain", "domains": ["Mail.example"], "reason": "verify customer"},
]


def _set(admin: Caller, **changes: Any) -> None:
    assert admin.change("PATCH", "/v1/markets/DE", changes).status_code == 200


@pytest.mark.rule("ST6")
def test_a_market_is_changed_by_what_is_sent_alone(shop: Shop, admin: Caller, csr: Caller, storefront: Caller) -> None:
    before = csr.get("/v1/markets/DE").json

    answer = admin.change("PATCH", "/v1/markets/DE", {"tax_rate": 1900, "hold_rules": RULES})

    assert answer.status_code == 200
    stored = [*RULES[:3], {**RULES[3], "domains": ["mail.example"]}]
    assert answer.json == {**before, "tax_rate": 1900, "hold_rules": stored}
    assert csr.get("/v1/markets/DE").json == answer.json
    assert storefront.get("/v1/markets/DE").json == {**answer.json, "hold_rules": []}
    assert csr.get("/v1/markets/UK").json["tax_rate"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("DE", {}, 422),
        ("DE", {"currency": "EUR"}, 422),
        ("DE", {"name": None}, 422),
        ("DE", {"tax_rate": 10_001}, 422),
        ("DE", {"payment_methods": ["cash"]}, 422),
        ("DE", {"payment_methods": ["card", "card"]}, 422),
        ("DE", {"hold_rules": [{"kind": "total_over", "reason": "x"}]}, 422),
        ("DE", {"hold_rules": [{"kind": "full_moon", "reason": "x"}]}, 422),
        ("FR", {"tax_rate": 1}, 404),
    ],
)
def test_what_a_market_cannot_be_is_refused(
    shop: Shop, admin: Caller, path: str, body: dict[str, Any], status: int
) -> None:
    before = contents(shop.services)

    assert admin.change("PATCH", f"/v1/markets/{path}", body).status_code == status
    assert contents(shop.services) == before


@pytest.mark.rule("OL7")
def test_an_order_that_rules_name_is_held_as_it_is_placed(
    shop: Shop, admin: Caller, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=600, A=20)
    _set(admin, hold_rules=RULES, releases_automatically=True)
    body = a_checkout(("MUG", 10), bill_to=HULL, customer={"name": "Eve", "email": "eve@MAIL.example"})

    placed = storefront.post("/v1/checkouts", body)
    work_off(shop.services)

    number = placed.json["number"]
    order = csr.get(f"/v1/orders/{number}").json
    assert (placed.json["status"], order["status"]) == ("on_hold", "on_hold")
    reasons = ["verify payment", "verify address", "verify customer"]
    assert [(each["reason"], each["opened_by"]) for each in order["holds"]] == [
        (reason, "hold rules of market DE") for reason in reasons
    ]
    timeline = csr.get(f"/v1/orders/{number}/timeline").json["entries"]
    held = [entry for entry in timeline if entry["verb"] == "hold"]
    assert [entry["detail"]["rules"] for entry in held] == [
        ["total_over", "quantity_over"],
        ["addresses_differ"],
        ["email_domain"],
    ]
    assert {entry["parent_id"] for entry in held} == {
        next(entry["id"] for entry in timeline if entry["verb"] == "place")
    }
    assert [each["status"] for each in order["shipments"]] == ["inventory_assigned"]
    assert broken(shop.services) == {}

    for hold in order["holds"]:
        csr.post(f"/v1/orders/{number}/holds/{hold['id']}/release", {})
    work_off(shop.services)
    assert [each["status"] for each in csr.get(f"/v1/orders/{number}").json["shipments"]] == ["released"]


def test_an_order_that_no_rule_names_goes_on(shop: Shop, admin: Caller, storefront: Caller) -> None:
    shop.sells("MUG", price=500, A=20)
    _set(admin, hold_rules=RULES)
    same_place = {**ADDRESS, "name": "Bo's Mother", "line1": "2  QUAY"}

    placed = storefront.post("/v1/checkouts", a_checkout(("MUG", 9), bill_to=same_place))

    assert (placed.status_code, placed.json["status"]) == (202, "in_progress")
    assert rows(shop.services, "SELECT id FROM hold") == []


def test_rules_that_come_later_leave_orders_alone(shop: Shop, admin: Caller, storefront: Caller) -> None:
    shop.sells("MUG", price=6000, A=20)
    storefront.post("/v1/checkouts", a_checkout(("MUG", 1)))

    _set(admin, hold_rules=RULES)

    assert one(shop.services, "SELECT open_holds FROM purchase_order") == 0


@pytest.mark.rule("PY1")
def test_a_payment_is_made_by_a_method_of_the_market(
    shop: Shop, admin: Caller, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=600, A=20)
    _set(admin, payment_methods=["manual"])
    before = contents(shop.services)

    refused = storefront.post("/v1/checkouts", a_checkout(("MUG", 1)))

    assert (refused.status_code, refused.json["type"]) == (422, "/problems/payment_method_unavailable")
    assert (refused.json["guard"], refused.json["remedy"]) == ("payment_method_available", "choose one of: manual")
    assert contents(shop.services) == before

    number = storefront.post("/v1/checkouts", a_checkout(("MUG", 1), payments=[])).json["number"]
    before = contents(shop.services)
    by_card = csr.post(f"/v1/orders/{number}/payments", {"method": "card", "token": "tok_ok", "amount": pence(600)})
    assert (by_card.status_code, by_card.json["type"]) == (422, "/problems/payment_method_unavailable")
    assert contents(shop.services) == before

    by_hand = csr.post(f"/v1/orders/{number}/payments", {"method": "manual", "amount": pence(600)})
    assert by_hand.status_code in (200, 201)
    assert csr.get(f"/v1/orders/{number}").json["payment_status"] == "paid"
