"""Previews: what would follow is shown and nothing done; with its token exactly that is done, or nothing."""

from typing import Any

import pytest
from api_client import Api, Caller, a_checkout, contents, pence
from builders import Shop, one, rows, work_off

from fulfillment.access.models import Role

CANCELLATION = {"reason": "changed their mind", "notify_customer": True}


def _preview(caller: Caller, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = caller.post(f"{path}?dry_run=true", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def _executes(caller: Caller, path: str, body: dict[str, Any], token: str) -> Any:
    return caller.post(path, body, headers={"Plan-Token": token})


def _fields(plan: dict[str, Any], subject: str) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["before"], each["after"]) for each in plan["changes"] if each["subject"] == subject}


def _moved(shop: Shop, after: int) -> list[dict[str, Any]]:
    """What the stock ledger says since a movement, as a plan tells it."""
    found = rows(
        shop.services,
        "SELECT m.kind, p.sku, w.code, m.on_hand_change, m.allocated_change FROM stock_movement m"
        " JOIN product p ON p.id = m.product_id JOIN warehouse w ON w.id = m.warehouse_id WHERE m.id > :after ORDER BY m.id",
        after=after,
    )
    return [dict(zip(("kind", "sku", "warehouse", "on_hand", "allocated"), row, strict=True)) for row in found]


def _paid(shop: Shop, after: int) -> list[dict[str, Any]]:
    """What the money ledger says since a transfer, as a plan tells it."""
    found = rows(
        shop.services, "SELECT kind, payment_id, amount FROM money_transfer WHERE id > :after ORDER BY id", after=after
    )
    return [{"kind": kind, "payment_id": payment, "amount": pence(amount)} for kind, payment, amount in found]


def _last(shop: Shop, table: str) -> int:
    last: int = one(shop.services, f"SELECT coalesce(max(id), 0) FROM {table}")
    return last


