"""The floor over HTTP: shipments, picklists, picks, completion. No money and no e-mail addresses reach it."""

import json

import pytest
from api_client import Api, Caller, contents
from builders import Shop, one, rows, work_off

from fulfillment.access.models import Role


def _shipment(shop: Shop, order_id: int) -> int:
    [shipment_id] = shop.shipments(order_id)
    return shipment_id


def _picklist(shop: Shop, caller: Caller, *shipment_ids: int) -> str:
    answer = caller.post("/v1/picklists", {"shipment_ids": list(shipment_ids)})
    assert answer.status_code == 202, answer.text
    work_off(shop.services)
    operation = caller.get(answer.headers["Location"]).json
    assert operation["status"] == "succeeded"
    return f"/v1/picklists/{operation['result']['picklist_id']}"


class TestShipments:
    def test_a_shipment_is_shown_without_money_or_email(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", price=123457, A=5)
        placed = shop.up_to("assigned", ("MUG", 2), email="secret@example.org")

        answer = warehouse.get(f"/v1/shipments/{_shipment(shop, placed.id)}")

        assert answer.status_code == 200
        shipment = answer.json
        assert (shipment["order"], shipment["status"], shipment["warehouse"]) == (
            placed.number,
            "inventory_assigned",
            "A",
        )
        assert shipment["ship_to"]["line1"] == "2 Quay"
        [line] = shipment["lines"]
        assert (line["sku"], line["quantity"], line["allocated"], line["picked"]) == ("MUG", 2, 2, 0)
        listed = warehouse.get("/v1/shipments").text
        for text in (answer.text, listed):
            assert not any(secret in text for secret in ("secret@", "123457", "246914", "currency", "amount"))

    def test_they_are_found_by_status_market_and_warehouse(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=1, B=5)
        first, second = (shop.up_to("assigned", ("MUG", pieces)).id for pieces in (1, 3))
        short = shop.up_to("assigned", ("MUG", 9), market="UK").id

        def found(**query: str) -> list[int]:
            return [each["id"] for each in warehouse.get("/v1/shipments", **query).json["shipments"]]

        assert found() == sorted(_shipment(shop, each) for each in (first, second, short))
        assert found(status="awaiting_inventory") == [_shipment(shop, short)]
        assert found(warehouse="B") == [_shipment(shop, second)]
        assert found(market="UK", status="inventory_assigned") == []

    def test_pages_lead_on(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=9)
        ids = sorted(_shipment(shop, shop.places(("MUG", 1)).id) for _ in range(3))

        first = warehouse.get("/v1/shipments", limit=2).json
        second = warehouse.get(first["next"]).json

        assert [each["id"] for each in first["shipments"] + second["shipments"]] == ids
        assert second["next"] is None

    @pytest.mark.rule("SH4")
    def test_a_release_is_an_operation_that_ends(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))

        answer = csr.post(f"/v1/shipments/{_shipment(shop, placed.id)}/release")

        assert (answer.status_code, answer.json["status"], answer.json["kind"]) == (202, "pending", "release")
        work_off(shop.services)
        operation = csr.get(answer.headers["Location"]).json
        assert (operation["status"], operation["total"], operation["done"]) == ("succeeded", 1, 1)
        assert shop.statuses(placed.id) == ["released"]

    @pytest.mark.rule("OL6")
    @pytest.mark.rule("SH4")
    def test_a_refused_release_says_why_but_not_how_much_is_owed(
        self, shop: Shop, warehouse: Caller, csr: Caller
    ) -> None:
        shop.sells("MUG", price=4711, A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        shop.voids(shop.payments(placed.id)[0])
        work_off(shop.services)
        path = f"/v1/shipments/{_shipment(shop, placed.id)}/release"
        asked = warehouse.post(path).headers["Location"]
        work_off(shop.services)

        told = warehouse.get(asked).json
        office = csr.get(asked).json

        assert (told["status"], told["problems"][0]["guard"]) == ("refused", "balance_due")
        assert told["problems"][0]["reason"] == "the order is not paid"
        assert "47.11" not in json.dumps(told)
        assert "47.11 GBP" in office["problems"][0]["reason"]
        assert shop.statuses(placed.id) == ["inventory_assigned"]

    def test_a_split_is_shown_before_it_is_done_and_then_both_parts(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 3))
        path = f"/v1/shipments/{_shipment(shop, placed.id)}"
        [line] = warehouse.get(path).json["lines"]
        body = {"lines": [{"line_id": line["id"], "quantity": 2}]}
        before = contents(shop.services)

        foreseen = warehouse.post(f"{path}/split?dry_run=true", body)
        assert (foreseen.status_code, contents(shop.services) == before) == (200, True)
        answer = warehouse.post(f"{path}/split", body)

        assert answer.status_code == 201
        parts = [answer.json["shipment"], answer.json["split_off"]]
        assert [(each["number"], each["status"], each["warehouse"]) for each in parts] == [
            (f"{placed.number}-{n}", "inventory_assigned", "A") for n in (1, 2)
        ]
        assert [[(row["quantity"], row["allocated"]) for row in each["lines"]] for each in parts] == [
            [(1, 1)],
            [(2, 2)],
        ]
        assert {each["order"] for each in parts} == {placed.number}
        again = warehouse.post(f"{path}/split", body)
        assert (again.status_code, again.json["guard"], again.json["most"]) == (409, "pieces_there", 1)


