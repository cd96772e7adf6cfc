"""Promotion codes at the checkout and in carts (LI4, LI5, LI6)."""

from typing import Any

import pytest
from api_client import Caller, a_checkout, contents, pence
from builders import Shop, broken, rows, work_off


@pytest.fixture
def codes(shop: Shop, admin: Caller) -> None:
    shop.sells("MUG", price=1000, A=50)
    shop.sells("SPOON", price=300, A=50)
    promotions: list[dict[str, Any]] = [
        {
            "code": "SPOON",
            "name": "A spoon with it",
            "kind": "item",
            "items": [{"sku": "SPOON", "quantity": 1, "percent": 10000}],
        },
        {"code": "TENTH", "name": "A tenth off", "kind": "order_discount", "percent": 1000},
        {"code": "POST", "name": "No postage", "kind": "free_shipping"},
        {"code": "ONCE", "name": "For one", "kind": "order_discount", "percent": 1000, "use_limit": 1},
        {"code": "LATE", "name": "Over", "kind": "free_shipping", "ends_at": "2020-01-01T00:00:00Z"},
    ]
    for promotion in promotions:
        assert admin.post("/v1/promotions", promotion).status_code == 201


@pytest.mark.rule("LI4")
@pytest.mark.rule("LI6")
@pytest.mark.usefixtures("codes")
def test_a_checkout_gets_what_its_codes_give(shop: Shop, storefront: Caller, csr: Caller) -> None:
    body = a_checkout(("MUG", 2), shipping=pence(400), codes=["spoon", "TENTH", "POST"])

    number = storefront.post("/v1/checkouts", body).json["number"]

    order = csr.get(f"/v1/orders/{number}").json
    [shipment] = order["shipments"]
    told = [(line["sku"], line["promotion"], line["discount"]["amount"]) for line in shipment["lines"]]
    assert told == [("MUG", None, 200), ("SPOON", "SPOON", 300)]
    assert [(each["code"], each["amount"]["amount"]) for each in order["promotions"]] == [
        ("SPOON", 300),
        ("TENTH", 200),
        ("POST", 400),
    ]
    assert order["total"] == pence(1800)
    work_off(shop.services)
    assert shop.stock("SPOON") == (50, 1)
    assert broken(shop.services) == {}


@pytest.mark.rule("LI6")
@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize(("code", "guard"), [("LATE", "expired"), ("NOPE", "unknown_code")])
def test_a_code_that_does_not_count_is_refused_with_its_reason(
    shop: Shop, storefront: Caller, code: str, guard: str
) -> None:
    before = contents(shop.services)

    answer = storefront.post("/v1/checkouts", a_checkout(("MUG", 1), codes=["TENTH", code]))

    assert (answer.status_code, answer.json["type"], answer.json["guard"]) == (422, "/problems/code_refused", guard)
    assert answer.json["remedy"] == "leave the code out"
    assert contents(shop.services) == before


@pytest.mark.rule("LI6")
@pytest.mark.usefixtures("codes")
def test_a_code_for_one_is_used_once_and_a_repeat_of_its_checkout_hears_the_same(
    shop: Shop, storefront: Caller
) -> None:
    body = a_checkout(("MUG", 1), codes=["ONCE"])

    first = storefront.post("/v1/checkouts", body, key="once")
    again = storefront.post("/v1/checkouts", body, key="once")
    other = storefront.post("/v1/checkouts", body)

    assert (first.status_code, again.json) == (202, first.json)
    assert (other.status_code, other.json["type"]) == (422, "/problems/code_refused")
    assert rows(shop.services, "SELECT uses FROM promotion WHERE code = 'ONCE'") == [(1,)]
    assert broken(shop.services) == {}


@pytest.mark.rule("LI4")
@pytest.mark.rule("LI5")
@pytest.mark.usefixtures("codes")
def test_what_a_code_brings_into_a_cart_goes_with_it(shop: Shop, storefront: Caller) -> None:
    content = a_checkout(("MUG", 1), codes=["SPOON", "LATE"])
    del content["payments"]
    cart = storefront.post("/v1/carts", content)
    path, version = cart.headers["Location"], cart.headers["ETag"]
    assert [(line["sku"], line["promotion"]) for line in cart.json["lines"]] == [("MUG", None), ("SPOON", "SPOON")]
    assert [(each["code"], each["blocks"]) for each in cart.json["notices"]] == [("expired", True)]

    changed = storefront.send("PATCH", path, json={"codes": []}, headers={"If-Match": version})

    assert [line["sku"] for line in changed.json["lines"]] == ["MUG"]
    assert (changed.json["promotions"], changed.json["notices"]) == ([], [])
    assert changed.json["total"] == pence(1000)
    assert shop.stock("SPOON") == (50, 0)


