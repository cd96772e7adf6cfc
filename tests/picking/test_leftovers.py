"""What does not go as planned on a picklist: nothing of it is lost, and what is promised stays true."""

import pytest
from api_client import Caller, contents
from builders import Shop, broken, one, rows, work_off
from scanning import Walked, walked
from sqlalchemy import text


def _line(sheet: Walked, sku: str) -> int:
    found = one(
        sheet.shop.services,
        "SELECT l.id FROM line_item l JOIN shipment s ON s.id = l.shipment_id WHERE s.picklist_id = :id AND l.sku = :sku",
        id=sheet.id,
        sku=sku,
    )
    assert isinstance(found, int)
    return found


def _shorts(sheet: Walked, sku: str) -> str:
    return f"{sheet.path}/lines/{_line(sheet, sku)}/short-picks"


def _splits(shop: Shop, how: str) -> None:
    rows(shop.services, "UPDATE market SET splits = :how WHERE code = 'DE' RETURNING id", how=how)


class TestShortPick:
    @pytest.mark.rule("SH2")
    @pytest.mark.rule("SH6")
    def test_from_checkout_over_a_short_pick_and_a_split_to_captures_by_the_cent(self, shop: Shop, ana: Caller) -> None:
        shop.sells("MUG", price=333, A=3)
        shop.receives("MUG", 2, at="B")
        shop.sells("CUP", price=1001, A=1)
        _splits(shop, "available")
        order = shop.up_to("released", ("MUG", 3), ("CUP", 1), shipping=101).id
        sheet = walked(shop, order)
        assert sheet.scans(ana, "MUG", 2) == (200, 2)

        answer = ana.post(_shorts(sheet, "MUG"), {"reason": "not_found"})

        assert (answer.status_code, answer.json["quantity"], answer.json["became"]) == (200, 1, "split")
        assert (shop.stock("MUG", "A"), shop.stock("CUP", "A")) == ((2, 2), (1, 1))
        assert broken(shop.services) == {}
        work_off(shop.services)
        _, second = shop.shipments(order)
        assert answer.json["shipment_id"] == second
        assert shop.statuses(order) == ["packing", "inventory_assigned"]
        assert shop.stock("MUG", "B") == (2, 1)
        assert sheet.scans(ana, "CUP") == (200, 0)
        assert ana.post(f"{sheet.path}/completion").status_code == 202
        work_off(shop.services)
        assert (shop.order(order), shop.money(order)["captured"]) == (
            ("partially_shipped", "partially_paid"),
            2 * 333 + 1001 + 101,
        )
        shop.brings(order, "shipped")
        assert (shop.order(order), shop.money(order)["captured"]) == (("completed", "paid"), 3 * 333 + 1001 + 101)
        assert (shop.stock("MUG", "A"), shop.stock("MUG", "B")) == ((0, 0), (1, 0))
        movement = "SELECT kind, on_hand_change, reason FROM stock_movement WHERE kind = 'short_picked'"
        assert rows(shop.services, movement) == [("short_picked", -1, "not_found")]
        assert broken(shop.services) == {}

    def test_others_in_the_warehouse_are_taken_unless_somebody_waits_for_them_before(
        self, shop: Shop, ana: Caller
    ) -> None:
        shop.has_bins("A1", "B1")
        shop.sells("MUG")
        shop.receives("MUG", 1, in_bin="A1")
        shop.receives("MUG", 1, in_bin="B1")
        order = shop.up_to("released", ("MUG", 1)).id
        sheet = walked(shop, order)
        body = {"reason": "damaged", "bin": "A1"}

        unknown = ana.post(_shorts(sheet, "MUG"), {**body, "bin": "NOWHERE"})
        assert (unknown.status_code, unknown.json["type"]) == (422, "/problems/unknown_bin")
        assert (shop.lies("MUG"), shop.stock("MUG")) == ({"A1": 1, "B1": 1}, (2, 1))
        first = ana.post(_shorts(sheet, "MUG"), body)
        [stop] = ana.get(f"{sheet.path}/walk").json["stops"]
        second = ana.post(_shorts(sheet, "MUG"), {**body, "bin": "B1"})
        work_off(shop.services)

        assert (first.json["became"], stop["bin"], second.json["became"]) == ("take_others", "B1", "waits")
        assert (shop.lies("MUG"), shop.stock("MUG")) == ({}, (0, 0))
        assert shop.statuses(order) == ["awaiting_inventory"]
        assert one(shop.services, "SELECT status FROM picklist WHERE id = :id", id=sheet.id) == "completed"
        shop.receives("MUG", 1, at="B")
        work_off(shop.services)
        assert shop.statuses(order) == ["inventory_assigned"]
        assert broken(shop.services) == {}

    @pytest.mark.parametrize(
        ("policy", "then", "became"),
        [("never", None, "waits"), ("never", "split", "split"), ("warehouses", "wait", "waits")],
    )
    def test_the_market_decides_unless_the_picker_does(
        self, shop: Shop, ana: Caller, policy: str, then: str | None, became: str
    ) -> None:
        shop.sells("MUG", A=1)
        shop.sells("CUP", A=2)
        _splits(shop, policy)
        order = shop.up_to("released", ("MUG", 1), ("CUP", 2)).id
        sheet = walked(shop, order)
        sheet.scans(ana, "CUP", 1)
        body = {"reason": "out_of_stock", **({"then": then} if then else {})}

        answer = ana.post(_shorts(sheet, "MUG"), body)
        work_off(shop.services)

        assert answer.json["became"] == became
        waits = became == "waits"
        assert shop.statuses(order) == (["awaiting_inventory"] if waits else ["packing", "awaiting_inventory"])
        assert shop.stock("CUP") == ((2, 0) if waits else (2, 2))
        assert one(shop.services, "SELECT sum(picked) FROM line_item") == (0 if waits else 1)
        assert broken(shop.services) == {}

    def test_solidus_2141_what_waits_after_a_short_pick_is_filled_and_ships_without_a_hand_in_the_database(
        self, shop: Shop, ana: Caller
    ) -> None:
        shop.sells("MUG", A=2)
        order = shop.up_to("released", ("MUG", 2)).id
        sheet = walked(shop, order)
        ana.post(_shorts(sheet, "MUG"), {"reason": "not_found"})
        work_off(shop.services)

        shop.receives("MUG", 2)
        work_off(shop.services)
        shop.brings(order, "shipped")

        assert shop.order(order) == ("completed", "paid")
        assert broken(shop.services) == {}

    def test_what_is_not_missing_or_not_to_be_touched_is_refused(self, shop: Shop, ana: Caller, bo: Caller) -> None:
        shop.sells("MUG", A=5)
        order = shop.up_to("released", ("MUG", 2)).id
        sheet = walked(shop, order)
        sheet.scans(ana, "MUG", 1)

        def short(who: Caller, **more: object) -> tuple[int, object]:
            answer = who.post(_shorts(sheet, "MUG"), {"reason": "not_found", **more})
            return answer.status_code, answer.json.get("guard")

        assert short(ana, quantity=2) == (409, "pieces_missing")
        assert short(bo) == (409, "not_yours")
        assert ana.post(f"{sheet.path}/lines/7/short-picks", {"reason": "damaged"}).status_code == 404
        hold = shop.holds(order)
        assert short(ana) == (409, "on_hold")
        shop.lets_go(hold)
        shop.cancels(order)
        assert short(ana) == (409, "canceled")
        assert shop.stock("MUG") == (5, 1)


