"""A storefront hands in an authorization that it made itself: taken over where it fits, and never twice."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import Api, Caller, a_checkout, contents, pence
from builders import Shop, broken, hasten, one, rows, work_off
from fakes.gateway import Operation
from racing import at_once

from fulfillment.access.models import Role
from fulfillment.payments.gateway import TransactionKind


def paid_by(reference: str, **more: Any) -> dict[str, Any]:
    return a_checkout(payments=[{"method": "card", "reference": reference, **more}])


def decided(shop: Shop, storefront: Caller, checkout: dict[str, Any]) -> dict[str, Any]:
    answer = storefront.post("/v1/checkouts", checkout)
    assert answer.status_code == 202, answer.text
    work_off(shop.services)
    order: dict[str, Any] = storefront.get(f"/v1/orders/{answer.json['number']}").json
    return order


@pytest.fixture(autouse=True)
def _mugs(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=10)


def test_it_pays_for_the_order_and_nothing_is_authorized_again(shop: Shop, storefront: Caller, csr: Caller) -> None:
    reference = shop.gateway.authorize_elsewhere(1000, "GBP", "cart-7")

    order = decided(shop, storefront, paid_by(reference))

    assert order["payment_status"] == "authorized"
    assert shop.gateway.sent == []
    [payment] = csr.get(f"/v1/orders/{order['number']}/payments").json["payments"]
    assert payment["authorized"] == pence(1000)
    order_id = one(shop.services, "SELECT id FROM purchase_order")
    shop.brings(order_id, "shipped")
    work_off(shop.services)
    assert [(each.operation, each.reference) for each in shop.gateway.sent] == [(Operation.CAPTURE, reference)]
    assert csr.post(f"/v1/orders/{order['number']}/payments/sync").json["differences"] == []
    assert broken(shop.services) == {}


@pytest.mark.parametrize(
    ("amount", "currency", "then", "code"),
    [
        (999, "GBP", None, "amount_mismatch"),
        (1001, "GBP", None, "amount_mismatch"),
        (1000, "EUR", None, "amount_mismatch"),
        (1000, "GBP", TransactionKind.VOID, "authorization_used"),
        (1000, "GBP", TransactionKind.CAPTURE, "authorization_used"),
        (None, "GBP", None, "no_such_authorization"),
    ],
)
def test_one_that_does_not_fit_is_declined_and_says_why(
    shop: Shop, storefront: Caller, amount: int | None, currency: str, then: TransactionKind | None, code: str
) -> None:
    reference = "auth_of_nobody" if amount is None else shop.gateway.authorize_elsewhere(amount, currency)
    if then is not None:
        shop.gateway.at_desk(then, reference, 1000)

    order = decided(shop, storefront, paid_by(reference))

    assert order["payment_status"] == "declined"
    assert rows(shop.services, "SELECT declined, authorized FROM payment") == [(code, 0)]
    assert shop.gateway.sent == []
    assert broken(shop.services) == {}


def test_one_that_we_made_ourselves_for_another_order_is_declined(shop: Shop, storefront: Caller) -> None:
    decided(shop, storefront, a_checkout())
    ours = one(shop.services, "SELECT reference FROM payment")

    order = decided(shop, storefront, paid_by(ours))

    assert order["payment_status"] == "declined"
    assert one(shop.services, "SELECT declined FROM payment WHERE adopts IS NOT NULL") == "authorization_used"


def test_one_that_pays_for_something_already_is_refused(shop: Shop, storefront: Caller) -> None:
    reference = shop.gateway.authorize_elsewhere(1000, "GBP")
    order = decided(shop, storefront, paid_by(reference))
    before = contents(shop.services)

    again = storefront.post("/v1/checkouts", paid_by(reference))
    twice = storefront.post(
        "/v1/checkouts",
        a_checkout(payments=[{"method": "card", "reference": "auth_x", "amount": pence(each)} for each in (400, 600)]),
    )

    assert (again.status_code, again.json["guard"]) == (409, "authorization_used")
    assert (twice.status_code, twice.json["type"]) == (422, "/problems/duplicate_authorization")
    assert contents(shop.services) == before
    assert order["payment_status"] == "authorized"


def test_two_at_once_hand_in_the_same_and_one_is_told_no(api: Api, shop: Shop) -> None:
    reference = shop.gateway.authorize_elsewhere(1000, "GBP")
    storefronts = [api.caller(Role.STOREFRONT) for _ in range(6)]

    answers = at_once(*[lambda each=each: each.post("/v1/checkouts", paid_by(reference)) for each in storefronts])
    work_off(shop.services)

    assert sorted(each.status_code for each in answers) == [202, *[409] * 5]
    assert {each.json.get("guard") for each in answers} == {None, "authorization_used"}
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1
    assert broken(shop.services) == {}


def test_it_is_asked_about_until_the_gateway_answers_and_may_be_a_further_payment(
    shop: Shop, storefront: Caller
) -> None:
    order = decided(shop, storefront, a_checkout(payments=[{"method": "card", "token": "tok_declined"}]))
    reference = shop.gateway.authorize_elsewhere(1000, "GBP")
    shop.gateway.is_deaf = True
    path = f"/v1/orders/{order['number']}/payments"

    added = storefront.post(path, {"method": "card", "reference": reference})
    work_off(shop.services)
    assert storefront.get(added.headers["Location"]).json["status"] == "pending"
    shop.gateway.is_deaf = False
    hasten(shop.services)
    work_off(shop.services)

    assert storefront.get(added.headers["Location"]).json["status"] == "succeeded"
    assert storefront.get(f"/v1/orders/{order['number']}").json["payment_status"] == "authorized"
    assert broken(shop.services) == {}


@pytest.mark.parametrize(
    "payment",
    [
        {"method": "card"},
        {"method": "card", "token": "tok_ok", "reference": "auth_1"},
        {"method": "manual", "reference": "auth_1"},
        {"method": "card", "reference": ""},
        {"method": "card", "reference": "4242 4242 4242 4242"},
    ],
)
def test_what_is_neither_or_both_is_refused(shop: Shop, storefront: Caller, payment: dict[str, Any]) -> None:
    before = contents(shop.services)

    assert storefront.post("/v1/checkouts", a_checkout(payments=[payment])).status_code == 422
    assert contents(shop.services) == before
