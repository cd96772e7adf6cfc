"""What an order waits for: each blocker is named with its figures, and gone once its call was followed to the letter."""

from typing import Any

import pytest
from api_client import ADDRESS, Api, pence
from builders import Shop, hasten, lease, one, rows, work_off
from explaining import Desk
from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.dispatch.dead_letters import record_failure
from fulfillment.workflow.run import run_step


@pytest.fixture
def desk(api: Api, shop: Shop) -> Desk:
    return Desk(api, shop)


def _fails(shop: Shop, step: str, *, final: bool) -> int:
    """Let one due row of a step go wrong; give its id."""
    [leased] = [each for each in lease(shop.services) if each.step == step]
    with shop.services.transaction() as session:
        record_failure(session, leased.claim, "boom", final=final)
    return leased.claim.id


class TestHolds:
    @pytest.mark.rule("OL8", "OL9")
    def test_each_hold_is_named_with_who_and_why_until_it_is_released(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        first, second = shop.holds(placed.id, "verify order"), shop.holds(placed.id, "suspicious")

        found = desk.explains(placed.number)

        assert found["motion"] == "blocked"
        assert [(each["code"], each["subject_id"], each["who"]) for each in found["blockers"]] == [
            ("on_hold", first, ["csr", "admin"]),
            ("on_hold", second, ["csr", "admin"]),
        ]
        assert found["blockers"][0]["since"] == "2026-03-02T12:00:00Z"
        assert found["blockers"][0]["evidence"] == {
            "hold_id": first,
            "reason": "verify order",
            "note": None,
            "opened_by": "ana",
        }
        for hold, role in zip(found["blockers"], ("csr", "admin"), strict=True):
            assert desk.sends(hold["call"], role).status_code == 200
        assert desk.codes(placed.number) == ["awaits_release"]


class TestMoney:
    @pytest.mark.rule("OL6", "SH1")
    def test_an_order_without_payment_says_how_much_is_missing(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", price=1250, A=5)
        placed = shop.places(("MUG", 2), tokens=())

        found = desk.blocker(placed.number, "balance_due")

        assert found["evidence"] == {"missing": pence(2500), "declined": []}
        assert (found["since"], found["who"]) == ("2026-03-02T12:00:00Z", ["customer", "csr", "admin"])
        desk.follows(placed.number, "balance_due", "csr")
        assert desk.codes(placed.number) == ["awaits_release"]

    def test_a_declined_card_is_named_with_what_the_gateway_said(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", price=1250, A=5)
        placed = shop.places(("MUG", 2), tokens=("tok_declined",))
        work_off(shop.services)

        found = desk.blocker(placed.number, "declined")

        [payment] = shop.payments(placed.id)
        attempt = one(shop.services, "SELECT id FROM payment_attempt")
        assert found["evidence"] == {
            "missing": pence(2500),
            "declined": [
                {
                    "attempt_id": attempt,
                    "payment_id": payment,
                    "code": "card_declined",
                    "message": "The card was declined.",
                }
            ],
        }
        desk.follows(placed.number, "declined")

    def test_an_order_whose_authorization_went_back_lacks_it_again(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        shop.voids(shop.payments(placed.id)[0])
        work_off(shop.services)

        assert desk.codes(placed.number) == ["balance_due"]
        desk.follows(placed.number, "balance_due")
        assert desk.codes(placed.number) == ["awaits_release"]

    def test_an_authorization_without_an_answer_is_asked_about_by_the_system(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        shop.gateway.will("cut after")
        placed = shop.places(("MUG", 1))
        work_off(shop.services)

        found = desk.blocker(placed.number, "awaiting_authorization")

        assert (found["who"], found["call"]) == (["system"], None)
        assert found["evidence"]["attempt_id"] == one(shop.services, "SELECT id FROM payment_attempt")
        assert (found["evidence"]["code"], found["evidence"]["amount"]) == ("timeout", pence(1000))
        assert found["evidence"]["due_at"] is not None
        hasten(shop.services)
        work_off(shop.services)
        assert desk.codes(placed.number) == ["awaits_release"]

    def test_a_capture_that_was_refused_waits_for_an_administrator(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("packing", ("MUG", 1))
        shop.gateway.will("refuse")
        shop.completes(placed.id)
        work_off(shop.services)

        assert desk.codes(placed.number) == ["capture_failed", "capture_due"]
        found = desk.blocker(placed.number, "capture_failed")
        assert (found["who"], found["evidence"]["message"]) == (["admin"], "The gateway says no.")
        assert found["evidence"]["dead_letter_id"] == one(shop.services, "SELECT id FROM dispatch WHERE dead")
        desk.follows(placed.number, "capture_failed")
        assert desk.codes(placed.number) == []
        assert desk.explains(placed.number)["motion"] == "done"

    @pytest.mark.parametrize("kind", ["capture", "void", "refund"])
    def test_what_is_not_known_is_asked_about_until_it_is(self, shop: Shop, desk: Desk, kind: str) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        [payment] = shop.payments(placed.id)
        if kind == "refund":
            shop.captures(payment)
            work_off(shop.services)
        shop.gateway.will("cut before")
        {"capture": shop.captures, "void": shop.voids, "refund": shop.refunds}[kind](payment)
        work_off(shop.services)

        found = desk.blocker(placed.number, f"{kind}_unknown")

        assert (found["who"], found["call"]) == (["system"], None)
        assert (found["evidence"]["payment_id"], found["evidence"]["amount"]) == (payment, pence(1000))
        hasten(shop.services)
        work_off(shop.services)
        assert f"{kind}_unknown" not in desk.codes(placed.number)

    def test_what_nobody_can_ask_about_any_more_is_decided_by_an_administrator(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("packing", ("MUG", 1))
        shop.gateway.will("cut before")
        shop.completes(placed.id)
        work_off(shop.services)
        shop.clock.forward(days=2)
        hasten(shop.services)
        work_off(shop.services)

        found = desk.blocker(placed.number, "capture_unknown")

        assert found["who"] == ["admin"]
        assert "no longer knows the key" in found["evidence"]["error"]
        desk.follows(placed.number, "capture_unknown")
        assert desk.explains(placed.number)["motion"] == "done"
        assert shop.money(placed.id)["captured"] == 1000

    @pytest.mark.parametrize("kind", ["void", "refund"])
    def test_what_the_gateway_refused_is_asked_again_by_a_person(self, shop: Shop, desk: Desk, kind: str) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        [payment] = shop.payments(placed.id)
        if kind == "refund":
            shop.captures(payment)
            work_off(shop.services)
        shop.gateway.will("refuse")
        {"void": shop.voids, "refund": shop.refunds}[kind](payment)
        work_off(shop.services)

        assert desk.blocker(placed.number, f"{kind}_failed")["evidence"]["code"] == "refused"
        desk.follows(placed.number, f"{kind}_failed", "csr")

    @pytest.mark.rule("OL11")
    def test_a_canceled_order_shows_the_money_that_has_not_gone_back(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))
        shop.captures(shop.payments(placed.id)[0])
        work_off(shop.services)
        shop.gateway.will("refuse")
        shop.cancels(placed.id)
        work_off(shop.services)

        found = desk.explains(placed.number)

        assert (found["status"], found["motion"]) == ("canceled", "blocked")
        assert desk.codes(placed.number) == ["refund_failed", "refund_open"]
        assert desk.blocker(placed.number, "refund_open")["evidence"] == {"open": pence(2000), "under_way": pence(0)}
        desk.follows(placed.number, "refund_open")
        assert desk.explains(placed.number)["motion"] == "done"
        assert shop.money(placed.id)["refunded"] == 2000

    def test_money_received_by_hand_is_paid_back_by_hand(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1), tokens=())
        shop.adds_payment(placed.id, token=None)
        work_off(shop.services)
        shop.cancels(placed.id)
        work_off(shop.services)

        assert desk.codes(placed.number) == ["payout_due"]
        found = desk.blocker(placed.number, "payout_due")
        assert (found["evidence"]["amount"], found["who"]) == (pence(1000), ["csr", "admin"])
        assert "by hand" in found["reason"]
        desk.follows(placed.number, "payout_due", "csr")
        assert desk.explains(placed.number)["motion"] == "done"
        assert shop.order(placed.id) == ("canceled", "refunded")


class TestFloor:
    @pytest.mark.rule("SH2")
    def test_a_waiting_shipment_says_what_it_lacks_and_who_is_ahead(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=1, B=2)
        shop.sells("CUP", A=9)
        for quantity in (4, 5):
            shop.places(("MUG", quantity))
            shop.clock.forward(minutes=1)
        shop.places(("MUG", 100), tokens=())  # Not covered: not in the queue.
        placed = shop.places(("MUG", 3), ("CUP", 2))
        work_off(shop.services)
        shop.clock.forward(minutes=1)
        shop.places(("MUG", 50))  # Behind it.
        work_off(shop.services)

        found = desk.blocker(placed.number, "awaiting_inventory")

        assert found["evidence"] == {
            "warehouse": "A",
            "not_before": None,
            "expected_on": None,
            "products": [
                {
                    "sku": "MUG",
                    "needed": 3,
                    "available": 1,
                    "ahead_pieces": 9,
                    "ahead_shipments": 2,
                    "missing": 11,
                    "place": 3,
                    "expected_on": None,
                },
                {
                    "sku": "CUP",
                    "needed": 2,
                    "available": 9,
                    "ahead_pieces": 0,
                    "ahead_shipments": 0,
                    "missing": 0,
                    "place": 1,
                    "expected_on": None,
                },
            ],
        }
        assert (found["since"], found["who"]) == ("2026-03-02T12:02:00Z", ["warehouse", "admin"])
        assert found["call"]["body"] == {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 11}]}
        desk.follows(placed.number, "awaiting_inventory")
        assert desk.codes(placed.number) == ["awaits_release"]

    def test_stock_that_lies_in_two_warehouses_is_asked_for_where_the_least_is_missing(
        self, shop: Shop, desk: Desk
    ) -> None:
        shop.sells("MUG", A=9)
        shop.sells("CUP", B=4)
        placed = shop.places(("MUG", 2), ("CUP", 5))
        work_off(shop.services)

        assert desk.blocker(placed.number, "awaiting_inventory")["call"]["body"] == {
            "warehouse": "B",
            "lines": [{"sku": "MUG", "quantity": 2}, {"sku": "CUP", "quantity": 1}],
        }
        desk.follows(placed.number, "awaiting_inventory")

    @pytest.mark.rule("SH4", "SH5", "SH6")
    def test_from_the_shelf_to_the_door_each_hand_is_named_in_turn(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))

        seen = []
        for code in ("awaits_release", "awaits_picklist", "awaits_picks", "awaits_completion"):
            [blocker] = desk.explains(placed.number)["blockers"]
            seen.append((blocker["code"], blocker["who"]))
            desk.follows(placed.number, code)

        assert seen == [
            ("awaits_release", ["csr", "warehouse", "admin"]),
            ("awaits_picklist", ["warehouse", "admin"]),
            ("awaits_picks", ["warehouse", "admin"]),
            ("awaits_completion", ["warehouse", "admin"]),
        ]
        assert shop.statuses(placed.id) == ["shipped"]
        assert desk.explains(placed.number)["blockers"] == []
        assert desk.explains(placed.number)["motion"] == "done"


class TestDrafts:
    @pytest.mark.rule("OL5", "LI7")
    def test_a_draft_says_what_it_lacks_and_then_that_it_waits_to_be_placed(self, shop: Shop, desk: Desk) -> None:
        shop.sells("SONG", needs_shipping=False)
        csr = desk.keys[Role.CSR]
        customer = csr.post("/v1/customers", {"name": "Bo Lind", "email": "bo@example.org", "addresses": [ADDRESS]})
        draft = csr.post("/v1/orders", {"market": "DE", "customer_id": customer.json["id"]})
        number = draft.json["number"]

        lacking = desk.explains(number)
        place = desk.action(number, "place")

        assert (lacking["motion"], [each["code"] for each in lacking["blockers"]]) == ("blocked", ["no_lines"])
        assert lacking["blockers"][0]["evidence"] == {"helps": f"POST /v1/orders/{number}/lines"}
        assert (place["allowed"], place["refused"]["guard"]) == (False, "complete")
        assert desk.sends(place["call"]).json["guard"] == "complete"
        csr.post(f"/v1/orders/{number}/lines", {"lines": [{"sku": "SONG", "quantity": 1}]})
        assert desk.action(number, "place")["allowed"]
        desk.follows(number, "awaits_placement")
        assert desk.codes(number) == ["balance_due"]


class TestSteps:
    def test_a_dead_letter_is_named_with_its_error_and_what_stands_behind_it(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1))
        work_off(shop.services, only="payments")
        dead = _fails(shop, "inventory.assign", final=True)

        found = desk.blocker(placed.number, "dead_letter")

        assert (found["evidence"]["dead_letter_id"], found["evidence"]["error"]) == (dead, "boom")
        assert (found["evidence"]["step"], found["who"]) == ("inventory.assign", ["admin"])
        desk.follows(placed.number, "dead_letter")
        assert desk.codes(placed.number) == ["awaits_release"]

    def test_a_step_that_failed_says_when_it_is_tried_again(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1))
        work_off(shop.services, only="payments")
        _fails(shop, "inventory.assign", final=False)

        found = desk.blocker(placed.number, "step_postponed")

        assert (found["who"], found["call"]) == (["system"], None)
        assert (found["evidence"]["step"], found["evidence"]["failures"]) == ("inventory.assign", 1)
        assert found["evidence"]["due_at"] is not None
        hasten(shop.services)
        assert desk.explains(placed.number)["next"]["step"] == "inventory.assign"
        work_off(shop.services)
        assert desk.codes(placed.number) == ["awaits_release"]

    def test_a_mail_that_failed_for_good_does_not_hide_and_hides_nothing(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1))
        work_off(shop.services, only="payments")
        _fails(shop, "notifications.order_received", final=True)

        hasten(shop.services)
        assert desk.codes(placed.number) == ["dead_letter"]
        assert desk.explains(placed.number)["next"]["step"] == "inventory.assign"
        work_off(shop.services)
        assert desk.codes(placed.number) == ["dead_letter", "awaits_release"]

    def test_an_order_that_nothing_will_move_is_never_passed_over_in_silence(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1))
        work_off(shop.services, only="payments")
        with shop.services.transaction() as session:
            session.execute(text("DELETE FROM dispatch"))

        assert desk.codes(placed.number) == ["stands_still"]


