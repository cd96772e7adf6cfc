"""Promises over HTTP: how many, where, from which day on; and each who waits is told the place in the queue and the day."""

from api_client import Caller
from builders import Shop, work_off


def _announced(warehouse: Caller, place: str, day: str, **pieces: int) -> None:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]
    body = {"warehouse": place, "supplier": "Mill", "reference": f"PO {day}", "expected_on": day, "lines": lines}
    assert warehouse.post("/v1/inbound-deliveries", body).status_code == 201


def test_a_promise_counts_what_is_there_what_is_kept_back_and_what_is_to_come(
    shop: Shop, warehouse: Caller, storefront: Caller
) -> None:
    shop.sells("MUG", A=5, B=2)
    shop.up_to("assigned", ("MUG", 2))
    shop.up_to("assigned", ("MUG", 4))  # waits: whoever comes now stands behind it
    kept = {"warehouse": "A", "lines": [{"sku": "MUG", "safety": 1}]}
    assert warehouse.post("/v1/inventory/safety-stock", kept).status_code == 201
    _announced(warehouse, "A", "2026-03-10", MUG=4)
    _announced(warehouse, "A", "2026-03-06", MUG=2)
    _announced(warehouse, "B", "2026-03-20", MUG=9)

    days = {
        pieces: storefront.get("/v1/products/MUG/promise", quantity=pieces).json["promised_on"]
        for pieces in (1, 4, 5, 7, 8)
    }
    public = storefront.get("/v1/products/MUG/promise").json
    floor = warehouse.get("/v1/products/MUG/promise", quantity=5).json

    assert days == {1: "2026-03-10", 4: "2026-03-10", 5: "2026-03-20", 7: "2026-03-20", 8: None}
    assert (public["available"], public["warehouses"], public["deliveries"], public["waiting"]) == (4, None, None, None)
    assert floor["waiting"] == 4
    assert floor["warehouses"] == [
        {
            "warehouse": "A",
            "on_hand": 5,
            "allocated": 2,
            "safety": 1,
            "reserved": 0,
            "available": 2,
            "promised_on": None,
        },
        {
            "warehouse": "B",
            "on_hand": 2,
            "allocated": 0,
            "safety": 0,
            "reserved": 0,
            "available": 2,
            "promised_on": "2026-03-20",
        },
    ]
    assert floor["deliveries"] == [
        {"warehouse": "A", "expected_on": "2026-03-06", "pieces": 2},
        {"warehouse": "A", "expected_on": "2026-03-10", "pieces": 4},
        {"warehouse": "B", "expected_on": "2026-03-20", "pieces": 9},
    ]
    assert storefront.get("/v1/products/NONE/promise").status_code == 404
    assert storefront.get("/v1/products/MUG/promise", quantity=0).status_code == 422


def test_what_is_not_sold_yet_is_promised_for_its_day_at_the_earliest(
    shop: Shop, admin: Caller, storefront: Caller
) -> None:
    shop.sells("BOOK", A=5)
    changed = admin.change("PATCH", "/v1/products/BOOK", {"available_from": "2026-04-01T00:00:00Z"})

    told = storefront.get("/v1/products/BOOK/promise", quantity=5).json

    assert (changed.status_code, changed.json["available_from"]) == (200, "2026-04-01T00:00:00Z")
    assert (told["available"], told["available_from"], told["promised_on"]) == (0, "2026-04-01T00:00:00Z", "2026-04-01")
    assert storefront.get("/v1/products/BOOK/promise", quantity=6).json["promised_on"] is None


def test_who_waits_is_told_the_place_in_the_queue_what_is_missing_and_the_day(
    shop: Shop, warehouse: Caller, csr: Caller
) -> None:
    shop.sells("MUG", A=1)
    first = shop.up_to("assigned", ("MUG", 3))
    shop.clock.forward(minutes=1)
    second = shop.up_to("assigned", ("MUG", 2))
    _announced(warehouse, "A", "2026-03-06", MUG=2)
    _announced(warehouse, "A", "2026-03-10", MUG=2)

    told = {
        placed.id: warehouse.get(f"/v1/shipments/{shop.shipments(placed.id)[0]}").json["waits_for"]
        for placed in (first, second)
    }
    explained = csr.get(f"/v1/orders/{second.number}/explanation").json["blockers"][0]["evidence"]

    [of_first], [of_second] = (each["products"] for each in told.values())
    assert (of_first["place"], of_first["ahead_pieces"], of_first["missing"], of_first["expected_on"]) == (
        1,
        0,
        2,
        "2026-03-06",
    )
    assert (of_second["place"], of_second["ahead_pieces"], of_second["missing"], of_second["expected_on"]) == (
        2,
        3,
        4,
        "2026-03-10",
    )
    assert [each["expected_on"] for each in told.values()] == ["2026-03-06", "2026-03-10"]
    assert (explained["expected_on"], explained["products"][0]["place"]) == ("2026-03-10", 2)
    shop.receives("MUG", 2)
    work_off(shop.services)
    assert warehouse.get(f"/v1/shipments/{shop.shipments(first.id)[0]}").json["waits_for"] is None
    assert (shop.statuses(first.id), shop.statuses(second.id)) == (["inventory_assigned"], ["awaiting_inventory"])


def test_a_preorder_says_its_day_and_asks_nobody_for_stock_before_it(shop: Shop, admin: Caller, csr: Caller) -> None:
    shop.sells("BOOK", A=5)
    admin.change("PATCH", "/v1/products/BOOK", {"available_from": "2026-04-01T00:00:00Z"})
    placed = shop.up_to("assigned", ("BOOK", 2))

    [blocker] = csr.get(f"/v1/orders/{placed.number}/explanation").json["blockers"]

    assert (blocker["code"], blocker["who"], blocker["call"]) == ("awaiting_inventory", ["system"], None)
    assert blocker["reason"] == f"shipment {placed.number}-1 is pre-ordered: it is assigned from 2026-04-01 on"
    assert blocker["evidence"]["not_before"] == "2026-04-01T00:00:00Z"
