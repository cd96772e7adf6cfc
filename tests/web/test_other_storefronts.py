"""A key of another storefront: what is not its own is not there for it, and it changes nothing of it; a limit holds everywhere."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from api_client import ADDRESS, Api, Caller, a_checkout, contents
from builders import Shop, one, work_off
from returning import line_ids

from fulfillment.access.models import Role
from web.route import ROUTES

FITTING: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("test_bad_input.py")))["FITTING"]
# What belongs to no storefront.
_OF_ALL = ("/v1/products", "/v1/markets", "/v1/shipping-methods")
_OF_A_STOREFRONT = [
    route
    for route in ROUTES.values()
    if Role.STOREFRONT in route.roles and "<" in route.rule and not route.rule.startswith(_OF_ALL)
]
_CHANGES: dict[str, Any] = {
    "PATCH /v1/carts/<id:cart_id>": {"reference": "mine"},
    "PATCH /v1/carts/<id:cart_id>/lines/<id:position>": {"quantity": 2},
    "PUT /v1/carts/<id:cart_id>/forms/<code:key>": {"name": "mine"},
    "PUT /v1/carts/<id:cart_id>/destinations/<code:key>": {"ship_to": ADDRESS},
    "PATCH /v1/webhook-endpoints/<id:endpoint_id>": {"description": "mine"},
}
_LISTS = {
    "/v1/orders": "orders",
    "/v1/carts": "carts",
    "/v1/returns": "returns",
    "/v1/webhook-endpoints": "webhook_endpoints",
    "/v1/webhook-deliveries": "webhook_deliveries",
}


def _made(who: Caller, path: str, body: dict[str, Any]) -> int:
    answer = who.post(path, body)
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


@pytest.fixture
def ours(shop: Shop, storefront: Caller, csr: Caller) -> dict[str, Any]:
    """One of everything that is this storefront's."""
    shop.sells("MUG", A=30)
    endpoint = storefront.post("/v1/webhook-endpoints", {"url": "https://shop.example/told", "events": ["*"]}).json[
        "id"
    ]
    storefront.post(f"/v1/webhook-endpoints/{endpoint}/test", {})
    number = storefront.post("/v1/checkouts", a_checkout(("MUG", 2))).json["number"]
    work_off(shop.services, only="payments")
    work_off(shop.services, only="inventory")
    order = one(shop.services, "SELECT id FROM purchase_order WHERE number = :number", number=number)
    for state in ("released", "packing", "shipped"):
        {"released": shop.releases, "packing": shop.picklists, "shipped": shop.completes}[state](order)
        work_off(shop.services, only="shipments")
    work_off(shop.services, only="payments")
    back = {"order": number, "lines": [{"line_id": line_ids(shop, order)["MUG"], "quantity": 1, "reason": "other"}]}
    cart = {"market": "DE", "lines": [{"sku": "MUG", "quantity": 1}]}
    return {
        "number": number,
        "return_id": _made(csr, "/v1/returns", {**back, "notify_customer": False}),
        "cart_id": _made(storefront, "/v1/carts", cart),
        "position": 1,
        "key": "default",
        "endpoint_id": endpoint,
        "delivery_id": one(shop.services, "SELECT min(id) FROM webhook_delivery"),
        "operation_id": one(shop.services, "SELECT min(id) FROM operation"),
    }


def _asked(who: Caller, route: Any, ours: dict[str, Any]) -> Any:
    path = re.sub(r"<\w+:(\w+)>", lambda found: str(ours[found[1]]), route.rule)
    if route.method == "GET":
        return who.get(path)
    if route.method == "POST":
        return who.post(path, FITTING[route.rule])
    return who.change(route.method, path, _CHANGES.get(route.name))


def test_nothing_of_another_storefront_is_found_or_changed(
    shop: Shop, api: Api, storefront: Caller, ours: dict[str, Any]
) -> None:
    elsewhere = api.caller(Role.STOREFRONT)
    before = contents(shop.services)

    answers = {route.name: _asked(elsewhere, route, ours) for route in _OF_A_STOREFRONT}
    lists = {path: elsewhere.get(path).json for path in _LISTS}

    assert {name: (each.status_code, each.json["type"]) for name, each in answers.items()} == dict.fromkeys(
        answers, (404, "/problems/not_found")
    )
    assert {path: shown[_LISTS[path]] for path, shown in lists.items()} == {path: [] for path in _LISTS}
    assert contents(shop.services) == before
    mine = {
        route.name: _asked(storefront, route, ours).status_code
        for route in _OF_A_STOREFRONT
        if route.method == "GET" and "operation_id" not in route.rule  # what was worked here was asked for by others
    }
    assert mine == dict.fromkeys(mine, 200)
    assert [path for path, name in _LISTS.items() if not storefront.get(path).json[name]] == []


def test_naming_another_storefronts_things_in_a_body_finds_nothing_either(
    shop: Shop, api: Api, ours: dict[str, Any]
) -> None:
    elsewhere = api.caller(Role.STOREFRONT)
    own = elsewhere.post("/v1/carts", {"market": "DE", "lines": [{"sku": "MUG", "quantity": 1}]}).json["id"]
    before = contents(shop.services)
    lines = FITTING["/v1/returns"]["lines"]

    answers = [
        elsewhere.post("/v1/returns", {"order": ours["number"], "lines": lines, "notify_customer": False}),
        elsewhere.post(f"/v1/carts/{own}/moves", {"positions": [1], "to": ours["cart_id"]}),
        elsewhere.post("/v1/carts/deletions", {"cart_ids": [ours["cart_id"]]}),
    ]

    assert [each.status_code for each in answers] == [404, 404, 200]
    assert {**contents(shop.services), "idempotency_key": ""} == {**before, "idempotency_key": ""}


def test_a_limited_key_moves_no_more_money_by_whatever_route(shop: Shop, api: Api, ours: dict[str, Any]) -> None:
    poor = api.caller(Role.CSR, refund_limit=1)
    [payment] = shop.payments(one(shop.services, "SELECT id FROM purchase_order"))
    before = contents(shop.services)
    money = {"amount": {"amount": 2, "currency": "GBP"}}

    answers = {
        path: poor.post(path, {**FITTING[rule], **money})
        for path, rule in (
            (f"/v1/payments/{payment}/refunds", "/v1/payments/<id:payment_id>/refunds"),
            (f"/v1/orders/{ours['number']}/refunds", "/v1/orders/<name:number>/refunds"),
        )
    }
    held_back = poor.post(f"/v1/orders/{ours['number']}/write-offs", {"reason": "x"})

    assert {(each.status_code, each.json["guard"]) for each in answers.values()} == {(403, "refund_limit")}
    assert (held_back.status_code, held_back.json["guard"]) == (403, "role")
    assert contents(shop.services) == before