class TestUnpick:
    def test_pieces_go_back_into_the_bin_that_is_named(self, shop: Shop, ana: Caller) -> None:
        shop.has_bins("A1", "B1")
        shop.sells("MUG")
        shop.receives("MUG", 3, in_bin="A1")
        sheet = walked(shop, shop.up_to("released", ("MUG", 3)).id)
        sheet.scans(ana, "MUG", 3, bin="A1")
        line = _line(sheet, "MUG")

        def unpick(quantity: int, **more: str) -> int:
            body = {"lines": [{"line_id": line, "quantity": quantity, **more}]}
            return ana.post(f"{sheet.path}/unpicks", body).status_code

        assert [unpick(4), unpick(1, bin="Z9"), unpick(2, bin="B1")] == [409, 422, 200]
        assert (sheet.picked(), shop.lies("MUG")) == ([1], {"B1": 2})
        [shipment] = shop.shipments(sheet.orders[0])
        ana.post(f"/v1/shipments/{shipment}/parcels", {"items": [{"code": "MUG", "quantity": 1}]})
        refused = ana.post(f"{sheet.path}/unpicks", {"lines": [{"line_id": line, "quantity": 1}]})
        assert refused.json["guard"] == "packed"
        assert sheet.scans(ana, "MUG", 2, bin="B1") == (200, 0)
        assert broken(shop.services) == {}