class TestCancel:
    @pytest.mark.rule("OL11", "OL12")
    def test_everything_that_would_follow_is_shown_and_nothing_is_done(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", price=1000, A=5)
        placed = shop.up_to("released", ("MUG", 2))
        [payment], [shipment] = shop.payments(placed.id), shop.shipments(placed.id)
        before = contents(shop.services)

        found = _preview(csr, f"/v1/orders/{placed.number}/cancellation", CANCELLATION)

        assert contents(shop.services) == before
        assert found["dry_run"] is True
        plan = found["plan"]
        assert plan["stock"] == [
            {"kind": "deallocated", "sku": "MUG", "warehouse": "A", "on_hand": 0, "allocated": -2},
        ]
        assert plan["money"] == [{"kind": "void", "payment_id": payment, "amount": pence(2000)}]
        assert plan["emails"] == [{"kind": "canceled", "to": "bo@example.org"}]
        assert _fields(plan, "order") == {
            "status": ("in_progress", "canceled"),
            "payment_status": ("authorized", "unpaid"),
            "canceled_amount": (0, 2000),
            "open_authorized": (2000, 0),
            "cancel_reason": (None, "changed their mind"),
        }
        assert _fields(plan, "shipment") == {"status": ("released", "canceled")}
        assert {each["id"] for each in plan["changes"]} == {
            placed.id,
            shipment,
            one(shop.services, "SELECT id FROM line_item"),
        }
        assert (plan["refused"], plan["versions"]) == ([], {placed.number: 1})

    @pytest.mark.rule("OL12")
    def test_whether_the_customer_is_told_makes_the_difference(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))
        path = f"/v1/orders/{placed.number}/cancellation"

        told = _preview(csr, path, CANCELLATION)
        untold = _preview(csr, path, {**CANCELLATION, "notify_customer": False})

        assert [told["plan"]["emails"], untold["plan"]["emails"]] == [
            [{"kind": "canceled", "to": "bo@example.org"}],
            [],
        ]
        assert told["plan"]["money"] == untold["plan"]["money"]
        assert told["token"] != untold["token"]
        assert _executes(csr, path, {**CANCELLATION, "notify_customer": False}, told["token"]).status_code == 409

    @pytest.mark.rule("OL10", "OL11", "OL12")
    def test_with_the_token_exactly_what_was_shown_comes_to_pass(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", price=1000, A=5, B=5)
        placed = shop.up_to("assigned", ("MUG", 2), shipping=150, tax=50)
        [payment] = shop.payments(placed.id)
        shop.captures(payment, 700)
        work_off(shop.services)
        path = f"/v1/orders/{placed.number}/cancellation"
        stock, money, mails = _last(shop, "stock_movement"), _last(shop, "money_transfer"), shop.mails()

        shown = _preview(csr, path, CANCELLATION)
        answer = _executes(csr, path, CANCELLATION, shown["token"])
        work_off(shop.services)

        plan = shown["plan"]
        assert answer.status_code == 200
        assert plan["money"] == [
            {"kind": "void", "payment_id": payment, "amount": pence(1500)},
            {"kind": "refund", "payment_id": payment, "amount": pence(700)},
        ]
        assert plan["stock"] == _moved(shop, stock)
        assert plan["money"] == _paid(shop, money)
        assert len(shop.mails()) == len(mails) + len(plan["emails"]) == len(mails) + 1
        order = csr.get(f"/v1/orders/{placed.number}").json
        will_be = {name: after for name, (_, after) in _fields(plan, "order").items()}
        assert (order["status"], order["payment_status"]) == (will_be["status"], will_be["payment_status"])
        assert order["amounts"]["refunded"]["amount"] == will_be["refunded"]
        assert order["amounts"]["authorized"]["amount"] == will_be["open_authorized"]

    def test_what_has_changed_since_is_said_and_nothing_is_done(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))
        path = f"/v1/orders/{placed.number}/cancellation"
        shown = _preview(csr, path, CANCELLATION)
        shop.captures(shop.payments(placed.id)[0], 500)
        work_off(shop.services)
        before = contents(shop.services)

        refused = _executes(csr, path, CANCELLATION, shown["token"])

        assert (refused.status_code, refused.json["type"], refused.json["guard"]) == (
            409,
            "/problems/plan_changed",
            "plan",
        )
        assert refused.json["differing"] == ["changes", "money", "versions"]
        assert [(each["subject"], each["verb"]) for each in refused.json["changed"]][-1] == (
            "payment attempt",
            "succeed",
        )
        assert [(each["kind"], each["amount"]) for each in refused.json["plan"]["money"]] == [
            ("void", pence(1500)),
            ("refund", pence(500)),
        ]
        assert contents(shop.services) == before
        again = _executes(csr, path, CANCELLATION, refused.json["token"])
        assert (again.status_code, again.json["status"]) == (200, "canceled")

    def test_another_persons_change_in_between_is_reason_enough(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))
        path = f"/v1/orders/{placed.number}/cancellation"
        shown = _preview(csr, path, CANCELLATION)
        shop.lets_go(shop.holds(placed.id))

        refused = _executes(csr, path, CANCELLATION, shown["token"])

        assert (refused.status_code, refused.json["type"]) == (409, "/problems/plan_changed")
        assert [each["verb"] for each in refused.json["changed"]] == ["hold", "release_hold"]
        assert shop.order(placed.id)[0] == "in_progress"

    @pytest.mark.rule("OL8")
    def test_what_is_refused_is_refused_in_a_dry_run_as_well(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))
        shop.holds(placed.id)
        before = contents(shop.services)

        answer = csr.post(f"/v1/orders/{placed.number}/cancellation?dry_run=true", CANCELLATION)

        assert (answer.status_code, answer.json["guard"]) == (409, "on_hold")
        assert contents(shop.services) == before

    def test_a_storefront_sees_the_plan_for_its_own_order_and_no_other(self, shop: Shop, api: Api) -> None:
        shop.sells("MUG", A=5)
        own, another = (api.caller(Role.STOREFRONT, name=name) for name in ("own", "another"))
        path = f"/v1/orders/{own.post('/v1/checkouts', a_checkout()).json['number']}/cancellation?dry_run=true"

        assert another.post(path, CANCELLATION).status_code == 404
        assert own.post(path, CANCELLATION).json["plan"]["emails"] == [{"kind": "canceled", "to": "bo@example.org"}]


