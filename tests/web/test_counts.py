"""Counts over HTTP: blind, as often as needed, and nobody is oversold by what was found missing."""

from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, rows, work_off

from fulfillment.access.models import Role

PATH = "/v1/counts"


@pytest.fixture
def bins(shop: Shop, warehouse: Caller) -> None:
    """Ten mugs: four in A1, three in A2, three outside the bins; two cups in A1."""
    shop.sells("MUG", A=10)
    shop.sells("CUP", A=2)
    shop.has_bins("A1", "A2", "A3")
    lines = [
        {"sku": "MUG", "quantity": 4, "to": "A1"},
        {"sku": "MUG", "quantity": 3, "to": "A2"},
        {"sku": "CUP", "quantity": 2, "to": "A1"},
    ]
    warehouse.post("/v1/inventory/bin-moves", {"warehouse": "A", "lines": lines})


@pytest.fixture
def lead(api: Api) -> Caller:
    """Somebody else of the warehouse, who counts nothing."""
    return api.caller(Role.WAREHOUSE, name="the lead")


def _opened(warehouse: Caller, **what: Any) -> str:
    answer = warehouse.post(PATH, {"warehouse": "A", **what})
    assert answer.status_code == 201, answer.json
    return f"{PATH}/{answer.json['id']}"


def _entered(warehouse: Caller, path: str, *counted: tuple[str, str | None, int]) -> Any:
    lines = [{"sku": sku, "bin": code, "counted": number} for sku, code, number in counted]
    return warehouse.post(f"{path}/entries", {"lines": lines})


def test_a_count_is_blind_until_a_place_is_counted_and_puts_right_what_differs(
    shop: Shop, warehouse: Caller, lead: Caller, bins: None
) -> None:
    path = _opened(warehouse, skus=["MUG"])
    listed = warehouse.get(path).json["lines"]
    assert [(each["bin"], each["expected"], each["difference"]) for each in listed] == [
        ("A1", None, None),
        ("A2", None, None),
        (None, None, None),
    ]

    _entered(warehouse, path, ("MUG", "A1", 4), ("MUG", "A2", 1))
    first = lead.get(path).json
    early = lead.post(f"{path}/approval", {})
    _entered(warehouse, path, ("MUG", None, 4), ("MUG", "A3", 2))
    rest = lead.get(path).json
    again = warehouse.post(f"{path}/recounts", {"lines": [{"sku": "MUG", "bin": "A2"}]}).json
    _entered(warehouse, path, ("MUG", "A2", 2))
    approved = lead.post(f"{path}/approval", {}).json

    assert first["progress"] == {"places": 3, "counted": 2, "different": 1}
    assert (early.status_code, early.json["type"]) == (409, "/problems/not_counted")
    assert early.json["places"] == [{"sku": "MUG", "bin": None}]
    assert rest["progress"] == {"places": 4, "counted": 4, "different": 3}
    assert [each["counted"] for each in again["lines"]] == [4, None, 2, 4]
    assert [(each["bin"], each["expected"], each["counted"], each["times"]) for each in approved["lines"]] == [
        ("A1", 4, 4, 1),
        ("A2", 3, 2, 2),
        ("A3", 0, 2, 1),
        (None, 3, 4, 1),
    ]
    assert (approved["status"], approved["unassigned"]) == ("approved", [])
    assert (shop.stock("MUG"), shop.lies("MUG")) == ((12, 0), {"A1": 4, "A2": 2, "A3": 2})
    assert rows(
        shop.services, "SELECT on_hand_change, reason FROM stock_movement WHERE kind = 'counted' ORDER BY id"
    ) == [(-1, "count"), (1, "count"), (2, "count")]
    assert broken(shop.services) == {}
    assert _entered(warehouse, path, ("MUG", "A1", 1)).json["guard"] == "status"


def test_who_was_promised_what_is_not_there_waits_again_the_last_first(
    shop: Shop, warehouse: Caller, lead: Caller, bins: None
) -> None:
    first = shop.up_to("assigned", ("MUG", 6))
    shop.clock.forward(minutes=1)
    last = shop.up_to("released", ("MUG", 4))
    path = _opened(warehouse, bins=["A1"])

    _entered(warehouse, path, ("MUG", "A1", 2), ("CUP", "A1", 2))
    approved = lead.post(f"{path}/approval", {}).json
    work_off(shop.services)

    assert [each["number"] for each in approved["unassigned"]] == [f"{last.number}-1"]
    assert (shop.statuses(first.id), shop.statuses(last.id)) == (["inventory_assigned"], ["awaiting_inventory"])
    assert shop.stock("MUG") == (8, 6)
    assert broken(shop.services) == {}


def test_what_moves_between_the_count_and_its_approval_is_not_put_right_twice(
    shop: Shop, warehouse: Caller, lead: Caller, bins: None
) -> None:
    path = _opened(warehouse, bins=["A2"])
    _entered(warehouse, path, ("MUG", "A2", 2))
    moved = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 2, "from": "A2", "to": "A1"}]}
    warehouse.post("/v1/inventory/bin-moves", moved)
    placed = shop.up_to("shipped", ("MUG", 1))
    assert shop.lies("MUG") == {"A1": 5, "A2": 1}

    assert lead.post(f"{path}/approval", {}).json["status"] == "approved"

    assert shop.statuses(placed.id) == ["shipped"]
    assert (shop.stock("MUG"), shop.lies("MUG")) == ((8, 0), {"A1": 5})
    assert broken(shop.services) == {}