class TestClosing:
    def test_erpnext_52851_leftovers_of_a_closed_list_are_released_and_hold_nothing_up(
        self, shop: Shop, ana: Caller
    ) -> None:
        shop.has_bins("A1")
        shop.sells("MUG")
        shop.receives("MUG", 5, in_bin="A1")
        whole, part, none = (shop.up_to("released", ("MUG", n)).id for n in (1, 2, 2))
        sheet = walked(shop, whole, part, none)
        sheet.scans(ana, "MUG", 2)
        [line] = [
            each["id"] for each in ana.get(sheet.path).json["lines"] if (each["quantity"], each["picked"]) == (2, 1)
        ]

        closed = ana.post(f"{sheet.path}/closing", {"bins": {str(line): "A1"}})

        assert closed.json["released"] == [*shop.shipments(part), *shop.shipments(none)]
        assert (closed.json["status"], shop.lies("MUG")) == ("open", {"A1": 4})
        assert [shop.statuses(each) for each in (whole, part, none)] == [["packing"], ["released"], ["released"]]
        assert broken(shop.services) == {}
        shop.completes(whole)
        work_off(shop.services)
        assert ana.get(sheet.path).json["status"] == "completed"
        other = walked(shop, part, none)
        assert other.scans(ana, "MUG", 4) == (200, 0)
        assert ana.post(f"{other.path}/completion").status_code == 202
        work_off(shop.services)
        assert shop.stock("MUG") == (0, 0)
        assert broken(shop.services) == {}

    def test_erpnext_35547_a_list_is_not_complete_after_three_of_five_pieces(self, shop: Shop, ana: Caller) -> None:
        shop.sells("MUG", A=5)
        sheet = walked(shop, shop.up_to("released", ("MUG", 5)).id)
        sheet.scans(ana, "MUG", 3)

        refused = ana.post(f"{sheet.path}/completion")
        work_off(shop.services)

        assert ana.get(refused.headers["Location"]).json["problems"][0]["guard"] == "not_picked"
        [listed] = ana.get("/v1/picklists").json["picklists"]
        assert (listed["status"], listed["picked"], listed["pieces"], listed["shipped"]) == ("open", 3, 5, 0)
        assert shop.stock("MUG") == (5, 5)

    def test_erpnext_41092_a_second_list_is_not_blocked_by_a_first_that_was_picked_in_part(
        self, shop: Shop, ana: Caller, bo: Caller
    ) -> None:
        shop.sells("MUG", A=4)
        first, second = (walked(shop, shop.up_to("released", ("MUG", 2)).id) for _ in range(2))
        first.scans(ana, "MUG", 1)

        assert second.scans(bo, "MUG", 2) == (200, 0)
        assert second.scans(bo, "MUG", 1) == (409, "already_picked")
        assert ana.post(f"{first.path}/closing").json == {
            "picklist_id": first.id,
            "status": "completed",
            "released": shop.shipments(first.orders[0]),
        }
        assert ana.post(f"{first.path}/closing").json["guard"] == "picklist_open"
        assert broken(shop.services) == {}

    def test_odoo_163935_a_batch_done_in_part_leaves_each_rest_with_its_own_order(
        self, shop: Shop, ana: Caller
    ) -> None:
        """As in odoo 33902 and 83861: the rest of a partial batch neither vanishes nor goes to another's order."""
        shop.sells("MUG", A=6)
        _splits(shop, "available")
        orders = [shop.up_to("released", ("MUG", 2)).id for _ in range(3)]
        sheet = walked(shop, *orders)
        totes = [{"shipment_id": shop.shipments(each)[0], "code": f"T{n}"} for n, each in enumerate(orders)]
        ana.post(f"{sheet.path}/totes", {"totes": totes})
        lines = {line["shipment_id"]: line["id"] for line in ana.get(sheet.path).json["lines"]}
        for tote, pieces in (("T0", 2), ("T1", 1)):
            assert sheet.scans(ana, "MUG", pieces, tote=tote)[0] == 200

        short = ana.post(f"{sheet.path}/lines/{lines[totes[1]['shipment_id']]}/short-picks", {"reason": "not_found"})
        closed = ana.post(f"{sheet.path}/closing")
        ana.post(f"{sheet.path}/completion")
        work_off(shop.services)

        assert short.json["became"] == "split"
        assert closed.json["released"] == shop.shipments(orders[2])
        assert [shop.statuses(each) for each in orders] == [
            ["shipped"],
            ["shipped", "awaiting_inventory"],
            ["released"],
        ]
        assert shop.stock("MUG") == (2, 2)
        assert broken(shop.services) == {}


