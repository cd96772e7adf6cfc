"""Carts become orders: by checkout or by hand, once, and not while something is missing (ST1, OL1, OL3, AD6)."""

import pytest
from api_client import ADDRESS, Caller, contents, pence
from builders import Shop, broken, one, rows, work_off
from carts_over_http import begun, change, told

CARD = {"payments": [{"method": "card", "token": "tok_ok"}]}
HULL = {**ADDRESS, "city": "Hull"}


@pytest.mark.rule("ST1")
@pytest.mark.rule("OL1")
def test_a_checkout_makes_one_order_of_a_cart(shop: Shop, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG", price=1000, A=9)
    customer = {"name": "Bo Lind", "email": "bo@example.org"}
    cart_id = begun(storefront, ("MUG", 2), customer=customer, ship_to=ADDRESS, shipping=pence(300), reference="R7")
    path = f"/v1/carts/{cart_id}"

    answer = storefront.post(f"{path}/checkout", {**CARD, "total": pence(2300)})

    assert (answer.status_code, answer.json["status"], answer.json["total"]) == (202, "in_progress", pence(2300))
    number = answer.json["number"]
    assert answer.headers["Location"] == f"/v1/orders/{number}"
    work_off(shop.services)
    order = storefront.get(f"/v1/orders/{number}").json
    assert (order["payment_status"], order["reference"], order["customer"]) == ("authorized", "R7", customer)
    assert [shipment["status"] for shipment in order["shipments"]] == ["inventory_assigned"]
    cart = storefront.get(path).json
    assert (cart["order"], cart["version"]) == (number, 2)
    assert [each["id"] for each in storefront.get("/v1/carts", converted="true").json["carts"]] == [cart_id]
    entries = csr.get(f"/v1/orders/{number}/timeline").json["entries"]
    assert ("convert_cart", {"cart_id": cart_id}) in [(entry["verb"], entry["detail"]) for entry in entries]
    assert broken(shop.services) == {}


@pytest.mark.rule("ST1")
def test_what_has_become_an_order_is_neither_ordered_again_nor_edited(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000, A=9)
    cart_id, other = begun(storefront, ("MUG", 2), ship_to=ADDRESS), begun(storefront, ("MUG", 1))
    path = f"/v1/carts/{cart_id}"
    number = storefront.post(f"{path}/checkout", CARD, key="first").json["number"]
    before = contents(shop.services)

    for refused in (
        storefront.post(f"{path}/checkout", CARD),
        storefront.post(f"{path}/lines", {"lines": [{"sku": "MUG", "quantity": 1}]}),
        storefront.post(f"{path}/emptying", {}),
        storefront.post(f"{path}/moves", {"positions": [1], "to": other}),
        storefront.post(f"/v1/carts/{other}/moves", {"positions": [1], "to": cart_id}),
        change(storefront, "PATCH", path, {"reference": "R"}),
        change(storefront, "PATCH", f"{path}/lines/1", {"quantity": 1}),
        change(storefront, "DELETE", f"{path}/lines/1"),
    ):
        assert told(refused) == (409, "cart_converted")
        assert refused.json["order"] == number
        assert number in refused.json["remedy"]
    repeated = storefront.post(f"{path}/checkout", CARD, key="first")
    assert (repeated.json["number"], repeated.headers["Idempotent-Replayed"]) == (number, "true")
    assert contents(shop.services) == before


@pytest.mark.rule("OL1")
def test_a_cart_that_lacks_something_is_not_placed_and_says_what_helps(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    shop.sells("LAMP", when_short="deny", A=1)
    shop.sells("SONG", price=99, needs_shipping=False)
    unused = begun(storefront, ("MUG", 1), ship_to=ADDRESS)
    change(storefront, "PUT", f"/v1/carts/{unused}/destinations/hull", {"ship_to": HULL})
    wishes = begun(storefront, ("MUG", 1), kind="wish_list", ship_to=ADDRESS)
    carts = {
        (409, "empty_cart"): begun(storefront, ship_to=ADDRESS),
        (409, "wish_list"): wishes,
        (422, "no_address"): begun(storefront, ("MUG", 1), ("SONG", 1)),
        (422, "address_without_items"): unused,
        (409, "out_of_stock"): begun(storefront, ("LAMP", 2), ship_to=ADDRESS),
    }
    before = contents(shop.services)

    for refusal, cart_id in carts.items():
        answer = storefront.post(f"/v1/carts/{cart_id}/checkout", CARD)
        assert told(answer) == refusal
        assert answer.json["remedy"] or refusal[1] == "out_of_stock"
    assert contents(shop.services) == before


@pytest.mark.rule("OL1")
def test_nobody_pays_what_was_not_shown(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    cart_id = begun(storefront, ("MUG", 1), ship_to=ADDRESS)
    rows(shop.services, "UPDATE product SET price = 1200 RETURNING id")
    before = contents(shop.services)

    answer = storefront.post(f"/v1/carts/{cart_id}/checkout", {**CARD, "total": pence(1000)})
    assert told(answer) == (409, "total_changed")
    assert answer.json["total"] == pence(1200)
    short = {"payments": [{"method": "card", "token": "tok_ok", "amount": pence(1000)}]}
    assert told(storefront.post(f"/v1/carts/{cart_id}/checkout", short)) == (422, "payments_do_not_add_up")
    assert contents(shop.services) == before


@pytest.mark.rule("AD6")
def test_where_nothing_needs_shipping_no_address_is_asked_for(shop: Shop, storefront: Caller) -> None:
    shop.sells("SONG", price=99, needs_shipping=False)
    cart_id = begun(storefront, ("SONG", 1))
    cart = storefront.get(f"/v1/carts/{cart_id}").json
    assert (cart["needs_shipping"], cart["notices"]) == (False, [])

    number = storefront.post(f"/v1/carts/{cart_id}/checkout", CARD).json["number"]

    work_off(shop.services)
    order = storefront.get(f"/v1/orders/{number}").json
    assert (order["status"], order["payment_status"]) == ("completed", "paid")
    assert [shipment["ship_to"] for shipment in order["shipments"]] == [None]


@pytest.mark.rule("ST2")
def test_an_order_gets_the_sections_of_its_cart_and_none_that_is_empty(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    cart_id = begun(storefront, ("MUG", 1), ("MUG", 2), ship_to=ADDRESS)
    for position, key in (("1", "lab"), ("2", "shop")):
        change(storefront, "PUT", f"/v1/carts/{cart_id}/forms/{key}", {"name": key, "discount": pence(100)})
        change(storefront, "PATCH", f"/v1/carts/{cart_id}/lines/{position}", {"form": key})

    number = storefront.post(f"/v1/carts/{cart_id}/checkout", CARD).json["number"]

    forms = storefront.get(f"/v1/orders/{number}").json["forms"]
    assert [(form["name"], form["subtotal"]) for form in forms] == [("lab", pence(900)), ("shop", pence(1900))]
    assert broken(shop.services) == {}


@pytest.mark.rule("OL3")
@pytest.mark.rule("OL2")
def test_customer_service_makes_an_order_of_a_cart_and_records_what_came_by_telephone(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=1000, A=9)
    cart_id = begun(storefront, ("MUG", 2), ship_to=ADDRESS)

    answer = csr.post(f"/v1/carts/{cart_id}/conversion", {"manual_payment": pence(1500)})

    assert answer.status_code == 201
    order = answer.json
    assert answer.headers["Location"] == f"/v1/orders/{order['number']}"
    assert (order["status"], order["payment_status"]) == ("in_progress", "partially_paid")
    assert [(each["method"], each["amount"]) for each in order["payments"]] == [("manual", pence(1500))]
    assert storefront.get(f"/v1/orders/{order['number']}").json["total"] == pence(2000)
    rest = csr.post(f"/v1/orders/{order['number']}/payments", {"method": "manual"})
    assert (rest.status_code, rest.json["amount"]) == (201, pence(500))
    work_off(shop.services)
    assert csr.get(f"/v1/orders/{order['number']}").json["shipments"][0]["status"] == "inventory_assigned"
    assert told(csr.post(f"/v1/carts/{cart_id}/conversion", {})) == (409, "cart_converted")
    assert broken(shop.services) == {}


@pytest.mark.rule("OL3")
def test_a_conversion_without_money_waits_for_it_and_one_with_too_much_is_none(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=1000, A=9)
    cart_id = begun(storefront, ("MUG", 2), ship_to=ADDRESS)
    before = contents(shop.services)

    assert told(csr.post(f"/v1/carts/{cart_id}/conversion", {"manual_payment": pence(2001)})) == (
        409,
        "payment_too_high",
    )
    assert told(storefront.post(f"/v1/carts/{cart_id}/conversion", {})) == (403, "role")
    assert contents(shop.services) == before

    order = csr.post(f"/v1/carts/{cart_id}/conversion", {}).json
    work_off(shop.services)
    assert (order["status"], order["payment_status"], order["payments"]) == ("in_progress", "unpaid", [])
    assert one(shop.services, "SELECT status FROM shipment") == "pending"


@pytest.mark.rule("OL13")
def test_a_cart_that_became_an_order_may_go_and_the_order_stays(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    cart_id = begun(storefront, ("MUG", 1), ship_to=ADDRESS)
    number = storefront.post(f"/v1/carts/{cart_id}/checkout", CARD).json["number"]

    change(storefront, "DELETE", f"/v1/carts/{cart_id}")

    assert storefront.get(f"/v1/orders/{number}").status_code == 200
    assert broken(shop.services) == {}
