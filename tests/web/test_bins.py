"""Bins over HTTP."""

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken

from fulfillment.access.models import Role


def _bins(*places: tuple[str, int]) -> dict[str, object]:
    return {"warehouse": "A", "bins": [{"code": code, "position": position} for code, position in places]}


def test_bins_are_listed_as_they_are_walked(shop: Shop, warehouse: Caller) -> None:
    added = warehouse.post("/v1/bins", _bins(("B1", 20), ("A2", 10), ("A1", 10)))
    again = warehouse.post("/v1/bins", _bins(("B1", 20), ("C1", 5)))

    first = warehouse.get("/v1/bins", warehouse="A", limit=3).json
    second = warehouse.get(first["next"]).json

    assert (added.status_code, added.json) == (201, {"added": 3, "unchanged": 0})
    assert again.json == {"added": 1, "unchanged": 1}
    assert [each["code"] for each in first["bins"]] == ["C1", "A1", "A2"]
    assert [each["code"] for each in second["bins"]] == ["B1"]
    assert warehouse.get("/v1/bins", warehouse="B").json == {"bins": [], "next": None}


def test_a_bin_is_changed_and_closed(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=4)
    warehouse.post("/v1/bins", _bins(("A1", 1), ("A2", 2)))
    [first, _] = warehouse.get("/v1/bins", warehouse="A").json["bins"]
    path = f"/v1/bins/{first['id']}"
    put_away = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 3, "to": "A1"}]}
    assert warehouse.post("/v1/inventory/bin-moves", put_away).status_code == 201

    changed = warehouse.change("PATCH", path, {"code": "Z9", "position": 7, "active": False}, version=None)
    taken = warehouse.change("PATCH", path, {"code": "A2"}, version=None)
    closed = warehouse.post(
        "/v1/inventory/receipts", {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 1, "bin": "Z9"}]}
    )

    assert changed.json == {
        "id": first["id"],
        "warehouse": "A",
        "code": "Z9",
        "position": 7,
        "active": False,
        "contents": [{"sku": "MUG", "name": "MUG", "quantity": 3}],
    }
    assert (taken.status_code, taken.json["type"]) == (409, "/problems/code_taken")
    assert (closed.status_code, closed.json["type"], closed.json["remedy"]) == (
        409,
        "/problems/bin_not_active",
        "choose another bin",
    )
    assert warehouse.change("PATCH", path, {}, version=None).status_code == 422
    again = warehouse.post("/v1/bins", _bins(("Z9", 7), ("A3", 3)))
    assert (again.status_code, again.json["type"], again.json["bins"]) == (409, "/problems/bin_differs", ["Z9"])
    assert [each["code"] for each in warehouse.get("/v1/bins", warehouse="A").json["bins"]] == ["A2", "Z9"]


def test_where_pieces_lie_and_how_they_came_there_is_read(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=4, B=1)
    warehouse.post("/v1/bins", _bins(("A1", 1), ("A2", 2)))
    lines = [{"sku": "MUG", "quantity": 3, "to": "A1"}, {"sku": "MUG", "quantity": 1, "from": "A1", "to": "A2"}]
    moved = warehouse.post("/v1/inventory/bin-moves", {"warehouse": "A", "lines": lines})

    places = warehouse.get("/v1/inventory/places", sku="MUG").json
    movements = warehouse.get("/v1/inventory/bin-movements", sku="MUG").json["movements"]

    assert moved.json["counts"] == [
        {"sku": "MUG", "on_hand": 4, "allocated": 0, "safety": 0, "reserved": 0, "available": 4}
    ]
    assert [
        (
            each["warehouse"],
            each["on_hand"],
            {lying["bin"]: lying["quantity"] for lying in each["bins"]},
            each["unplaced"],
        )
        for each in places["warehouses"]
    ] == [("A", 4, {"A1": 2, "A2": 1}, 1), ("B", 1, {}, 1)]
    assert [(each["kind"], each["from_bin"], each["to_bin"], each["quantity"]) for each in movements] == [
        ("moved", "A1", "A2", 1),
        ("put_away", None, "A1", 3),
    ]
    assert broken(shop.services) == {}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/bins", _bins(("A1", 2)), 409, "bin_differs"),
        ("/v1/bins", _bins(("A3", 2), ("A3", 2)), 422, "duplicate_bin"),
        ("/v1/bins", {**_bins(("A3", 2)), "warehouse": "X"}, 422, "unknown_warehouse"),
        ("/v1/inventory/bin-moves", {"sku": "MUG", "quantity": 1}, 422, "invalid_fields"),
        ("/v1/inventory/bin-moves", {"sku": "MUG", "quantity": 1, "from": "A1", "to": "A1"}, 422, "invalid_fields"),
        ("/v1/inventory/bin-moves", {"sku": "MUG", "quantity": 1, "to": "A7"}, 422, "unknown_bin"),
        ("/v1/inventory/bin-moves", {"sku": "MUG", "quantity": 9, "to": "A1"}, 409, "not_there"),
        ("/v1/inventory/bin-moves", {"sku": "NONE", "quantity": 1, "to": "A1"}, 409, "not_there"),
        ("/v1/inventory/bin-moves", {"sku": "X", "quantity": 1, "to": "A1"}, 422, "unknown_sku"),
        ("/v1/inventory/receipts", {"sku": "MUG", "quantity": 1, "bin": "A7"}, 422, "unknown_bin"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    shop: Shop, warehouse: Caller, path: str, body: dict[str, object], status: int, code: str
) -> None:
    shop.sells("MUG", A=4)
    shop.sells("NONE")
    warehouse.post("/v1/bins", _bins(("A1", 1)))
    before = contents(shop.services)

    answer = warehouse.post(path, body if "warehouse" in body else {"warehouse": "A", "lines": [body]})

    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
    assert contents(shop.services) == before


def test_a_reason_that_does_not_fit_is_refused(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=4)
    reasons = warehouse.get("/v1/inventory/reasons").json["reasons"]
    before = contents(shop.services)

    def adjusted(quantity: int, reason: str) -> str:
        body = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": quantity}], "reason": reason}
        return str(warehouse.post("/v1/inventory/adjustments", body).json["type"])

    assert {"code": "theft", "direction": "fewer"} in reasons
    assert [adjusted(-1, "found"), adjusted(1, "theft")] == ["/problems/reason_does_not_fit"] * 2
    assert adjusted(1, "because") == "/problems/invalid_fields"
    assert contents(shop.services) == before


def test_the_bins_of_another_warehouse_are_not_to_be_seen(shop: Shop, api: Api, warehouse: Caller) -> None:
    warehouse.post("/v1/bins", _bins(("A1", 1)))
    [found] = warehouse.get("/v1/bins", warehouse="A").json["bins"]
    other = api.caller(Role.WAREHOUSE, warehouses=["B"])

    assert other.get(f"/v1/bins/{found['id']}").status_code == 404
    assert other.get("/v1/bins", warehouse="A").status_code == 404
    assert other.post("/v1/bins", _bins(("A2", 2))).status_code == 404
    assert other.change("PATCH", f"/v1/bins/{found['id']}", {"position": 2}, version=None).status_code == 404
