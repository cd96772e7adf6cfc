"""Transfers over HTTP: between two warehouses no piece is lost from sight."""

from typing import Any

from api_client import Api, Caller, contents
from builders import Shop, broken, work_off

from fulfillment.access.models import Role
from fulfillment.catalog.warehouses import NewWarehouse, add_warehouse

PATH = "/v1/transfers"


def _requested(warehouse: Caller, *lines: tuple[str, int]) -> str:
    listed = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return f"{PATH}/{warehouse.post(PATH, {'from': 'A', 'to': 'B', 'lines': listed}).json['id']}"


def _pieces(answer: Any) -> dict[str, int]:
    [line] = answer.json["lines"]
    return {name: pieces for name, pieces in line.items() if name != "sku"}


def _total(shop: Shop, warehouse: Caller) -> int:
    """Pieces in all warehouses and between them."""
    places = warehouse.get("/v1/inventory/places", sku="MUG").json["warehouses"]
    assert broken(shop.services) == {}
    return sum(each["on_hand"] + each["in_transit"] for each in places)


def test_pieces_leave_are_on_the_way_and_come_in_parts_and_never_are_fewer(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=10)
    shop.has_bins("B1", at="B")
    path = _requested(warehouse, ("MUG", 6))
    assert (shop.stock("MUG"), _total(shop, warehouse)) == ((10, 0), 10)

    shipped = warehouse.post(f"{path}/shipment", {"lines": [{"sku": "MUG", "quantity": 5}]})
    assert (shipped.json["status"], _pieces(shipped)["in_transit"]) == ("in_transit", 5)
    assert (shop.stock("MUG"), _total(shop, warehouse)) == ((5, 0), 10)

    waiting = shop.up_to("assigned", ("MUG", 6))
    part = warehouse.post(f"{path}/receipts", {"lines": [{"sku": "MUG", "quantity": 2, "bin": "B1"}]})
    assert (part.json["status"], shop.stock("MUG", "B"), shop.lies("MUG", "B")) == (
        "partially_received",
        (2, 0),
        {"B1": 2},
    )
    assert _total(shop, warehouse) == 10
    rest = warehouse.post(f"{path}/receipts", {"lines": [{"sku": "MUG", "quantity": 3}]})
    assert (rest.json["status"], rest.json["ended_at"] is None) == ("received", False)
    assert _pieces(rest) == {"requested": 6, "shipped": 5, "received": 5, "returned": 0, "lost": 0, "in_transit": 0}
    assert _total(shop, warehouse) == 10

    shop.receives("MUG", 1, at="B")
    work_off(shop.services)
    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    assert shop.stock("MUG", "B") == (6, 6)
    again = warehouse.post(f"{path}/shipment", {})
    assert (again.status_code, again.json["guard"]) == (409, "status")


def test_medusa_16338_what_leaves_one_warehouse_changes_that_one_alone(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=4, B=4)
    first, second = shop.up_to("assigned", ("MUG", 4)), shop.up_to("assigned", ("MUG", 3))
    assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((4, 4), (4, 3))

    shop.brings(second.id, "shipped")
    assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((4, 4), (1, 0))
    shop.cancels(first.id)
    assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((4, 0), (1, 0))
    warehouse.post(f"{_requested(warehouse, ('MUG', 4))}/shipment", {})

    assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((0, 0), (1, 0))
    assert _total(shop, warehouse) == 5


def test_what_is_promised_stays(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=10)
    shop.up_to("assigned", ("MUG", 7))
    path = _requested(warehouse, ("MUG", 4))
    before = contents(shop.services)

    answer = warehouse.post(f"{path}/shipment", {})

    assert (answer.status_code, answer.json["type"], answer.json["missing"]) == (409, "/problems/stock_negative", 1)
    assert contents(shop.services) == before


def test_the_rest_comes_back_or_is_lost_with_a_reason(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=10)
    returned, lost, unshipped = (_requested(warehouse, ("MUG", 4)) for _ in range(3))
    for path in (returned, lost):
        warehouse.post(f"{path}/shipment", {})
    warehouse.post(f"{lost}/receipts", {"lines": [{"sku": "MUG", "quantity": 1}]})

    unsaid = warehouse.post(f"{returned}/end", {})
    back = warehouse.post(f"{returned}/end", {"rest": "returned"})
    gone = warehouse.post(f"{lost}/end", {"rest": "lost"})
    canceled = warehouse.post(f"{unshipped}/end", {})

    assert (unsaid.status_code, unsaid.json["type"]) == (409, "/problems/in_transit")
    assert (back.json["status"], _pieces(back)["returned"]) == ("closed", 4)
    assert (gone.json["status"], _pieces(gone)["lost"]) == ("closed", 3)
    assert canceled.json["status"] == "canceled"
    assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((6, 0), (1, 0))
    assert _total(shop, warehouse) == 7
    [loss, *_] = warehouse.get("/v1/inventory/movements", sku="MUG").json["movements"]
    assert (loss["kind"], loss["on_hand_change"], loss["reason"], loss["warehouse"]) == ("adjusted", -3, "lost", "B")
    assert warehouse.post(f"{lost}/end", {"rest": "lost"}).status_code == 409


def test_more_and_other_than_is_on_it_is_refused(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=10)
    shop.sells("CUP", A=10)
    path = _requested(warehouse, ("MUG", 4))
    cup, five = {"sku": "CUP", "quantity": 1}, {"sku": "MUG", "quantity": 5}
    early = warehouse.post(f"{path}/receipts", {"lines": [five]})

    refused = [warehouse.post(f"{path}/shipment", {"lines": [line]}).json["type"] for line in (cup, five)]
    warehouse.post(f"{path}/shipment", {})
    refused += [warehouse.post(f"{path}/receipts", {"lines": [line]}).json["type"] for line in (cup, five)]

    assert refused == ["/problems/not_on_transfer"] * 4
    assert early.json["type"] == "/problems/status"
    same = warehouse.post(PATH, {"from": "A", "to": "A", "lines": [five]})
    assert same.json["type"] == "/problems/same_warehouse"
    assert warehouse.post(PATH, {"from": "A", "to": "B", "lines": [five, five]}).json["type"] == (
        "/problems/duplicate_sku"
    )


def test_each_end_sees_it_and_does_its_own_part(shop: Shop, api: Api, warehouse: Caller) -> None:
    shop.sells("MUG", A=10)
    with shop.services.transaction() as session:
        add_warehouse(session, NewWarehouse("C", "Dover", 3))
    path = _requested(warehouse, ("MUG", 4))
    leith, hull, dover = (api.caller(Role.WAREHOUSE, warehouses=[code]) for code in "ABC")
    line = {"lines": [{"sku": "MUG", "quantity": 4}]}

    assert [each.get(path).status_code for each in (leith, hull, dover)] == [200, 200, 404]
    assert [len(each.get(PATH).json["transfers"]) for each in (leith, hull, dover)] == [1, 1, 0]
    assert hull.post(f"{path}/shipment", {}).status_code == 404
    assert leith.post(f"{path}/shipment", {}).status_code == 200
    assert leith.post(f"{path}/receipts", line).status_code == 404
    assert hull.post(f"{path}/receipts", line).json["status"] == "received"
    assert dover.post(PATH, {"from": "A", "to": "B", **line}).status_code == 404
