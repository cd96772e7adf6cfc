"""Order configurations over HTTP: made, refused, chosen, and what orders show by them."""

from typing import Any

import pytest
from api_client import Caller, a_checkout, contents
from builders import Shop

STATES = [
    {"name": "Eingegangen", "meaning": "new"},
    {"name": "In Arbeit", "meaning": "processing"},
    {"name": "Fertig", "meaning": "completed"},
    {"name": "Storniert", "meaning": "canceled"},
    {"name": "Angehalten", "meaning": "hold", "other_reasons": True},
]
WAYS = [
    {"from": "In Arbeit", "to": "Angehalten"},
    {"from": "Angehalten", "to": "In Arbeit"},
    {"from": "Angehalten", "to": "Storniert"},
]


def a_configuration(*more: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"name": "Laden", "states": STATES, "transitions": [*WAYS, *more], **others}


@pytest.mark.rule("OL18")
def test_six_states_are_there_by_default(csr: Caller) -> None:
    [default] = csr.get("/v1/order-configurations").json["order_configurations"]

    assert (default["name"], default["active"]) == ("Default", True)
    assert {(state["name"], state["meaning"]) for state in default["states"]} == {
        ("New", "new"),
        ("Processing", "processing"),
        ("Completed", "completed"),
        ("Canceled", "canceled"),
        ("Fraud", "hold"),
        ("Suspended", "hold"),
    }


@pytest.mark.rule("OL20")
def test_orders_show_the_states_that_a_client_made(shop: Shop, csr: Caller, admin: Caller) -> None:
    shop.sells("MUG", A=5)
    number = shop.up_to("assigned", ("MUG", 1)).number

    made = admin.post("/v1/order-configurations", a_configuration(activate=True))
    seen = csr.get(f"/v1/orders/{number}").json["state"]
    csr.post(f"/v1/orders/{number}/holds", {"reason": "verify order"})
    held = csr.get(f"/v1/orders/{number}").json["state"]
    back = admin.post("/v1/order-configurations/default/activation")

    assert (made.status_code, made.json["active"]) == (201, True)
    assert made.json["states"][4] == {
        "name": "Angehalten",
        "meaning": "hold",
        "reason": "Angehalten",
        "other_reasons": True,
    }
    assert made.json["transitions"][0] == {"from": "In Arbeit", "to": "Angehalten", "keeps_hold": False}
    assert (seen, held) == ("In Arbeit", "Angehalten")
    assert (back.json["name"], back.json["active"]) == ("Default", True)
    assert csr.get(f"/v1/orders/{number}").json["state"] == "Suspended"
    listed = csr.get("/v1/order-configurations").json["order_configurations"]
    assert [(each["name"], each["active"]) for each in listed] == [("Default", True), ("Laden", False)]


@pytest.mark.rule("OL20")
def test_a_configuration_in_which_an_order_on_hold_could_ship_is_refused_with_the_path(
    shop: Shop, admin: Caller
) -> None:
    unsafe = [*WAYS[:1], {"from": "Angehalten", "to": "In Arbeit", "keeps_hold": True}, *WAYS[2:]]
    before = contents(shop.services)

    answer = admin.post("/v1/order-configurations", {**a_configuration(), "transitions": unsafe})

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/unsafe_configuration")
    assert answer.json["faults"] == [
        {
            "code": "on_hold",
            "reason": "the order would be In Arbeit, and still on hold for Angehalten",
            "path": ["Eingegangen", "In Arbeit", "Angehalten", "In Arbeit"],
        }
    ]
    assert contents(shop.services) == before


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"from": "In Arbeit", "to": "Fertig"}, "derived"),
        ({"from": "Eingegangen", "to": "In Arbeit"}, "balance_due"),
        ({"from": "Storniert", "to": "In Arbeit"}, "order_closed"),
        ({"from": "In Arbeit", "to": "Nirgendwo"}, "shape"),
    ],
)
def test_what_could_not_be_true_is_refused(shop: Shop, admin: Caller, more: dict[str, Any], code: str) -> None:
    before = contents(shop.services)

    answer = admin.post("/v1/order-configurations", a_configuration(more))

    assert (answer.status_code, answer.json["guard"]) == (422, code)
    assert contents(shop.services) == before


def test_a_name_is_taken_once(admin: Caller) -> None:
    admin.post("/v1/order-configurations", a_configuration())

    assert admin.post("/v1/order-configurations", a_configuration(name="LADEN")).json["type"] == "/problems/name_taken"
    assert admin.post("/v1/order-configurations", a_configuration(name="default")).status_code == 409
    assert admin.post("/v1/order-configurations/nobody/activation").status_code == 404


def test_only_administrators_make_and_choose(csr: Caller, storefront: Caller, warehouse: Caller) -> None:
    assert csr.post("/v1/order-configurations", a_configuration()).status_code == 403
    assert csr.post("/v1/order-configurations/Default/activation").status_code == 403
    assert storefront.get("/v1/order-configurations").status_code == 403
    assert warehouse.get("/v1/order-configurations").status_code == 403


def test_a_storefront_is_not_told_the_state_since_it_may_name_a_hold(
    shop: Shop, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG")
    number = storefront.post("/v1/checkouts", a_checkout()).json["number"]

    assert storefront.get(f"/v1/orders/{number}").json["state"] is None
    assert csr.get(f"/v1/orders/{number}").json["state"] == "New"
