"""An order is repeated as a draft, and what has changed since is named in it (OL14, OL15)."""

from typing import Any

import pytest
from api_client import ADDRESS, Caller, a_checkout, contents, pence
from builders import EMAIL, Shop, broken, one, work_off
from order_entry import HULL, begins, missing, offers_methods


@pytest.fixture(autouse=True)
def _goods(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=20)
    shop.sells("CAP", price=500, A=20)
    shop.sells("GIFTCARD", price=2500, needs_shipping=False)
    offers_methods(shop)


STRUCTURED: dict[str, Any] = {
    "ship_to": None,
    "forms": [
        {"key": "lab", "name": "Laboratory", "bill_to": HULL, "reference": "CC-7"},
        {"key": "office", "name": "Office"},
    ],
    "destinations": [
        {"key": "leith", "ship_to": ADDRESS, "shipping_method": "post", "shipping": pence(100)},
        {"key": "hull", "ship_to": HULL, "shipping_method": "courier", "shipping": pence(100)},
    ],
}


def _structured(storefront: Caller) -> str:
    split = [
        {"quantity": 1, "destination": "leith"},
        {"quantity": 2, "destination": "hull", "gift": True, "gift_message": "Yours, Bo"},
    ]
    body = a_checkout(
        {"sku": "MUG", "quantity": 3, "form": "lab", "split": split, "options": {"color": "red"}},
        {"sku": "CAP", "quantity": 1, "form": "office", "destination": "leith"},
        {"sku": "GIFTCARD", "quantity": 1, "form": "office"},
        {"sku": "FEE", "quantity": 1, "form": "lab", "manual": True, "name": "Engraving", "price": pence(150)},
        **STRUCTURED,
    )
    answer = storefront.post("/v1/checkouts", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json["number"])


@pytest.mark.rule("OL14")
def test_forms_addresses_methods_splits_and_gift_marks_are_kept(shop: Shop, storefront: Caller, csr: Caller) -> None:
    number = _structured(storefront)
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/reorder")

    draft = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/orders/{draft['number']}")
    assert (draft["repeats"], draft["notices"], missing(draft)) == (number, [], [])
    assert [(form["name"], form["bill_to"], form["reference"]) for form in draft["forms"]] == [
        ("Laboratory", HULL, "CC-7"),
        ("Office", None, None),
    ]
    places = {each["key"]: (each["ship_to"], each["shipping_method"]) for each in draft["destinations"]}
    assert [place for place in places.values() if place[0]] == [(ADDRESS, "post"), (HULL, "courier")]
    mug, cap, card, fee = draft["lines"]
    assert (mug["sku"], mug["quantity"], mug["options"]) == ("MUG", 3, {"color": "red"})
    told = [(places[part["destination"]][1], part["quantity"], part["gift_message"]) for part in mug["split"]]
    assert told == [("post", 1, None), ("courier", 2, "Yours, Bo")]
    assert (cap["form"], mug["form"], card["form"], fee["form"]) == ("form-2", "form-1", "form-2", "form-1")
    assert (fee["manual"], fee["name"], fee["price"]) == (True, "Engraving", pence(150))
    assert draft["customer"] == {"id": None, "name": "Bo Lind", "email": EMAIL}
    after = contents(shop.services)
    assert {table for table in after if after[table] != before[table]} == {
        "purchase_order",
        "order_draft",
        "order_search",
        "timeline",
        "idempotency_key",
    }
    csr.post(f"/v1/orders/{draft['number']}/placement")
    again = csr.get(f"/v1/orders/{draft['number']}").json
    once = csr.get(f"/v1/orders/{number}").json
    assert [_shape(each) for each in again["shipments"]] == [_shape(each) for each in once["shipments"]]
    assert broken(shop.services) == {}


def _shape(shipment: dict[str, Any]) -> Any:
    lines = [(line["sku"], line["quantity"], line["gift"], line["price"]) for line in shipment["lines"]]
    return shipment["ship_to"], shipment["shipping_method"], shipment["needs_shipping"], lines