def test_what_is_missing_and_has_left_since_is_counted_again(
    shop: Shop, warehouse: Caller, lead: Caller, bins: None
) -> None:
    path = _opened(warehouse, bins=["A2"])
    _entered(warehouse, path, ("MUG", "A2", 0))
    moved = {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 2, "from": "A2", "to": "A1"}]}
    warehouse.post("/v1/inventory/bin-moves", moved)
    before = contents(shop.services)

    answer = lead.post(f"{path}/approval", {})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/moved_since_counted")
    assert contents(shop.services) == before
    _entered(warehouse, path, ("MUG", "A2", 1))
    assert (
        warehouse.post(f"{path}/approval", {}).json["progress"]["different"] == 0
    )  # Nothing differs: nobody is needed.
    assert shop.stock("MUG") == (10, 0)


def test_no_place_is_in_two_open_counts(shop: Shop, warehouse: Caller, bins: None) -> None:
    first = _opened(warehouse, bins=["A1"])
    second = _opened(warehouse, bins=["A2"])
    before = contents(shop.services)

    whole = warehouse.post(PATH, {"warehouse": "A"})
    entered = _entered(warehouse, second, ("MUG", "A1", 4))

    assert [(each.status_code, each.json["type"]) for each in (whole, entered)] == [
        (409, "/problems/being_counted")
    ] * 2
    assert contents(shop.services) == before
    assert warehouse.post(f"{first}/cancellation", {}).json["status"] == "canceled"
    warehouse.post(f"{second}/cancellation", {})
    third = _opened(warehouse)
    assert warehouse.get(third).json["progress"]["places"] == 4
    assert [each["status"] for each in warehouse.get(PATH).json["counts"]].count("open") == 1
    assert [each["id"] for each in warehouse.get(PATH, status="open").json["counts"]] == [int(third.split("/")[-1])]
    assert broken(shop.services) == {}


def test_pieces_in_hands_are_not_missing_from_their_shelf(shop: Shop, warehouse: Caller, lead: Caller) -> None:
    shop.sells("MUG", A=10)
    placed = shop.up_to("packing", ("MUG", 3))
    [(picklist, line)] = rows(
        shop.services, "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id"
    )
    warehouse.post(f"/v1/picklists/{picklist}/picks", {"picks": [{"line_id": line, "quantity": 2}]})
    path = _opened(warehouse, skus=["MUG"])

    _entered(warehouse, path, ("MUG", None, 8))
    assert [each["difference"] for each in lead.get(path).json["lines"]] == [0]
    _entered(warehouse, path, ("MUG", None, 0))
    refused = lead.post(f"{path}/approval", {})
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/being_packed")
    _entered(warehouse, path, ("MUG", None, 1))
    lead.post(f"{path}/approval", {})

    assert (shop.stock("MUG"), shop.statuses(placed.id)) == ((3, 3), ["packing"])
    assert broken(shop.services) == {}


def test_what_cannot_be_meant_is_refused(shop: Shop, api: Api, warehouse: Caller, bins: None) -> None:
    path = _opened(warehouse, bins=["A2"])
    before = contents(shop.services)

    def refused(where: str, body: dict[str, Any]) -> tuple[int, str]:
        answer = warehouse.post(where, body)
        return answer.status_code, answer.json["type"].removeprefix("/problems/")

    twice = {"lines": [{"sku": "MUG", "bin": "A2", "counted": 1}] * 2}
    assert refused(f"{path}/entries", twice) == (422, "duplicate_place")
    assert refused(f"{path}/entries", {"lines": [{"sku": "MUG", "bin": "X", "counted": 1}]}) == (422, "unknown_bin")
    assert refused(f"{path}/entries", {"lines": [{"sku": "MUG", "counted": -1}]}) == (422, "invalid_fields")
    assert refused(f"{path}/recounts", {"lines": [{"sku": "CUP"}]}) == (404, "not_found")
    assert refused(PATH, {"warehouse": "A", "bins": ["X"]}) == (422, "unknown_bin")
    assert refused(PATH, {"warehouse": "A", "skus": ["X"]}) == (422, "unknown_sku")
    assert refused(PATH, {"warehouse": "A", "skus": ["MUG"], "bins": ["A1"]}) == (422, "invalid_fields")
    assert contents(shop.services) == before
    other = api.caller(Role.WAREHOUSE, warehouses=["B"])
    assert [other.get(path).status_code, other.post(f"{path}/approval", {}).status_code] == [404, 404]
    assert other.get(PATH).json["counts"] == []


def test_who_counts_is_not_told_what_should_lie_there_and_does_not_approve_what_differs(
    shop: Shop, warehouse: Caller, lead: Caller, admin: Caller, bins: None
) -> None:
    path = _opened(warehouse, bins=["A2"])

    own = _entered(warehouse, path, ("MUG", "A2", 1)).json
    before = contents(shop.services)
    refused = warehouse.post(f"{path}/approval", {})

    [seen], [seen_by_lead] = own["lines"], lead.get(path).json["lines"]
    assert (seen["expected"], seen["counted"], seen["difference"], own["progress"]["different"]) == (
        None,
        1,
        None,
        None,
    )
    assert (seen_by_lead["expected"], seen_by_lead["difference"]) == (3, -2)
    listed = {who: caller.get(PATH).json["counts"] for who, caller in (("own", warehouse), ("lead", lead))}
    assert [each["progress"]["different"] for each in listed["own"] + listed["lead"]] == [None, 1]
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/own_count")
    assert refused.json["places"] == [{"sku": "MUG", "bin": "A2"}]
    assert contents(shop.services) == before
    assert _entered(lead, path, ("MUG", "A2", 1)).status_code == 200
    assert lead.post(f"{path}/approval", {}).json["guard"] == "four_eyes"
    assert admin.post(f"{path}/approval", {}).json["status"] == "approved"
    assert warehouse.get(path).json["lines"][0]["expected"] == 3
    assert shop.stock("MUG") == (8, 0)
    assert broken(shop.services) == {}
