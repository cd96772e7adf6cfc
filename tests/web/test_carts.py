"""Carts and wish lists over HTTP: collect, change, list, delete (ST1, ST2, ST7, LI2, LI3, OL13, RO1)."""

from typing import Any

import pytest
from api_client import ADDRESS, Api, Caller, contents, pence
from builders import Shop, broken, rows
from carts_over_http import a_cart, begun, change, told

from fulfillment.access.models import Role


@pytest.mark.rule("ST1")
def test_anybody_collects_and_sees_what_it_costs_now(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    shop.sells("CAP", price=500)
    before = rows(shop.services, "SELECT id FROM purchase_order")

    cart_id = begun(storefront)
    answer = storefront.post(f"/v1/carts/{cart_id}/lines", {"lines": [{"sku": "MUG", "quantity": 2}]})
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"2"')
    storefront.post(f"/v1/carts/{cart_id}/lines", {"lines": [{"sku": "CAP", "quantity": 1}]})
    change(storefront, "PATCH", f"/v1/carts/{cart_id}", {"ship_to": ADDRESS, "shipping": pence(300), "tax": pence(50)})

    cart = storefront.get(f"/v1/carts/{cart_id}").json
    assert cart["customer"] == {"id": None, "name": None, "email": None}
    assert [(line["position"], line["sku"], line["amount"]["amount"]) for line in cart["lines"]] == [
        (1, "MUG", 2040),
        (2, "CAP", 510),
    ]
    assert {name: each["amount"] for name, each in cart["amounts"].items()} == {
        "items": 2500,
        "discount": 0,
        "shipping": 300,
        "tax": 50,
        "total": 2850,
    }
    assert (cart["notices"], cart["needs_shipping"], cart["order"]) == ([], True, None)
    assert rows(shop.services, "SELECT id FROM purchase_order") == before
    assert broken(shop.services) == {}


@pytest.mark.rule("LI3")
def test_lines_are_edited_and_removed_and_keep_their_names(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=1000)
    cart_id = begun(csr, ("MUG", 1), ("MUG", 2), ship_to=ADDRESS)
    path = f"/v1/carts/{cart_id}/lines"

    cart = change(csr, "PATCH", f"{path}/2", {"quantity": 5, "options": {"color": "blue"}}).json
    assert [(line["quantity"], line["options"]) for line in cart["lines"]] == [(1, None), (5, {"color": "blue"})]

    cart = change(csr, "DELETE", f"{path}/2").json
    assert [line["position"] for line in cart["lines"]] == [1]
    cart = csr.post(path, {"lines": [{"sku": "MUG", "quantity": 1, "options": {"color": "red"}}]}).json
    assert [(line["position"], line["options"]) for line in cart["lines"]] == [(1, None), (3, {"color": "red"})]

    cart = csr.post(f"/v1/carts/{cart_id}/emptying", {}).json
    assert (cart["lines"], cart["total"]) == ([], pence(0))
    assert cart["destinations"][0]["ship_to"] == ADDRESS


@pytest.mark.rule("LI2")
def test_a_price_that_customer_service_says_names_who_said_it(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=1000)
    path = f"/v1/carts/{begun(csr, ('MUG', 2))}/lines/1"

    [line] = change(csr, "PATCH", path, {"price": pence(900)}).json["lines"]
    assert (line["price"], line["list_price"], line["price_by"]) == (pence(900), pence(1000), "key:csr somebody")
    [line] = change(csr, "PATCH", path, {"price": None}).json["lines"]
    assert (line["price"], line["price_by"]) == (pence(1000), None)


@pytest.mark.rule("ST2")
def test_a_cart_has_sections_and_destinations_that_lines_name_by_key(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    cart = f"/v1/carts/{begun(storefront, ('MUG', 2), ('MUG', 3))}"
    change(storefront, "PUT", f"{cart}/forms/lab", {"name": "Laboratory", "discount": pence(200)})
    change(storefront, "PUT", f"{cart}/destinations/hull", {"ship_to": ADDRESS, "shipping": pence(700)})

    change(storefront, "PATCH", f"{cart}/lines/1", {"form": "lab", "destination": "hull", "gift": True})
    split = [{"quantity": 1}, {"quantity": 3, "destination": "hull"}]
    answer = change(storefront, "PATCH", f"{cart}/lines/2", {"split": split})

    assert [(form["key"], form["subtotal"]) for form in answer.json["forms"]] == [
        (None, pence(4000)),
        ("lab", pence(1800)),
    ]
    assert [line["quantity"] for line in answer.json["lines"]] == [2, 4]
    assert [part["destination"] for part in answer.json["lines"][1]["split"]] == [None, "hull"]
    assert [notice["code"] for notice in answer.json["notices"]] == ["no_address"]
    before = contents(shop.services)
    assert told(change(storefront, "DELETE", f"{cart}/forms/lab")) == (422, "form_in_use")
    assert told(change(storefront, "DELETE", f"{cart}/destinations/hull")) == (422, "destination_in_use")
    assert told(change(storefront, "DELETE", f"{cart}/forms/none")) == (404, "no_such_form")
    assert contents(shop.services) == before

    change(storefront, "PATCH", f"{cart}/lines/1", {"form": None})
    forms = change(storefront, "DELETE", f"{cart}/forms/lab").json["forms"]
    assert [form["key"] for form in forms] == [None]
    assert broken(shop.services) == {}


@pytest.mark.rule("ST7")
def test_lines_move_between_a_wish_list_and_a_cart(shop: Shop, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG", price=1000)
    shop.sells("CAP", price=500)
    wishes = begun(storefront, ("MUG", 1), ("CAP", 2), kind="wish_list")
    cart = begun(storefront, ("MUG", 7))

    left = storefront.post(f"/v1/carts/{wishes}/moves", {"positions": [2], "to": cart})

    assert [(line["position"], line["sku"]) for line in left.json["lines"]] == [(1, "MUG")]
    lines = storefront.get(f"/v1/carts/{cart}").json["lines"]
    assert [(line["position"], line["sku"], line["quantity"]) for line in lines] == [(1, "MUG", 7), (2, "CAP", 2)]
    assert [(each["id"], each["kind"]) for each in csr.get("/v1/carts", kind="wish_list").json["carts"]] == [
        (wishes, "wish_list")
    ]
    before = contents(shop.services)
    for body, refusal in [
        ({"positions": [9], "to": cart}, (404, "no_such_line")),
        ({"positions": [1], "to": wishes}, (422, "same_cart")),
        ({"positions": [1], "to": 7}, (404, "not_found")),
    ]:
        assert told(storefront.post(f"/v1/carts/{wishes}/moves", body)) == refusal
    assert contents(shop.services) == before


@pytest.mark.rule("RO1")
def test_a_storefront_sees_its_own_carts_and_customer_service_all(shop: Shop, api: Api, csr: Caller) -> None:
    shop.sells("MUG")
    one, other = (api.caller(Role.STOREFRONT, name=name) for name in ("one", "other"))
    mine, theirs = begun(one, ("MUG", 1)), begun(other, ("MUG", 1))
    before = contents(shop.services)

    assert [cart["id"] for cart in one.get("/v1/carts").json["carts"]] == [mine]
    assert {cart["id"] for cart in csr.get("/v1/carts").json["carts"]} == {mine, theirs}
    path = f"/v1/carts/{theirs}"
    answers = [
        one.get(path),
        change(one, "PATCH", path, {"reference": "R"}),
        change(one, "PATCH", path, {"reference": "R"}, match='"1"'),
        change(one, "DELETE", path),
        one.post(f"{path}/lines", {"lines": [{"sku": "MUG", "quantity": 1}]}),
        one.post(f"{path}/checkout", {}),
        one.post(f"/v1/carts/{mine}/moves", {"positions": [1], "to": theirs}),
    ]
    assert {told(answer) for answer in answers} == {(404, "not_found")}
    assert told(one.post("/v1/carts", a_cart(customer={"id": 1}))) == (403, "role")
    assert contents(shop.services) == before


def test_lists_are_narrowed_by_customer_market_and_time_and_paged(shop: Shop, csr: Caller) -> None:
    bo = begun(csr, customer={"name": "Bo Lind", "email": "bo@example.org"})
    shop.clock.forward(minutes=1)
    ada = begun(csr, customer={"name": "Ada_1", "email": "ada@example.org"})
    shop.clock.forward(minutes=1)
    uk = begun(csr, market="UK")

    def found(**query: Any) -> list[int]:
        return [cart["id"] for cart in csr.get("/v1/carts", **query).json["carts"]]

    assert found() == [uk, ada, bo]
    assert found(customer_name="lin") == [bo]
    assert found(customer_name="b%d") == [bo]
    assert found(customer_name="a_1") == [ada]
    assert found(customer_name="a__") == []
    assert found(customer_email="BO@example.org") == [bo]
    assert found(customer_email="a@example.org") == []
    assert found(market="UK") == [uk]
    assert found(converted="true") == []
    assert found(updated_from=shop.now.isoformat()) == [uk]
    first = csr.get("/v1/carts", limit=2).json
    assert [cart["id"] for cart in first["carts"]] == [uk, ada]
    assert [cart["id"] for cart in csr.get(first["next"]).json["carts"]] == [bo]


@pytest.mark.rule("FI4")
def test_a_known_customer_is_filled_in(shop: Shop, csr: Caller) -> None:
    customer = csr.post("/v1/customers", {"name": "Bo Lind", "email": "bo@example.org"}).json["id"]

    cart_id = begun(csr, customer={"id": customer})

    assert csr.get(f"/v1/carts/{cart_id}").json["customer"] == {
        "id": customer,
        "name": "Bo Lind",
        "email": "bo@example.org",
    }
    assert [cart["id"] for cart in csr.get("/v1/carts", customer_id=customer).json["carts"]] == [cart_id]
    assert told(csr.post("/v1/carts", a_cart(customer={"id": customer + 1}))) == (422, "unknown_customer")


@pytest.mark.rule("OL13")
def test_a_cart_is_deleted_and_nothing_else_is(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG")
    kept, gone = begun(storefront, ("MUG", 1)), begun(storefront, ("MUG", 1))
    assert told(change(storefront, "DELETE", f"/v1/carts/{gone}", match=None)) == (428, "if_match_missing")

    assert change(storefront, "DELETE", f"/v1/carts/{gone}", match='"1"').json == {"deleted": gone}

    assert told(storefront.get(f"/v1/carts/{gone}")) == (404, "not_found")
    assert [cart["id"] for cart in storefront.get("/v1/carts").json["carts"]] == [kept]


@pytest.mark.rule("OL13")
def test_a_selection_over_several_pages_is_deleted_and_no_cart_of_another(shop: Shop, api: Api, csr: Caller) -> None:
    one, other = (api.caller(Role.STOREFRONT, name=name) for name in ("one", "other"))
    mine, theirs, wishes = begun(one), begun(other), begun(one, kind="wish_list")
    first = one.get("/v1/carts", limit=1).json
    selected = [cart["id"] for cart in first["carts"] + one.get(first["next"]).json["carts"]]

    answer = one.post("/v1/carts/deletions", {"cart_ids": [*selected, theirs, 7]}, key="k")

    assert answer.json == {"deleted": sorted([mine, wishes]), "missing": sorted([theirs, 7])}
    assert one.post("/v1/carts/deletions", {"cart_ids": [*selected, theirs, 7]}, key="k").json == answer.json
    assert [cart["id"] for cart in csr.get("/v1/carts").json["carts"]] == [theirs]


@pytest.mark.rule("LI3")
def test_options_are_chosen_before_an_item_is_added(shop: Shop, storefront: Caller, admin: Caller) -> None:
    for product in (
        {"sku": "SHIRT", "name": "Shirt", "options": {"size": ["S", "M"]}},
        {"sku": "SHIRT-M", "name": "Shirt", "price": pence(900), "variant_of": "SHIRT", "option_values": {"size": "M"}},
    ):
        assert admin.post("/v1/products", product).status_code < 300
    path = f"/v1/carts/{begun(storefront, ship_to=ADDRESS)}"
    before = contents(shop.services)

    refused = storefront.post(f"{path}/lines", {"lines": [{"sku": "SHIRT", "quantity": 1}]})
    assert told(refused) == (422, "options_not_chosen")
    assert "SHIRT-M" in refused.json["remedy"]
    assert contents(shop.services) == before

    storefront.post(f"{path}/lines", {"lines": [{"sku": "SHIRT-M", "quantity": 2}]})
    rows(shop.services, "UPDATE product SET active = false WHERE sku = 'SHIRT-M' RETURNING id")
    cart = storefront.get(path).json
    assert [(each["code"], each["position"], each["blocks"]) for each in cart["notices"]] == [("not_sold", 1, True)]
    assert told(storefront.post(f"{path}/lines", {"lines": [{"sku": "SHIRT-M", "quantity": 1}]})) == (422, "not_sold")
    assert told(storefront.post(f"{path}/checkout", {})) == (422, "not_sold")
    assert change(storefront, "PATCH", f"{path}/lines/1", {"quantity": 1}).status_code == 200


@pytest.mark.rule("RO2")
def test_two_people_do_not_overwrite_one_another(shop: Shop, csr: Caller, admin: Caller) -> None:
    shop.sells("MUG")
    path = f"/v1/carts/{begun(csr, ('MUG', 1))}"
    change(admin, "PATCH", f"{path}/lines/1", {"quantity": 2}, match='"1"')
    before = contents(shop.services)

    answer = change(csr, "PATCH", f"{path}/lines/1", {"quantity": 3}, match='"1"')

    assert told(answer) == (412, "stale")
    assert (answer.json["version"], answer.json["updated_by"]) == (2, "key:admin somebody")
    assert told(csr.post(f"{path}/emptying", {}, headers={"If-Match": '"1"'})) == (412, "stale")
    assert contents(shop.services) == before
    assert change(csr, "PATCH", f"{path}/lines/1", {"quantity": 3}, match='"2"').json["version"] == 3


@pytest.mark.rule("AD9")
def test_what_is_gone_or_costs_something_else_is_named_and_never_dropped(shop: Shop, storefront: Caller) -> None:
    for sku in ("MUG", "CAP", "PEN", "INK"):
        shop.sells(sku, price=1000)
    path = f"/v1/carts/{begun(storefront, ('MUG', 1), ('CAP', 1), ('PEN', 1), ('INK', 1), ship_to=ADDRESS)}"
    rows(shop.services, "UPDATE product SET price = 1200 WHERE sku IN ('MUG', 'INK') RETURNING id")
    rows(shop.services, "UPDATE product SET price = NULL, currency = NULL WHERE sku = 'CAP' RETURNING id")
    rows(shop.services, "DELETE FROM product WHERE sku = 'PEN' RETURNING id")

    cart = storefront.get(path).json

    assert [(each["code"], each["position"], each["blocks"]) for each in cart["notices"]] == [
        ("no_price", 2, True),
        ("product_gone", 3, True),
        ("price_changed", 1, False),
        ("price_changed", 4, False),
    ]
    assert [line["price"] for line in cart["lines"]] == [pence(1200), None, None, pence(1200)]
    assert cart["total"] == pence(2400)
    before = contents(shop.services)
    assert told(storefront.post(f"{path}/checkout", {})) == (422, "unknown_sku")
    assert contents(shop.services) == before

    # Whoever puts a line in again has seen its price.
    cart = change(storefront, "PATCH", f"{path}/lines/1", {"quantity": 2}).json
    assert [(each["code"], each["position"]) for each in cart["notices"]] == [
        ("no_price", 2),
        ("product_gone", 3),
        ("price_changed", 4),
    ]
    for position in (2, 3):
        cart = change(storefront, "DELETE", f"{path}/lines/{position}").json
    assert [(each["code"], each["position"]) for each in cart["notices"]] == [("price_changed", 4)]
    assert broken(shop.services) == {}


def test_what_makes_no_sense_is_refused_and_changes_nothing(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    path = f"/v1/carts/{begun(csr, ('MUG', 1))}"
    before = contents(shop.services)

    line = {"sku": "MUG", "quantity": 1}
    for refused, expected in [
        (csr.post("/v1/carts", a_cart(("NONE", 1))), (422, "unknown_sku")),
        (csr.post("/v1/carts", a_cart(market="NONE")), (422, "unknown_market")),
        (csr.post(f"{path}/lines", {"lines": [line, {"sku": "NONE", "quantity": 1}]}), (422, "unknown_sku")),
        (csr.post(f"{path}/lines", {"lines": [{**line, "form": "none"}]}), (422, "no_such_form")),
        (csr.post(f"{path}/lines", {"lines": [{**line, "destination": "none"}]}), (422, "no_such_destination")),
        (
            csr.post(f"{path}/lines", {"lines": [{**line, "price": {"amount": 1, "currency": "EUR"}}]}),
            (422, "currency_mismatch"),
        ),
        (change(csr, "PATCH", f"{path}/lines/2", {"quantity": 2}), (404, "no_such_line")),
        (change(csr, "PATCH", f"{path}/lines/1", {"quantity": 0}), (422, "invalid_fields")),
        (change(csr, "PUT", f"{path}/forms/.bad", {}), (404, "not_found")),
        (change(csr, "PATCH", path, {"reference": "R"}, match=None), (428, "if_match_missing")),
    ]:
        assert told(refused) == expected
    assert contents(shop.services) == before


def test_a_cart_is_reserved_for_a_time_and_others_are_told_what_is_left(
    shop: Shop, storefront: Caller, warehouse: Caller
) -> None:
    shop.sells("MUG", A=3, B=1)
    cart_id, other = begun(storefront, ("MUG", 2)), begun(storefront, ("MUG", 2))

    held = storefront.post(f"/v1/carts/{cart_id}/reservation", {"seconds": 60})
    refused = storefront.post(f"/v1/carts/{other}/reservation", {})
    [shelf, _] = warehouse.get("/v1/inventory", sku="MUG").json["inventory"][0]["warehouses"]
    kept = warehouse.post("/v1/inventory/safety-stock", {"warehouse": "A", "lines": [{"sku": "MUG", "safety": 1}]})
    left = storefront.get("/v1/inventory", sku="MUG").json["inventory"][0]["available"]
    let_go = storefront.post(f"/v1/carts/{cart_id}/reservation/release")

    assert (held.status_code, held.json["reservation"]) == (
        201,
        {"expires_at": "2026-03-02T12:01:00Z", "lines": [{"sku": "MUG", "quantity": 2}]},
    )
    assert (refused.status_code, refused.json["type"], refused.json["skus"]) == (409, "/problems/out_of_stock", ["MUG"])
    assert shelf == {"warehouse": "A", "on_hand": 3, "allocated": 0, "safety": 0, "reserved": 2, "available": 1}
    assert kept.json["counts"] == [
        {"sku": "MUG", "on_hand": 3, "allocated": 0, "safety": 1, "reserved": 2, "available": 0}
    ]
    assert left == 1
    assert let_go.json["reservation"] is None
    assert storefront.get("/v1/inventory", sku="MUG").json["inventory"][0]["available"] == 3
