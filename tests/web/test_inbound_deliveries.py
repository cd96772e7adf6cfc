"""Announced deliveries over HTTP: less, more and other than announced."""

from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, rows, work_off

from fulfillment.access.models import Role

PATH = "/v1/inbound-deliveries"


@pytest.fixture
def announced(shop: Shop, warehouse: Caller) -> str:
    """A delivery of five mugs and two cups; its path."""
    shop.sells("MUG")
    shop.sells("CUP")
    shop.sells("PAN")
    shop.has_bins("A1")
    lines = [{"sku": "MUG", "quantity": 5}, {"sku": "CUP", "quantity": 2}]
    body = {"warehouse": "A", "supplier": "Potter", "reference": "PO-77", "expected_on": "2026-11-30", "lines": lines}
    return f"{PATH}/{warehouse.post(PATH, body).json['id']}"


def _received(warehouse: Caller, path: str, *lines: tuple[str, int], **more: Any) -> Any:
    listed = [{"sku": sku, "quantity": quantity, "bin": "A1"} for sku, quantity in lines]
    return warehouse.post(f"{path}/receipts", {"lines": listed, **more})


def test_a_delivery_that_comes_in_parts_shows_its_progress_and_serves_who_waits(
    shop: Shop, warehouse: Caller, announced: str
) -> None:
    waiting = shop.up_to("assigned", ("MUG", 2))

    part = _received(warehouse, announced, ("MUG", 2)).json
    work_off(shop.services)
    rest = _received(warehouse, announced, ("MUG", 3), ("CUP", 2)).json

    assert (part["status"], part["progress"]) == ("partially_received", {"expected": 7, "received": 2})
    assert part["lines"] == [
        {"sku": "CUP", "name": "CUP", "expected": 2, "received": 0, "open": 2, "over": 0},
        {"sku": "MUG", "name": "MUG", "expected": 5, "received": 2, "open": 3, "over": 0},
    ]
    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    assert (rest["status"], rest["progress"]["received"]) == ("received", 7)
    assert (shop.stock("MUG"), shop.lies("MUG")) == ((5, 2), {"A1": 5})
    movements = warehouse.get("/v1/inventory/movements", sku="MUG").json["movements"]
    assert [
        (each["on_hand_change"], each["reason"], each["document_id"]) for each in movements if each["on_hand_change"]
    ] == [
        (3, "PO-77", rest["id"]),
        (2, "PO-77", rest["id"]),
    ]
    assert broken(shop.services) == {}

    late = _received(warehouse, announced, ("MUG", 1))
    assert (late.status_code, late.json["guard"]) == (409, "status")


def test_more_and_other_than_announced_is_refused_until_it_is_accepted(
    shop: Shop, warehouse: Caller, announced: str
) -> None:
    before = contents(shop.services)

    refused = _received(warehouse, announced, ("MUG", 6), ("PAN", 1))
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/differs_from_delivery")
    assert refused.json["over"] == [{"sku": "MUG", "expected": 5, "received": 6}]
    assert refused.json["not_expected"] == ["PAN"]
    assert contents(shop.services) == before

    accepted = _received(warehouse, announced, ("MUG", 6), ("PAN", 1), accept_differences=True).json

    assert [(each["sku"], each["open"], each["over"]) for each in accepted["lines"]] == [
        ("CUP", 2, 0),
        ("MUG", 0, 1),
        ("PAN", 0, 1),
    ]
    assert accepted["status"] == "partially_received"
    assert (shop.stock("MUG"), shop.stock("PAN")) == ((6, 0), (1, 0))
    assert broken(shop.services) == {}


def test_a_delivery_of_which_the_rest_does_not_come_is_closed_and_one_that_does_not_come_canceled(
    shop: Shop, warehouse: Caller, announced: str
) -> None:
    _received(warehouse, announced, ("MUG", 1))

    closed = warehouse.post(f"{announced}/end", {})
    again = warehouse.post(f"{announced}/end", {})
    changed = warehouse.change("PATCH", announced, {"expected_on": "2026-12-01"}, version=None)

    assert (closed.json["status"], closed.json["ended_at"] is None) == ("closed", False)
    assert (again.status_code, changed.status_code) == (409, 409)
    assert rows(shop.services, "SELECT status, ended_at IS NULL FROM inbound_delivery") == [("closed", False)]
    body = {"warehouse": "A", "supplier": "Potter", "reference": "PO-78", "expected_on": "2026-12-24"}
    other = warehouse.post(PATH, {**body, "lines": [{"sku": "MUG", "quantity": 5}]}).json["id"]
    assert warehouse.post(f"{PATH}/{other}/end", {}).json["status"] == "canceled"
    assert broken(shop.services) == {}


def test_deliveries_are_listed_by_the_day_they_are_expected_on(
    shop: Shop, api: Api, warehouse: Caller, announced: str
) -> None:
    body = {"warehouse": "B", "supplier": "Smith", "reference": "S1", "expected_on": "2026-11-22"}
    warehouse.post(PATH, {**body, "lines": [{"sku": "PAN", "quantity": 5}]})

    def listed(caller: Caller, **query: Any) -> list[str]:
        return [each["reference"] for each in caller.get(PATH, **query).json["inbound_deliveries"]]

    first = warehouse.get(PATH, limit=1).json
    assert [each["reference"] for each in first["inbound_deliveries"]] == ["S1"]
    assert [each["reference"] for each in warehouse.get(first["next"]).json["inbound_deliveries"]] == ["PO-77"]
    assert (listed(warehouse, sku="MUG"), listed(warehouse, status="received")) == (["PO-77"], [])
    moved = warehouse.change("PATCH", announced, {"expected_on": "2026-11-21"}, version=None)
    assert moved.json["expected_on"] == "2026-11-21"
    assert listed(warehouse) == ["PO-77", "S1"]
    other = api.caller(Role.WAREHOUSE, warehouses=["B"])
    assert listed(other) == ["S1"]
    assert [other.get(announced).status_code, other.post(f"{announced}/end", {}).status_code] == [404, 404]


def test_a_product_named_twice_is_refused(shop: Shop, warehouse: Caller, announced: str) -> None:
    lines = [{"sku": "MUG", "quantity": 5}, {"sku": "MUG", "quantity": 2}]
    body = {"warehouse": "A", "supplier": "P", "reference": "X", "expected_on": "2026-11-30", "lines": lines}

    assert warehouse.post(PATH, body).json["type"] == "/problems/duplicate_sku"
