"""What a checkout may be made of: forms, addresses, methods, split lines, gifts (ST2 to ST5, AD3 to AD6)."""

from typing import Any

import pytest
from api_client import ADDRESS, Caller, a_checkout, contents, pence
from builders import Shop, broken, work_off

HULL = {**ADDRESS, "line1": "9 Dock", "city": "Hull"}
TWO_PLACES: dict[str, Any] = {
    "ship_to": None,
    "destinations": [
        {"key": "leith", "ship_to": ADDRESS, "shipping_method": "post", "shipping": pence(300)},
        {"key": "hull", "ship_to": HULL, "shipping_method": "courier", "shipping": pence(700)},
    ],
}


@pytest.mark.rule("OL1")
@pytest.mark.rule("OL2")
@pytest.mark.rule("ST5")
@pytest.mark.rule("AD3")
@pytest.mark.rule("AD4")
@pytest.mark.rule("AD5")
def test_items_go_to_several_addresses_each_with_its_method_and_gift_mark(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("CAP", price=500, A=9)
    body = a_checkout(
        {"sku": "MUG", "quantity": 1, "destination": "leith"},
        {"sku": "CAP", "quantity": 2, "destination": "hull", "gift": True, "gift_message": "Yours, Bo"},
        **TWO_PLACES,
    )

    number = storefront.post("/v1/checkouts", body).json["number"]

    work_off(shop.services)
    order = csr.get(f"/v1/orders/{number}").json
    assert order["status"] == "in_progress"
    assert order["total"] == pence(1000 + 1000 + 300 + 700)
    told = [
        (each["ship_to"]["city"], each["shipping_method"], each["shipping"], each["amount"], each["status"])
        for each in order["shipments"]
    ]
    assert told == [
        ("Leith", "post", pence(300), pence(1300), "inventory_assigned"),
        ("Hull", "courier", pence(700), pence(1700), "inventory_assigned"),
    ]
    [mug], [cap] = (each["lines"] for each in order["shipments"])
    assert (mug["gift"], mug["gift_message"]) == (False, None)
    assert (cap["gift"], cap["gift_message"]) == (True, "Yours, Bo")
    assert broken(shop.services) == {}


@pytest.mark.rule("ST3")
@pytest.mark.rule("ST4")
def test_a_quantity_is_split_over_shipments_to_the_last_penny(shop: Shop, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG", price=1000, A=9)
    split = [{"quantity": 1, "destination": "leith"}, {"quantity": 2, "destination": "hull", "gift": True}]
    body = a_checkout({"sku": "MUG", "quantity": 3, "discount": pence(100), "tax": pence(50), "split": split})
    body |= TWO_PLACES

    number = storefront.post("/v1/checkouts", body).json["number"]

    order = csr.get(f"/v1/orders/{number}").json
    lines = [line for shipment in order["shipments"] for line in shipment["lines"]]
    assert [(line["position"], line["quantity"], line["gift"]) for line in lines] == [(1, 1, False), (1, 2, True)]
    assert [(line["discount"]["amount"], line["tax"]["amount"]) for line in lines] == [(33, 16), (67, 34)]
    assert order["total"] == pence(3000 - 100 + 50 + 1000)
    assert broken(shop.services) == {}


@pytest.mark.rule("ST2")
def test_each_form_has_its_own_contact_address_reference_discount_and_subtotal(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=1000)
    contact = {"name": "Ada", "email": "ada@example.org", "phone": "0131 1"}
    body = a_checkout(
        {"sku": "MUG", "quantity": 2, "form": "lab"},
        {"sku": "MUG", "quantity": 1, "form": "office"},
        forms=[
            {"key": "lab", "name": "Laboratory", "contact": contact, "reference": "CC-7", "discount": pence(500)},
            {"key": "office", "name": "Office", "bill_to": HULL},
        ],
        bill_to=ADDRESS,
        discount=pence(100),
    )

    number = storefront.post("/v1/checkouts", body).json["number"]

    order = csr.get(f"/v1/orders/{number}").json
    lab, office = order["forms"]
    assert (lab["name"], lab["contact"], lab["reference"], lab["bill_to"]) == ("Laboratory", contact, "CC-7", ADDRESS)
    assert (office["name"], office["contact"], office["reference"], office["bill_to"]) == ("Office", None, None, HULL)
    assert (lab["discount"], lab["subtotal"]) == (pence(500), pence(2000 - 500 - 60))
    assert (office["discount"], office["subtotal"]) == (pence(0), pence(1000 - 40))
    assert [each["form_id"] for each in order["shipments"]] == [lab["id"], office["id"]]
    assert order["total"] == pence(2400)
    assert broken(shop.services) == {}


@pytest.mark.rule("AD6")
@pytest.mark.rule("OL17")
def test_what_needs_no_shipping_has_no_address_and_ships_itself_once_paid(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("GIFTCARD", price=1000, needs_shipping=False)
    body = a_checkout(("GIFTCARD", 1))
    del body["ship_to"]

    number = storefront.post("/v1/checkouts", body).json["number"]

    work_off(shop.services)
    order = csr.get(f"/v1/orders/{number}").json
    assert (order["status"], order["payment_status"]) == ("completed", "paid")
    [shipment] = order["shipments"]
    assert (shipment["status"], shipment["ship_to"], shipment["shipping_method"]) == ("shipped", None, None)


@pytest.mark.rule("AD3")
@pytest.mark.rule("AD4")
@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({"lines": [{"sku": "MUG", "quantity": 1}]}, "no_address", id="an item goes nowhere"),
        pytest.param(
            {"lines": [{"sku": "MUG", "quantity": 1, "destination": "leith"}]},
            "address_without_items",
            id="two addresses for one item",
        ),
        pytest.param(
            {
                "lines": [
                    {"sku": "MUG", "quantity": 1, "destination": "leith"},
                    {"sku": "GIFTCARD", "quantity": 1, "destination": "hull"},
                ]
            },
            "address_without_items",
            id="the second address has only what needs no shipping",
        ),
        pytest.param(
            {
                "lines": [
                    {"sku": "MUG", "quantity": 1, "destination": "leith"},
                    {"sku": "MUG", "quantity": 1, "destination": "hull"},
                ],
                "destinations": [{"key": "leith", "ship_to": ADDRESS}, {"key": "hull", "ship_to": HULL}],
            },
            "no_shipping_method",
            id="addresses without a method",
        ),
        pytest.param(
            {"lines": [{"sku": "MUG", "quantity": 1, "destination": "leith", "form": "lab"}]},
            "invalid_fields",
            id="a form nobody named",
        ),
        pytest.param({"forms": [{"key": "lab"}]}, "form_without_lines", id="a form without lines"),
        pytest.param(
            {"lines": [{"sku": "MUG", "quantity": 2, "split": [{"quantity": 1, "destination": "leith"}]}]},
            "invalid_fields",
            id="a split that does not add up",
        ),
        pytest.param(
            {
                "lines": [{"sku": "MUG", "quantity": 1, "form": "lab"}],
                "forms": [{"key": "lab", "discount": pence(1001)}],
                "destinations": [],
                "ship_to": ADDRESS,
            },
            "discount_too_large",
            id="a form's discount above its lines",
        ),
    ],
)
def test_a_structure_that_makes_no_sense_is_refused_with_a_reason(
    shop: Shop, storefront: Caller, more: dict[str, Any], code: str
) -> None:
    shop.sells("MUG", price=1000)
    shop.sells("GIFTCARD", needs_shipping=False)
    body = a_checkout(
        {"sku": "MUG", "quantity": 1, "destination": "leith"}, {"sku": "MUG", "quantity": 1, "destination": "hull"}
    )
    before = contents(shop.services)

    answer = storefront.post("/v1/checkouts", body | TWO_PLACES | more)

    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{code}")
    assert contents(shop.services) == before


@pytest.mark.rule("AD6")
def test_what_shipping_costs_is_in_the_order_whoever_it_was_said_for(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("SONG", price=99, needs_shipping=False)
    body = a_checkout(
        {"sku": "MUG", "quantity": 1, "destination": "hull"},
        {"sku": "SONG", "quantity": 1},
        ship_to=None,
        shipping=pence(300),
        destinations=[{"key": "hull", "ship_to": HULL, "shipping_method": "courier", "shipping": pence(700)}],
    )

    number = storefront.post("/v1/checkouts", body).json["number"]

    order = csr.get(f"/v1/orders/{number}").json
    assert order["total"] == pence(1099 + 1000)
    assert [(each["shipping"], each["amount"]) for each in order["shipments"]] == [
        (pence(1000), pence(2000)),
        (pence(0), pence(99)),
    ]
    assert broken(shop.services) == {}