class TestPutBack:
    def test_what_was_picked_for_a_canceled_order_is_free_once_it_is_put_back(
        self, shop: Shop, ana: Caller, csr: Caller
    ) -> None:
        shop.has_bins("A1", "B1")
        shop.sells("MUG")
        shop.receives("MUG", 3, in_bin="A1")
        canceled = shop.up_to("released", ("MUG", 3)).id
        sheet = walked(shop, canceled)
        sheet.scans(ana, "MUG", 2)
        waiting = shop.up_to("assigned", ("MUG", 3)).id

        shop.cancels(canceled)
        work_off(shop.services)

        assert (shop.stock("MUG"), shop.lies("MUG")) == ((3, 2), {"A1": 1})
        assert shop.statuses(waiting) == ["awaiting_inventory"]
        assert broken(shop.services) == {}
        [task] = ana.get("/v1/put-backs", status="open", warehouse="A").json["put_backs"]
        assert (task["sku"], task["quantity"], task["shipment_id"]) == ("MUG", 2, *shop.shipments(canceled))
        path = f"/v1/put-backs/{task['id']}/confirmation"
        [blocker] = csr.get(f"/v1/orders/PO{canceled}/explanation").json["blockers"]
        assert (blocker["code"], blocker["call"]["path"], blocker["who"]) == (
            "awaits_put_back",
            path,
            ["warehouse", "admin"],
        )
        assert ana.post(path, {"bin": "Z9"}).status_code == 422
        done = ana.post(path, {"bin": "B1"})
        assert (done.status_code, done.json["bin"], done.json["confirmed_by"]) == (200, "B1", "key:Ana")
        before = contents(shop.services)
        again = ana.post(path, {"bin": "B1"})
        assert (again.status_code, again.json["guard"]) == (409, "already_put_back")
        assert contents(shop.services)["stock"] == before["stock"]
        assert shop.lies("MUG") == {"A1": 1, "B1": 2}
        work_off(shop.services)
        assert (shop.stock("MUG"), shop.statuses(waiting)) == ((3, 3), ["inventory_assigned"])
        assert ana.get("/v1/put-backs", status="open").json["put_backs"] == []
        assert broken(shop.services) == {}

    def test_the_first_to_be_put_back_is_listed_first_whatever_its_id(self, shop: Shop, ana: Caller) -> None:
        shop.sells("MUG", A=3)
        for _ in range(3):
            order = shop.up_to("released", ("MUG", 1)).id
            walked(shop, order).scans(ana, "MUG")
            shop.cancels(order)
            shop.clock.forward(minutes=1)
        with shop.services.transaction() as session:
            first = "(SELECT min(id) FROM put_back)"
            session.execute(text(f"UPDATE put_back SET created_at = created_at + interval '1 hour' WHERE id = {first}"))

        seen: list[int] = []
        path = "/v1/put-backs?limit=1"
        while path:
            page = ana.get(path).json
            seen += [each["id"] for each in page["put_backs"]]
            path = page["next"]

        assert seen == [*sorted(set(seen) - {min(seen)}), min(seen)]
        assert len(seen) == 3