class TestPicklists:
    @pytest.mark.rule("SH5")
    @pytest.mark.rule("SH6")
    def test_from_picklist_to_shipped(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=5)
        shop.sells("CUP", A=5)
        first, second = shop.up_to("released", ("MUG", 2)), shop.up_to("released", ("CUP", 1))
        ids = [_shipment(shop, first.id), _shipment(shop, second.id)]

        path = _picklist(shop, warehouse, *ids)
        shown = warehouse.get(path).json
        lines = {line["sku"]: line for line in shown["lines"]}
        picked = warehouse.post(f"{path}/picks", {"picks": [{"line_id": lines["MUG"]["id"], "quantity": 2}]})
        completed = warehouse.post(f"{path}/completion", {"tracking_numbers": {str(ids[0]): "TT1", str(ids[1]): "TT2"}})
        work_off(shop.services)
        half = warehouse.get(completed.headers["Location"]).json
        again = warehouse.post(f"{path}/completion", {"confirm_all": True, "tracking_numbers": {str(ids[1]): "TT2"}})
        work_off(shop.services)

        assert (shown["status"], shown["warehouse"], shown["created_by"]) == ("open", "A", "key:warehouse somebody")
        assert [(each["id"], each["status"]) for each in shown["shipments"]] == [
            (each, "packing") for each in sorted(ids)
        ]
        assert {line["sku"]: line["picked"] for line in picked.json["lines"]} == {"MUG": 2, "CUP": 0}
        assert (half["status"], half["total"], half["done"]) == ("partly_refused", 2, 2)
        assert [(each["subject_id"], each["guard"]) for each in half["problems"]] == [(ids[1], "not_picked")]
        assert warehouse.get(again.headers["Location"]).json["status"] == "succeeded"
        assert rows(shop.services, "SELECT id, status, tracking_number FROM shipment ORDER BY id") == sorted(
            [(ids[0], "shipped", "TT1"), (ids[1], "shipped", "TT2")]
        )
        assert warehouse.get(path).json["status"] == "completed"
        assert (shop.stock("MUG"), shop.stock("CUP")) == ((3, 0), (4, 0))

    def test_picking_too_much_or_elsewhere_records_nothing(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=5)
        first, second = shop.up_to("released", ("MUG", 2)), shop.up_to("released", ("MUG", 1))
        path = _picklist(shop, warehouse, _shipment(shop, first.id))
        [line] = warehouse.get(path).json["lines"]
        foreign = one(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=second.id)
        before = contents(shop.services)

        def pick(*picks: tuple[int, int]) -> tuple[int, str | None]:
            body = {"picks": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in picks]}
            answer = warehouse.post(f"{path}/picks", body)
            return answer.status_code, answer.json.get("guard")

        assert pick((line["id"], 3)) == (409, "over_pick")
        assert pick((line["id"], 2), (line["id"], 1)) == (409, "over_pick")
        assert pick((line["id"], 1), (foreign, 1)) == (404, None)
        assert contents(shop.services) == before

    def test_a_canceled_shipment_is_not_picked(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("released", ("MUG", 2))
        path = _picklist(shop, warehouse, _shipment(shop, placed.id))
        [line] = warehouse.get(path).json["lines"]
        shop.cancels(placed.id)

        answer = warehouse.post(f"{path}/picks", {"picks": [{"line_id": line["id"], "quantity": 1}]})

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/canceled")
        assert (
            warehouse.post(f"{path}/completion", {"confirm_all": True}).json["type"] == "/problems/nothing_to_complete"
        )

    @pytest.mark.parametrize(
        ("ids", "status", "code"),
        [([10**15], 404, "not_found"), ("assigned", 409, "status"), ("two", 409, "several_warehouses")],
    )
    @pytest.mark.rule("SH5")
    def test_only_released_shipments_of_one_warehouse_make_a_picklist(
        self, shop: Shop, warehouse: Caller, ids: object, status: int, code: str
    ) -> None:
        shop.sells("MUG", A=1, B=2)
        if ids == "assigned":
            ids = [_shipment(shop, shop.up_to("assigned", ("MUG", 1)).id)]
        elif ids == "two":
            ids = [_shipment(shop, shop.up_to("released", ("MUG", pieces)).id) for pieces in (1, 2)]
        before = contents(shop.services)

        answer = warehouse.post("/v1/picklists", {"shipment_ids": ids})

        assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
        assert contents(shop.services) == before

    def test_a_tracking_number_for_a_shipment_elsewhere_is_refused(self, shop: Shop, warehouse: Caller) -> None:
        shop.sells("MUG", A=5)
        path = _picklist(shop, warehouse, _shipment(shop, shop.up_to("released", ("MUG", 2)).id))

        answer = warehouse.post(f"{path}/completion", {"confirm_all": True, "tracking_numbers": {"77": "TT1"}})

        assert (answer.status_code, answer.json["shipment_ids"]) == (422, [77])

    @pytest.mark.rule("SH6")
    def test_a_warehouse_may_want_every_pick_recorded(self, shop: Shop, warehouse: Caller, admin: Caller) -> None:
        admin.post("/v1/warehouses", {"code": "C", "name": "Dover", "priority": 3, "allows_confirm_all": False})
        shop.warehouses["C"] = one(shop.services, "SELECT id FROM warehouse WHERE code = 'C'")
        shop.sells("MUG", C=5)
        path = _picklist(shop, warehouse, _shipment(shop, shop.up_to("released", ("MUG", 2)).id))

        answer = warehouse.post(f"{path}/completion", {"confirm_all": True})

        assert (answer.status_code, answer.json["guard"]) == (409, "picks_required")
        assert warehouse.post(f"{path}/completion", {}).status_code == 202


class TestOwnWarehouse:
    def test_a_key_sees_and_works_its_own_warehouse_alone(self, shop: Shop, api: Api) -> None:
        shop.sells("MUG", A=1, B=5)
        shop.sells("CUP", A=1)
        here = _shipment(shop, shop.up_to("released", ("MUG", 1)).id)
        there = _shipment(shop, shop.up_to("released", ("MUG", 2)).id)
        waiting = _shipment(shop, shop.up_to("assigned", ("CUP", 9)).id)
        leith = api.caller(Role.WAREHOUSE, warehouses=["A"])
        elsewhere = _picklist(shop, api.caller(Role.WAREHOUSE), there)
        before = contents(shop.services)

        assert [each["id"] for each in leith.get("/v1/shipments").json["shipments"]] == [here]
        for hidden in (there, waiting):
            assert leith.get(f"/v1/shipments/{hidden}").status_code == 404
            assert leith.post(f"/v1/shipments/{hidden}/release").status_code == 404
            assert leith.post(f"/v1/shipments/{hidden}/completion", {"confirm_all": True}).status_code == 404
        assert leith.get(elsewhere).status_code == 404
        assert leith.post(f"{elsewhere}/completion", {"confirm_all": True}).status_code == 404
        assert leith.post("/v1/picklists", {"shipment_ids": [here, there]}).json["missing"] == [there]
        line = {"sku": "MUG", "quantity": 1}
        assert leith.post("/v1/inventory/receipts", {"warehouse": "B", "lines": [line]}).status_code == 404
        body = {"warehouse": "B", "lines": [line], "reason": "found"}
        assert leith.post("/v1/inventory/adjustments", body).status_code == 404
        [stock] = leith.get("/v1/inventory", sku="MUG").json["inventory"]
        assert [shelf["warehouse"] for shelf in stock["warehouses"]] == ["A"]
        moves = leith.get("/v1/inventory/movements", sku="MUG").json["movements"]
        assert {move["warehouse"] for move in moves} == {"A"}
        assert contents(shop.services) == before


def test_a_list_without_lines_says_null_for_them(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", A=1)
    shop.up_to("released", ("MUG", 1))

    [brief] = warehouse.get("/v1/shipments?status=released&lines=false").json["shipments"]
    [whole] = warehouse.get("/v1/shipments?status=released").json["shipments"]

    assert brief["lines"] is None
    assert {**brief, "lines": whole["lines"]} == whole
    assert [line["sku"] for line in whole["lines"]] == ["MUG"]
