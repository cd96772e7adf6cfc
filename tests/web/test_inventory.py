"""Stock over HTTP."""

import pytest
from api_client import Caller, contents
from builders import Shop, broken, work_off


def test_each_sees_the_stock_that_is_its_affair(shop: Shop, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG", A=4, B=5)
    shop.up_to("assigned", ("MUG", 3))
    shop.up_to("assigned", ("MUG", 7))

    [office] = csr.get("/v1/inventory", sku="MUG").json["inventory"]
    [public] = storefront.get("/v1/inventory", sku="MUG").json["inventory"]

    assert office == {
        "sku": "MUG",
        "available": 6,
        "waiting": 7,
        "warehouses": [
            {"warehouse": "A", "on_hand": 4, "allocated": 3, "safety": 0, "reserved": 0, "available": 1},
            {"warehouse": "B", "on_hand": 5, "allocated": 0, "safety": 0, "reserved": 0, "available": 5},
        ],
    }
    assert public == {"sku": "MUG", "available": 6, "waiting": None, "warehouses": None}


def test_a_receipt_counts_at_once_and_serves_who_waits(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG")
    shop.sells("CUP", A=1)
    waiting = shop.up_to("assigned", ("MUG", 2))
    assert shop.statuses(waiting.id) == ["awaiting_inventory"]
    lines = [{"sku": "MUG", "quantity": 5}, {"sku": "CUP", "quantity": 1}, {"sku": "MUG", "quantity": 2}]

    answer = warehouse.post("/v1/inventory/receipts", {"warehouse": "A", "lines": lines, "reason": "delivery 7"})

    assert answer.status_code == 201
    assert answer.json == {
        "warehouse": "A",
        "counts": [
            {"sku": "CUP", "on_hand": 2, "allocated": 0, "safety": 0, "reserved": 0, "available": 2},
            {"sku": "MUG", "on_hand": 7, "allocated": 0, "safety": 0, "reserved": 0, "available": 7},
        ],
    }
    work_off(shop.services)
    assert shop.statuses(waiting.id) == ["inventory_assigned"]


def test_every_movement_says_who_and_why(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    body = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": -2}], "reason": "damaged", "note": "two were broken"}
    warehouse.post("/v1/inventory/adjustments", body, headers={"X-Request-ID": "count-7"})

    last, first = warehouse.get("/v1/inventory/movements", sku="MUG").json["movements"]
    page = warehouse.get("/v1/inventory/movements", sku="MUG", limit=1).json

    assert (last["kind"], last["on_hand_change"], last["reason"]) == ("adjusted", -2, "damaged")
    assert last["note"] == "two were broken"
    assert (last["cause"], last["cause_id"], last["actor"]) == ("request", "count-7", "key:warehouse somebody")
    assert (first["kind"], first["on_hand_change"]) == ("received", 5)
    assert page["movements"] == [last]
    assert warehouse.get(page["next"]).json["movements"] == [first]


def test_what_is_promised_cannot_be_counted_away(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    shop.up_to("assigned", ("MUG", 4))
    before = contents(shop.services)
    body = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": -2}], "reason": "lost"}

    answer = warehouse.post("/v1/inventory/adjustments", body)

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/stock_negative")
    assert contents(shop.services) == before


def test_by_force_it_can_and_it_says_who_waits_again_and_why(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 4))
    body = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": -2}], "reason": "lost", "force": True}

    answer = warehouse.post("/v1/inventory/adjustments", body).json

    assert answer == {
        "warehouse": "A",
        "counts": [{"sku": "MUG", "on_hand": 3, "allocated": 0, "safety": 0, "reserved": 0, "available": 3}],
        "unassigned": [{"id": shop.shipments(placed.id)[0], "number": f"{placed.number}-1"}],
    }
    work_off(shop.services)
    assert shop.statuses(placed.id) == ["awaiting_inventory"]
    [blocker] = csr.get(f"/v1/orders/{placed.number}/explanation").json["blockers"]
    lost = blocker["evidence"]["lost_assignment"]
    assert (lost["reason"], lost["warehouse"], lost["actor"]) == ("lost", "A", "key:warehouse somebody")
    assert broken(shop.services) == {}

    def movements(**narrowed: str) -> list[int]:
        found = warehouse.get("/v1/inventory/movements", sku="MUG", **narrowed).json["movements"]
        return [each["on_hand_change"] for each in found]

    assert (movements(kind="adjusted"), movements(kind="shipped"), movements(warehouse="B")) == ([-2], [], [])
    assert len(movements(warehouse="A")) == len(movements()) == 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"warehouse": "X", "lines": [{"sku": "MUG", "quantity": 1}]}, "unknown_warehouse"),
        ({"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 1}, {"sku": "X", "quantity": 1}]}, "unknown_sku"),
        ({"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 0}]}, "invalid_fields"),
        ({"warehouse": "A", "lines": [{"sku": "MUG", "quantity": -1}]}, "invalid_fields"),
    ],
)
def test_a_receipt_that_cannot_be_meant_changes_nothing(
    shop: Shop, warehouse: Caller, body: dict[str, object], code: str
) -> None:
    shop.sells("MUG", A=5)
    before = contents(shop.services)

    answer = warehouse.post("/v1/inventory/receipts", body)

    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{code}")
    assert contents(shop.services) == before


def test_an_adjustment_by_nothing_is_none(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    body = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 0}], "reason": "count"}

    assert warehouse.post("/v1/inventory/adjustments", body).status_code == 422


def test_all_stock_is_read_page_by_page(shop: Shop, warehouse: Caller) -> None:
    for sku in ("CUP", "MUG", "PAN"):
        shop.sells(sku, A=1)
    shop.sells("NEVER")

    first = warehouse.get("/v1/inventory", limit=2).json
    second = warehouse.get(first["next"]).json

    assert [each["sku"] for each in first["inventory"] + second["inventory"]] == ["CUP", "MUG", "PAN"]
    assert second["next"] is None
    assert warehouse.get("/v1/inventory?sku=NEVER&sku=MUG").json["inventory"][1] == {
        "sku": "NEVER",
        "available": 0,
        "waiting": 0,
        "warehouses": [],
    }
    assert warehouse.get("/v1/inventory", sku="X").status_code == 404
    assert warehouse.get("/v1/inventory/movements", sku="X").status_code == 404
