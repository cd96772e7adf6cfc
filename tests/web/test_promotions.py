"""Promotions over HTTP: made, refused, changed, read."""

from typing import Any

import pytest
from api_client import Caller, contents, pence
from builders import Shop

TENTH = {"code": "Tenth", "name": "A tenth off", "kind": "order_discount", "percent": 1000}
GIFT = {
    "code": "GIFT",
    "name": "A cup for nothing",
    "kind": "item",
    "items": [{"sku": "CUP", "percent": 10_000}],
    "minimum_amount": pence(5000),
}


def test_a_promotion_is_made_and_read_in_any_case_of_letters(shop: Shop, admin: Caller, csr: Caller) -> None:
    shop.sells("CUP")

    made = admin.post(
        "/v1/promotions",
        {**GIFT, "markets": ["UK"], "starts_at": "2026-01-01T00:00:00Z", "use_limit": 100, "use_limit_per_customer": 1},
    )

    assert made.status_code == 201
    assert made.json == csr.get("/v1/promotions/gift").json
    assert made.json == {
        "code": "GIFT",
        "name": "A cup for nothing",
        "kind": "item",
        "percent": None,
        "amount": None,
        "items": [{"sku": "CUP", "quantity": 1, "percent": 10_000, "amount": None}],
        "minimum_amount": pence(5000),
        "markets": ["UK"],
        "active": True,
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": None,
        "use_limit": 100,
        "use_limit_per_customer": 1,
        "uses": 0,
        "created_at": made.json["created_at"],
        "created_by": "key:admin somebody",
    }


def test_pages_are_in_the_order_of_codes(admin: Caller, csr: Caller) -> None:
    for code in ("b", "C", "A"):
        admin.post("/v1/promotions", {**TENTH, "code": code})

    first = csr.get("/v1/promotions", limit=2).json
    second = csr.get(first["next"]).json

    assert [each["code"] for each in first["promotions"] + second["promotions"]] == ["A", "b", "C"]
    assert second["next"] is None


def test_what_is_sent_is_changed_and_the_rest_stays(admin: Caller) -> None:
    admin.post("/v1/promotions", {**TENTH, "use_limit": 5})

    changed = admin.change("PATCH", "/v1/promotions/TENTH", {"percent": None, "amount": pence(250), "active": False})

    assert changed.status_code == 200
    assert (changed.json["percent"], changed.json["amount"], changed.json["active"]) == (None, pence(250), False)
    assert (changed.json["name"], changed.json["use_limit"]) == ("A tenth off", 5)
    assert admin.change("PATCH", "/v1/promotions/TENTH", {"use_limit": None}).json["use_limit"] is None
    assert admin.change("PATCH", "/v1/promotions/NONE", {"active": False}).status_code == 404


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"percent": None}, "promotion_makes_no_sense"),
        ({"amount": pence(1)}, "promotion_makes_no_sense"),
        ({"kind": "free_shipping"}, "promotion_makes_no_sense"),
        ({"kind": "item", "percent": None}, "promotion_makes_no_sense"),
        ({"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"}, "promotion_makes_no_sense"),
        ({"kind": "item", "percent": None, "items": [{"sku": "CUP"}]}, "promotion_makes_no_sense"),
        ({"kind": "item", "percent": None, "items": [{"sku": "NONE", "percent": 1}]}, "unknown_sku"),
        ({"markets": ["FR"]}, "unknown_market"),
        ({"percent": 10_001}, "invalid_fields"),
        ({"use_limit": 0}, "invalid_fields"),
        ({"minimum_amount": {"amount": 1, "currency": "EUR"}, "percent": None, "amount": pence(1)}, "invalid_fields"),
        ({"code": "tenth off"}, "invalid_fields"),
    ],
)
def test_one_that_makes_no_sense_is_refused(shop: Shop, admin: Caller, more: dict[str, Any], code: str) -> None:
    shop.sells("CUP")
    before = contents(shop.services)

    answer = admin.post("/v1/promotions", {**TENTH, **more})

    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{code}")
    assert contents(shop.services) == before


def test_a_code_is_taken_once_in_any_case_of_letters(shop: Shop, admin: Caller) -> None:
    admin.post("/v1/promotions", TENTH)
    before = contents(shop.services)

    answer = admin.post("/v1/promotions", {**TENTH, "code": "TENTH"})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/code_taken")
    assert contents(shop.services) == before
    nonsense = admin.change("PATCH", "/v1/promotions/TENTH", {"items": [{"sku": "CUP", "percent": 1}]})
    assert nonsense.status_code == 422
    assert contents(shop.services) == before