class TestRefund:
    @pytest.fixture
    def payment(self, shop: Shop) -> int:
        """A payment of 20.00, captured."""
        shop.sells("MUG", price=1000, A=5)
        placed = shop.up_to("shipped", ("MUG", 2))
        [payment] = shop.payments(placed.id)
        return payment

    def test_the_refund_and_the_mail_that_tells_of_it_are_shown_and_come_to_pass(
        self, shop: Shop, csr: Caller, payment: int
    ) -> None:
        path, body = f"/v1/payments/{payment}/refunds", {"amount": pence(500), "reason": "broken"}
        before, money, mails = contents(shop.services), _last(shop, "money_transfer"), shop.mails()

        shown = _preview(csr, path, body)

        assert contents(shop.services) == before
        assert shown["plan"]["money"] == [{"kind": "refund", "payment_id": payment, "amount": pence(500)}]
        assert shown["plan"]["emails"] == [{"kind": "refunded", "to": "bo@example.org"}]
        assert _fields(shown["plan"], "order") == {
            "payment_status": ("paid", "partially_refunded"),
            "refunded": (0, 500),
        }
        answer = _executes(csr, path, body, shown["token"])
        work_off(shop.services)
        assert answer.status_code == 202
        assert _paid(shop, money) == shown["plan"]["money"]
        assert len(shop.mails()) == len(mails) + 1

    def test_pieces_are_shown_with_what_they_are_worth(self, shop: Shop, csr: Caller, payment: int) -> None:
        line = one(shop.services, "SELECT id FROM line_item")
        body = {"lines": [{"line_id": line, "quantity": 1}], "reason": "broken"}

        plan = _preview(csr, f"/v1/payments/{payment}/refunds", body)["plan"]

        assert plan["money"] == [{"kind": "refund", "payment_id": payment, "amount": pence(1000)}]
        assert _fields(plan, "line") == {"refunded_quantity": (0, 1)}

    def test_a_refund_in_between_changes_what_the_other_would_do(self, shop: Shop, csr: Caller, payment: int) -> None:
        path, body = f"/v1/payments/{payment}/refunds", {"reason": "broken"}
        shown = _preview(csr, path, body)
        shop.refunds(payment, 300)
        work_off(shop.services)

        refused = _executes(csr, path, body, shown["token"])

        assert (refused.status_code, refused.json["type"]) == (409, "/problems/plan_changed")
        assert refused.json["plan"]["money"] == [{"kind": "refund", "payment_id": payment, "amount": pence(1700)}]
        work_off(shop.services)
        assert one(shop.services, "SELECT refunded FROM payment") == 300

    def test_nobody_is_shown_a_plan_beyond_what_the_key_may_move(self, shop: Shop, api: Api, payment: int) -> None:
        bounded = api.caller(Role.CSR, refund_limit=100)

        answer = bounded.post(f"/v1/payments/{payment}/refunds?dry_run=true", {"reason": "broken"})

        assert (answer.status_code, answer.json["guard"]) == (403, "refund_limit")