@pytest.mark.rule("OL15")
def test_items_that_are_gone_are_left_out_and_named_in_the_review(shop: Shop, csr: Caller, admin: Caller) -> None:
    number = shop.places(("MUG", 1), ("CAP", 2), shipping_method="post").number
    admin.change("PATCH", "/v1/products/CAP", {"active": False})

    draft = csr.post(f"/v1/orders/{number}/reorder").json

    assert [line["sku"] for line in draft["lines"]] == ["MUG"]
    [notice] = draft["notices"]
    assert (notice["code"], notice["about"]) == ("item_gone", {"sku": "CAP", "name": "CAP", "quantity": 2})
    assert csr.get(f"/v1/orders/{draft['number']}/review").json["notices"] == [notice]
    assert draft["ready"] is True


@pytest.mark.rule("OL15")
def test_other_prices_methods_and_discounts_are_named(shop: Shop, csr: Caller, admin: Caller) -> None:
    number = shop.places(("MUG", 2), shipping_method="pigeon", shipping=5, discount=100).number
    admin.change("PATCH", "/v1/products/MUG", {"price": pence(1200)})

    draft = csr.post(f"/v1/orders/{number}/reorder").json

    assert [(notice["code"], notice["about"]) for notice in draft["notices"]] == [
        ("price_changed", {"sku": "MUG", "position": 1, "from": pence(1000), "to": pence(1200)}),
        ("discount_left_out", {"discount": pence(100)}),
        ("method_gone", {"shipping_method": "pigeon", "destination": None}),
    ]
    assert (missing(draft), draft["amounts"]["items"]) == (["no_shipping_method"], pence(2400))


@pytest.mark.rule("OL14")
@pytest.mark.parametrize("state", ["assigned", "shipped", "canceled"])
def test_an_order_is_repeated_whatever_became_of_it(shop: Shop, csr: Caller, state: str) -> None:
    placed = shop.up_to("shipped" if state == "shipped" else "assigned", ("MUG", 2), shipping_method="post")
    if state == "canceled":
        shop.cancels(placed.id)
        work_off(shop.services)

    draft = csr.post(f"/v1/orders/{placed.number}/reorder").json
    answer = csr.post(f"/v1/orders/{draft['number']}/placement", {"payments": [{"method": "card", "token": "tok_ok"}]})
    work_off(shop.services)

    assert answer.json["total"] == pence(2300)
    assert csr.get(f"/v1/orders/{draft['number']}").json["shipments"][0]["status"] == "inventory_assigned"
    assert broken(shop.services) == {}


@pytest.mark.rule("OL14")
def test_the_customers_account_and_an_overridden_price_of_the_first_order(csr: Caller) -> None:
    first = begins(csr, {"sku": "MUG", "quantity": 1, "price": pence(800)})
    csr.post(f"/v1/orders/{first}/placement")

    draft = csr.post(f"/v1/orders/{first}/reorder").json

    customer = csr.get("/v1/customers", email="bo@example.org").json["customers"][0]["id"]
    assert draft["customer"]["id"] == customer
    assert (draft["lines"][0]["price"], draft["lines"][0]["price_by"]) == (pence(1000), None)
    assert [notice["code"] for notice in draft["notices"]] == ["price_changed"]


@pytest.mark.rule("OL14")
def test_what_splits_a_line_for_the_floor_alone_does_not_split_its_repetition(shop: Shop, csr: Caller) -> None:
    number = shop.places(("MUG", 3), shipping_method="post").number
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO line_item (id, order_id, shipment_id, position, product_id, sku, name, quantity, list_price, price,"
            " discount, tax, amount) SELECT 7, order_id, shipment_id, position, product_id, sku, name, 2, list_price, price,"
            " 0, 0, 2000 FROM line_item"
        )

    draft = csr.post(f"/v1/orders/{number}/reorder").json

    [line] = draft["lines"]
    assert [part["quantity"] for part in line["split"]] == [5]


@pytest.mark.rule("OL14")
def test_a_draft_is_not_repeated(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/reorder")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/not_placed")
    assert answer.json["remedy"] == f"place it: POST /v1/orders/{number}/placement"
    assert contents(shop.services) == before
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1