def _due_work(shop: Shop, order_id: int) -> list[str]:
    found = rows(
        shop.services,
        "SELECT step FROM dispatch WHERE (order_id = :id OR step = 'inventory.assign_waiting')"
        " AND lane = 'work' AND due_at <= now() AND NOT dead",
        id=order_id,
    )
    return [step for (step,) in found]


@pytest.mark.parametrize("market", ["DE", "UK"])
def test_nothing_is_named_while_an_order_moves_and_something_whenever_it_stands(
    shop: Shop, desk: Desk, market: str
) -> None:
    """A whole life, looked at after every single step of it."""
    shop.sells("MUG", A=1)
    shop.sells("SONG", needs_shipping=False)
    placed = shop.places(("MUG", 2), ("SONG", 1), market=market)
    stands: list[list[str]] = []

    def looks() -> dict[str, Any]:
        found = desk.explains(placed.number)
        due = _due_work(shop, placed.id)
        assert (found["blockers"] == []) == (bool(due) or found["motion"] == "done"), (due, found["blockers"])
        assert (found["next"] is not None) == (found["motion"] == "moving")
        if due:
            assert found["next"]["step"] in due
        return found

    for _ in range(40):
        found = looks()
        if found["motion"] == "moving":
            work_off_one(shop)
            continue
        if found["motion"] == "done":
            break
        stands.append([each["code"] for each in found["blockers"]])
        assert desk.sends(found["blockers"][0]["call"]).status_code in (200, 201, 202)

    by_hand = [["awaits_release"]] if market == "DE" else []
    assert stands == [
        ["awaiting_inventory"],
        *by_hand,
        ["awaits_picklist"],
        ["awaits_picks"],
        ["awaits_completion"],
    ]
    assert shop.order(placed.id) == ("completed", "paid")


def work_off_one(shop: Shop) -> None:
    for leased in lease(shop.services, most=1):
        run_step(shop.services, leased.step, [leased.claim])