@pytest.mark.rule("LI6")
@pytest.mark.rule("LI7")
@pytest.mark.usefixtures("codes")
def test_a_draft_shows_what_its_codes_give_and_is_not_placed_with_one_that_does_not_count(
    shop: Shop, admin: Caller, csr: Caller
) -> None:
    admin.send("PATCH", "/v1/markets/DE", json={"tax_rate": 2000})
    admin.post(
        "/v1/shipping-methods", {"code": "post", "name": "Post", "prices": [{"market": "DE", "price": pence(400)}]}
    )
    customer = {"name": "Bo Lind", "email": "bo@example.org"}
    draft = csr.post(
        "/v1/orders",
        {
            "market": "DE",
            "customer": customer,
            "address": a_checkout()["ship_to"],
            "shipping_method": "post",
            "codes": ["TENTH", "SPOON", "LATE"],
            "lines": [{"sku": "MUG", "quantity": 2}],
        },
    )
    number = draft.json["number"]
    before = csr.get(f"/v1/orders/{number}/review")
    [obstacle] = before.json["obstacles"]
    assert (obstacle["code"], obstacle["names"]) == ("expired", {"promotion": "LATE"})
    refused = csr.post(f"/v1/orders/{number}/placement", {})

    csr.send("PATCH", f"/v1/orders/{number}/draft", json={"codes": ["TENTH", "SPOON"]}, headers={"If-Match": "*"})
    review = csr.get(f"/v1/orders/{number}/review").json
    placed = csr.post(f"/v1/orders/{number}/placement", {})

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/expired")
    assert [(line["sku"], line["promotion"]) for line in review["lines"]] == [("MUG", None), ("SPOON", "SPOON")]
    assert review["amounts"]["discount"] == pence(500)
    assert review["amounts"]["tax"] == pence((1800 + 400) // 5)
    assert placed.status_code == 202
    order = csr.get(f"/v1/orders/{number}").json
    assert order["total"] == pence(1800 + 400 + 440)
    assert [each["code"] for each in order["promotions"]] == ["SPOON", "TENTH"]
    assert broken(shop.services) == {}


@pytest.mark.rule("OL16")
@pytest.mark.usefixtures("codes")
def test_the_codes_of_a_repeated_order_count_again_unless_they_have_expired(
    shop: Shop, storefront: Caller, admin: Caller, csr: Caller
) -> None:
    body = a_checkout(("MUG", 2), codes=["SPOON", "TENTH", "POST"])
    number = storefront.post("/v1/checkouts", body).json["number"]
    ended = {"ends_at": "2020-01-01T00:00:00Z"}
    assert admin.send("PATCH", "/v1/promotions/TENTH", json=ended).status_code == 200

    draft = csr.post(f"/v1/orders/{number}/reorder", {}).json

    assert draft["codes"] == ["POST", "SPOON"] or draft["codes"] == ["SPOON", "POST"]
    assert [(line["sku"], line["promotion"]) for line in draft["lines"]] == [("MUG", None), ("SPOON", "SPOON")]
    assert [(each["code"], each["about"]) for each in draft["notices"]] == [
        ("code_expired", {"promotion": "TENTH"}),
    ]
    assert broken(shop.services) == {}


@pytest.mark.rule("LI5")
@pytest.mark.usefixtures("codes")
def test_what_a_code_brought_does_not_grow_by_an_edit_and_taken_out_gives_the_code_back(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    number = storefront.post("/v1/checkouts", a_checkout(("MUG", 1), codes=["SPOON"])).json["number"]
    work_off(shop.services)
    order = csr.get(f"/v1/orders/{number}").json
    spoon = next(line["id"] for line in order["shipments"][0]["lines"] if line["promotion"] == "SPOON")
    before = contents(shop.services)

    grown = csr.change("PATCH", f"/v1/orders/{number}", {"lines": [{"id": spoon, "quantity": 20}]})

    assert (grown.status_code, grown.json["guard"]) == (409, "tied_to_promotion")
    assert contents(shop.services) == before
    without = csr.change("PATCH", f"/v1/orders/{number}", {"remove_lines": [spoon]}).json
    assert (without["promotions"], without["total"]) == ([], pence(1000))
    assert rows(shop.services, "SELECT uses FROM promotion WHERE code = 'SPOON'") == [(0,)]
    work_off(shop.services)
    assert shop.stock("SPOON") == (50, 0)
    assert broken(shop.services) == {}
