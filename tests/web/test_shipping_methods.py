"""Shipping methods over HTTP: offered by market, chosen in the back office, kept by orders as they were."""

from typing import Any

import pytest
from api_client import Caller, a_checkout, contents, pence
from builders import Shop, one

from fulfillment.catalog.shipping_methods import find_method
from fulfillment.kernel.errors import Invalid

POST: dict[str, Any] = {
    "code": "post",
    "name": "Post, 3 days",
    "prices": [
        {"market": "DE", "price": pence(300), "free_from": pence(5000)},
        {"market": "UK", "price": pence(200)},
    ],
}
COURIER: dict[str, Any] = {
    "code": "courier",
    "name": "Courier, next day",
    "prices": [{"market": "UK", "price": pence(900)}],
}


def _codes(caller: Caller, **query: Any) -> list[str]:
    return [each["code"] for each in caller.get("/v1/shipping-methods", **query).json["shipping_methods"]]


@pytest.mark.rule("AD4")
def test_a_market_offers_the_methods_it_has_a_price_for(shop: Shop, admin: Caller, storefront: Caller) -> None:
    added = [admin.post("/v1/shipping-methods", body) for body in (POST, COURIER)]

    assert [answer.status_code for answer in added] == [201, 201]
    assert storefront.get("/v1/shipping-methods/post").json == {
        "code": "post",
        "name": "Post, 3 days",
        "active": True,
        "prices": [
            {"market": "DE", "price": pence(300), "free_from": pence(5000)},
            {"market": "UK", "price": pence(200), "free_from": None},
        ],
        "carrier": None,
    }
    assert (_codes(storefront), _codes(storefront, market="DE")) == (["courier", "post"], ["post"])
    assert _codes(storefront, market="FR") == []


@pytest.mark.rule("AD4")
def test_the_back_office_chooses_one_that_is_offered_and_hears_which_are(shop: Shop, admin: Caller) -> None:
    admin.post("/v1/shipping-methods", POST)
    admin.post("/v1/shipping-methods", COURIER)
    market_id = one(shop.services, "SELECT id FROM market WHERE code = 'DE'")

    with shop.services.transaction() as session:
        chosen = find_method(session, market_id, "post")
        with pytest.raises(Invalid) as refused:
            find_method(session, market_id, "courier")

    assert (chosen.price_for(4999), chosen.price_for(5000)) == (300, 0)
    assert (refused.value.reason, refused.value.remedy) == ("unknown_shipping_method", "choose one of: post")


def test_a_method_that_is_replaced_leaves_orders_alone(
    shop: Shop, admin: Caller, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", A=1)
    admin.post("/v1/shipping-methods", POST)
    body = a_checkout(("MUG", 1), shipping_method="post", shipping=pence(300))
    number = storefront.post("/v1/checkouts", body).json["number"]
    before = csr.get(f"/v1/orders/{number}").json

    answer = admin.change("PUT", "/v1/shipping-methods/post", {"name": "Gone", "active": False})

    assert (answer.status_code, answer.json) == (
        200,
        {"code": "post", "name": "Gone", "active": False, "prices": [], "carrier": None},
    )
    assert _codes(storefront, market="DE") == []
    assert csr.get(f"/v1/orders/{number}").json == before


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"prices": [{"market": "FR", "price": pence(1)}]}, 422, "unknown_market_or_currency"),
        ({"prices": [{"market": "DE", "price": {"amount": 1, "currency": "EUR"}}]}, 422, "unknown_market_or_currency"),
        ({"prices": [{"market": "DE", "price": pence(1)}] * 2}, 422, "duplicate_market"),
        (
            {"prices": [{"market": "DE", "price": pence(1), "free_from": {"amount": 1, "currency": "EUR"}}]},
            422,
            "invalid_fields",
        ),
    ],
)
def test_a_method_with_a_price_that_cannot_be_is_refused(
    shop: Shop, admin: Caller, more: dict[str, Any], status: int, code: str
) -> None:
    admin.post("/v1/shipping-methods", POST)
    before = contents(shop.services)

    added = admin.post("/v1/shipping-methods", {"code": "new", "name": "New", **more})
    replaced = admin.change("PUT", "/v1/shipping-methods/post", {"name": "New", **more})

    for answer in (added, replaced):
        assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
    assert contents(shop.services) == before


def test_the_same_again_is_no_error_and_another_is(shop: Shop, admin: Caller) -> None:
    admin.post("/v1/shipping-methods", POST)
    turned_round = {**POST, "prices": POST["prices"][::-1]}

    again = admin.post("/v1/shipping-methods", turned_round)
    other = admin.post("/v1/shipping-methods", {**POST, "name": "Other"})
    missing = admin.change("PUT", "/v1/shipping-methods/none", {"name": "New"})

    assert (again.status_code, other.status_code, other.json["type"]) == (200, 409, "/problems/shipping_method_differs")
    assert (missing.status_code, missing.json["remedy"]) == (404, "add it: POST /v1/shipping-methods")
