"""A key of another warehouse: what lies elsewhere is not there for it, and it changes nothing of it."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, one
from scanning import walked

from fulfillment.access.models import Role
from web.route import ROUTES

FITTING: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("test_bad_input.py")))["FITTING"]
_OF_A_WAREHOUSE = {
    name: route
    for name, route in ROUTES.items()
    if Role.WAREHOUSE in route.roles
    and ("<" in route.rule or (route.method == "POST" and '"A"' in json.dumps(FITTING.get(route.rule, {}))))
}
_CHANGES: dict[str, Any] = {
    "/v1/bins/<id:bin_id>": {"active": False},
    "/v1/parcels/<id:parcel_id>": {"weight_grams": 1},
    "/v1/inbound-deliveries/<id:delivery_id>": {"supplier": "Other"},
}
# What belongs to no warehouse: products and their barcodes, shipping methods, states, operations of one's own key.
# A transfer may be asked for by the warehouse that gets it.
_OF_ALL = ("/v1/transfers", "/v1/products", "/v1/markets", "/v1/warehouses", "/v1/shipping-methods", "/v1/operations")
_GONE = 10**12


@pytest.fixture
def elsewhere(api: Api) -> Caller:
    return api.caller(Role.WAREHOUSE, warehouses=["B"], name="Hull")


@pytest.fixture
def ids(shop: Shop, warehouse: Caller) -> dict[str, int]:
    """One of everything in warehouse A."""
    shop.sells("MUG", A=30)
    shop.has_bins("A1")
    sheet = walked(shop, shop.up_to("released", ("MUG", 2)).id)
    sheet.scans(warehouse, "MUG", 2)
    [shipment] = shop.shipments(sheet.orders[0])
    made = {
        "parcel_id": (f"/v1/shipments/{shipment}/parcels", {"items": [{"code": "MUG", "quantity": 1}]}),
        "count_id": ("/v1/counts", {"warehouse": "A", "skus": ["MUG"]}),
        "delivery_id": ("/v1/inbound-deliveries", {**FITTING["/v1/inbound-deliveries"], "warehouse": "A"}),
    }
    found = {name: warehouse.post(path, body).json["id"] for name, (path, body) in made.items()}
    wave = shop.up_to("released", ("MUG", 1)).id
    operation = warehouse.post("/v1/waves", {"shipment_ids": shop.shipments(wave)}).json
    return {
        **found,
        "picklist_id": sheet.id,
        "shipment_id": shipment,
        "line_id": one(shop.services, "SELECT id FROM line_item WHERE shipment_id = :id", id=shipment),
        "bin_id": one(shop.services, "SELECT id FROM bin"),
        "wave_id": operation["result"]["wave_id"],
    }


def test_nothing_of_another_warehouse_is_found_or_changed(shop: Shop, elsewhere: Caller, ids: dict[str, int]) -> None:
    before = contents(shop.services)

    let_in = {}
    for route in _OF_A_WAREHOUSE.values():
        if route.rule.startswith(_OF_ALL) and "transfer_id" not in route.rule:
            continue
        path = re.sub(r"<\w+:(\w+)>", lambda found: str(ids.get(found[1], _GONE)), route.rule)
        body = _CHANGES.get(route.rule) if route.method == "PATCH" else _body(route.rule, ids)
        answer = _sent(elsewhere, route.method, path, body)
        if answer.status_code not in (403, 404):
            let_in[route.name] = (answer.status_code, answer.text[:200])

    assert [f"{name}: {answer}" for name, answer in let_in.items()] == []
    after = contents(shop.services)
    assert {**after, "idempotency_key": []} == {**before, "idempotency_key": []}


def _body(rule: str, ids: dict[str, int]) -> Any:
    """What fits, about what is in warehouse A."""
    written = json.dumps(FITTING.get(rule))
    for name in ("line_id", "shipment_id"):
        written = re.sub(rf'"{name}": \d+', f'"{name}": {ids[name]}', written)
    return json.loads(re.sub(r'"shipment_ids": \[\d+\]', f'"shipment_ids": [{ids["shipment_id"]}]', written))


def _sent(who: Caller, method: str, path: str, body: Any) -> Any:
    if method == "POST":
        return who.post(path, body)
    return who.get(path) if method == "GET" else who.change(method, path, body, version=None)