class TestRelease:
    @pytest.mark.rule("SH4")
    def test_the_shipment_that_would_be_released_is_shown_and_then_is(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        [shipment] = shop.shipments(placed.id)
        path = f"/v1/shipments/{shipment}/release"
        before = contents(shop.services)

        shown = _preview(csr, path, {})

        assert contents(shop.services) == before
        assert shown["plan"]["changes"] == [
            {
                "order": placed.number,
                "subject": "shipment",
                "id": shipment,
                "field": "status",
                "before": "inventory_assigned",
                "after": "released",
            }
        ]
        assert [shown["plan"][part] for part in ("stock", "money", "emails", "refused")] == [[], [], [], []]
        assert _executes(csr, path, {}, shown["token"]).status_code == 202
        work_off(shop.services)
        assert shop.statuses(placed.id) == ["released"]

    @pytest.mark.rule("OL6", "OL8")
    @pytest.mark.parametrize("guard", ["on_hold", "balance_due"])
    def test_what_would_refuse_it_is_shown(self, shop: Shop, csr: Caller, warehouse: Caller, guard: str) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        if guard == "on_hold":
            shop.holds(placed.id)
        else:
            shop.voids(shop.payments(placed.id)[0])
            work_off(shop.services)
        path = f"/v1/shipments/{shop.shipments(placed.id)[0]}/release"

        plan = _preview(csr, path, {})["plan"]
        on_the_floor = _preview(warehouse, path, {})["plan"]

        assert ([each["guard"] for each in plan["refused"]], plan["changes"]) == ([guard], [])
        assert [each["guard"] for each in on_the_floor["refused"]] == [guard]
        assert "GBP" not in str(on_the_floor)

    def test_a_hold_in_between_changes_the_plan(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        path = f"/v1/shipments/{shop.shipments(placed.id)[0]}/release"
        shown = _preview(csr, path, {})
        shop.holds(placed.id, "look")

        refused = _executes(csr, path, {}, shown["token"])

        assert (refused.status_code, refused.json["differing"]) == (409, ["changes", "refused", "versions"])
        assert [(each["verb"], each["detail"]["reason"]) for each in refused.json["changed"]] == [("hold", "look")]
        assert shop.dispatched() == []


class TestCompletion:
    @pytest.mark.rule("SH6")
    def test_goods_money_and_mail_are_shown_to_the_office_and_only_goods_to_the_floor(
        self, shop: Shop, admin: Caller, warehouse: Caller
    ) -> None:
        shop.sells("MUG", price=1000, A=5)
        placed = shop.up_to("packing", ("MUG", 2))
        [payment] = shop.payments(placed.id)
        path = f"/v1/shipments/{shop.shipments(placed.id)[0]}/completion"

        office = _preview(admin, path, {"confirm_all": True})["plan"]
        floor = _preview(warehouse, path, {"confirm_all": True})["plan"]

        shipped = {"kind": "shipped", "sku": "MUG", "warehouse": "A", "on_hand": -2, "allocated": -2}
        assert office["stock"] == floor["stock"] == [shipped]
        assert office["money"] == [{"kind": "capture", "payment_id": payment, "amount": pence(2000)}]
        assert office["emails"] == [{"kind": "shipped", "to": "bo@example.org"}]
        assert _fields(office, "order")["status"] == ("in_progress", "completed")
        assert (floor["money"], floor["emails"], _fields(floor, "order")) == ([], [], {})


class TestAsking:
    def test_the_key_of_a_dry_run_is_free_for_the_command_itself(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        path = f"/v1/orders/{placed.number}/cancellation"

        shown = csr.post(f"{path}?dry_run=true", CANCELLATION, key="one")
        done = csr.post(path, CANCELLATION, key="one", headers={"Plan-Token": shown.json["token"]})
        repeated = csr.post(path, CANCELLATION, key="one", headers={"Plan-Token": shown.json["token"]})

        assert (done.status_code, done.json["status"]) == (200, "canceled")
        assert (repeated.status_code, repeated.headers["Idempotent-Replayed"]) == (200, "true")

    def test_a_dry_run_is_never_answered_as_a_repeat_of_the_command(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("shipped", ("MUG", 1))
        path, body = f"/v1/payments/{shop.payments(placed.id)[0]}/refunds", {"amount": pence(1), "reason": "x"}
        csr.post(path, body, key="one")

        answer = csr.post(f"{path}?dry_run=true", body, key="one")

        assert answer.json["plan"]["money"][-1]["amount"] == pence(1)

    @pytest.mark.parametrize("said", ["yes", "1", "", "true&dry_run=true"])
    def test_a_dry_run_is_asked_for_clearly_or_not_at_all(self, shop: Shop, csr: Caller, said: str) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))

        answer = csr.post(f"/v1/orders/{placed.number}/cancellation?dry_run={said}", CANCELLATION)

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/bad_dry_run")
        assert shop.order(placed.id)[0] == "in_progress"

    @pytest.mark.parametrize("how", ["query", "header"])
    def test_what_has_no_preview_is_not_done_instead(self, shop: Shop, csr: Caller, how: str) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        before = contents(shop.services)
        query, headers = ("?dry_run=true", {}) if how == "query" else ("", {"Plan-Token": "x"})

        answer = csr.post(f"/v1/orders/{placed.number}/holds{query}", {"reason": "look"}, headers=headers)

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/no_preview")
        assert contents(shop.services) == before

    @pytest.mark.parametrize("token", ["x", "1-2-3", "-1-a-b-c-d-e-f", "7" * 5000])
    def test_a_token_that_is_none_of_ours_is_refused(self, shop: Shop, csr: Caller, token: str) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))

        answer = _executes(csr, f"/v1/orders/{placed.number}/cancellation", CANCELLATION, token)

        assert (answer.status_code, answer.json["type"]) == (400, "/problems/plan_token_malformed")
        assert shop.order(placed.id)[0] == "in_progress"
