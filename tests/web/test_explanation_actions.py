"""What may be asked of an order: the guard that forbids it now, the call that helps, and what a storefront is told."""

import pytest
from api_client import Api, a_checkout, pence
from builders import Shop, one, work_off
from explaining import Desk

from fulfillment.access.models import Role
from web.route import ROUTES


@pytest.fixture
def desk(api: Api, shop: Shop) -> Desk:
    return Desk(api, shop)


class TestActions:
    @pytest.mark.rule("OL8")
    def test_on_hold_every_action_that_is_forbidden_names_the_guard_and_the_call(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        hold = shop.holds(placed.id)

        refused = {
            each["action"]: each["refused"]["guard"]
            for each in desk.explains(placed.number)["actions"]
            if not each["allowed"]
        }
        cancel = desk.action(placed.number, "cancel")

        assert refused == {
            "cancel": "on_hold",
            "edit": "on_hold",
            "delete": "on_hold",
            "archive": "still_open",
            "add_payment": "balance_due",
            "release": "on_hold",
            "add_to_picklist": "status",
            "complete": "status",
            "refund": "over_refund",
        }
        assert cancel["refused"]["call"]["path"] == f"/v1/orders/{placed.number}/holds/{hold}/release"
        answer = desk.sends(cancel["call"])
        assert (answer.status_code, answer.json["guard"]) == (409, "on_hold")
        desk.sends(cancel["refused"]["call"])
        assert desk.action(placed.number, "cancel")["allowed"]
        assert desk.sends(desk.action(placed.number, "cancel")["call"]).status_code == 200

    @pytest.mark.rule("OL6")
    def test_an_uncovered_shipment_is_not_released_and_the_payment_that_helps_is_named(
        self, shop: Shop, desk: Desk
    ) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        shop.voids(shop.payments(placed.id)[0])
        work_off(shop.services)

        release = desk.action(placed.number, "release")

        assert (release["allowed"], release["refused"]["guard"]) == (False, "balance_due")
        assert release["refused"]["call"]["path"] == f"/v1/orders/{placed.number}/payments"
        desk.sends(release["refused"]["call"])
        work_off(shop.services)
        assert desk.action(placed.number, "release")["allowed"]

    @pytest.mark.rule("SH6")
    def test_what_is_not_picked_is_not_completed_and_the_picks_that_help_are_named(
        self, shop: Shop, desk: Desk
    ) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("packing", ("MUG", 2))

        complete = desk.action(placed.number, "complete")

        assert (complete["allowed"], complete["refused"]["guard"]) == (False, "not_picked")
        desk.sends(complete["refused"]["call"])
        assert desk.action(placed.number, "complete")["allowed"]

    @pytest.mark.rule("SH5")
    def test_what_is_not_released_yet_names_the_step_before(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 2))
        [shipment] = shop.shipments(placed.id)

        refused = desk.action(placed.number, "add_to_picklist")["refused"]

        assert (refused["guard"], refused["call"]["path"]) == ("status", f"/v1/shipments/{shipment}/release")
        desk.sends(refused["call"])
        work_off(shop.services)
        assert desk.action(placed.number, "add_to_picklist")["allowed"]

    def test_goods_that_left_keep_their_authorization_until_the_capture_is_through(
        self, shop: Shop, desk: Desk
    ) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("packing", ("MUG", 2))
        shop.gateway.will("refuse")
        shop.completes(placed.id)
        work_off(shop.services)

        refused = desk.action(placed.number, "void")["refused"]

        assert (refused["guard"], refused["call"]["roles"]) == ("capture_due", ["admin"])
        desk.sends(refused["call"])
        work_off(shop.services)
        assert desk.action(placed.number, "void")["refused"]["guard"] == "nothing_open"

    def test_money_received_by_hand_is_no_card(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1), tokens=())
        shop.adds_payment(placed.id, token=None)

        refused = {name: desk.action(placed.number, name)["refused"] for name in ("capture", "void")}

        assert {each["guard"] for each in refused.values()} == {"manual_payment"}
        assert desk.action(placed.number, "refund")["refused"] is None
        assert {name: each["remedy"] for name, each in refused.items()} == {
            "capture": "nothing is to be done: the money is there",
            "void": "nothing is to be done: the money is there",
        }

    @pytest.mark.rule("OL10")
    def test_a_closed_order_takes_neither_hold_nor_payment_nor_cancellation(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.places(("MUG", 1))
        shop.cancels(placed.id)

        guards = {
            name: desk.action(placed.number, name)["refused"]["guard"]
            for name in ("hold", "add_payment", "cancel", "edit")
        }

        assert guards == {
            "hold": "order_closed",
            "add_payment": "order_closed",
            "cancel": "status",
            "edit": "status",
        }

    @pytest.mark.rule("OL13")
    def test_what_held_money_is_canceled_and_put_away_instead_of_deleted(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))

        refused = desk.action(placed.number, "delete")["refused"]
        assert (refused["guard"], refused["call"]["path"]) == (
            "held_money",
            f"/v1/orders/{placed.number}/cancellation",
        )
        desk.sends(refused["call"])
        refused = desk.action(placed.number, "delete")["refused"]

        assert refused["call"]["path"] == f"/v1/orders/{placed.number}/archive"
        assert desk.sends(refused["call"]).status_code == 200

    @pytest.mark.rule("OL4", "RO2")
    def test_an_edit_is_named_with_the_version_it_goes_by(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("assigned", ("MUG", 1))
        edit = desk.action(placed.number, "edit")
        shop.lets_go(shop.holds(placed.id))

        assert desk.sends(edit["call"]).status_code == 412
        assert desk.sends(desk.action(placed.number, "edit")["call"]).json["reference"] == "as the customer wrote it"

    @pytest.mark.parametrize("state", ["assigned", "released", "packing", "shipped"])
    def test_what_is_said_of_every_action_is_what_becomes_of_it(self, shop: Shop, desk: Desk, state: str) -> None:
        """Each action is really asked for, on an order of its own: allowed ones are done, the others are refused."""
        shop.sells("MUG", A=50)

        def fresh() -> str:
            placed = shop.up_to(state, ("MUG", 1))
            work_off(shop.services)
            return placed.number

        for n, action in enumerate(desk.explains(fresh())["actions"]):
            asked = desk.explains(fresh())["actions"][n]
            answer = desk.sends(asked["call"])
            work_off(shop.services)
            if answer.status_code == 202:
                problems = desk.keys[Role.ADMIN].get(answer.headers["Location"]).json["problems"]
                guards = [each["guard"] for each in problems]
            else:
                guards = [answer.json["guard"]] if answer.status_code >= 400 else []
            assert guards == ([] if asked["allowed"] else [asked["refused"]["guard"]]), asked
            assert asked["action"] == action["action"]


class TestWhoIsTold:
    @pytest.fixture
    def own(self, shop: Shop, desk: Desk) -> tuple[int, str]:
        """An order of the storefront whose key the desk holds."""
        shop.sells("MUG", A=5)
        body = a_checkout(payments=[{"method": "card", "token": "tok_declined"}])
        number = desk.keys[Role.STOREFRONT].post("/v1/checkouts", body).json["number"]
        work_off(shop.services)
        return one(shop.services, "SELECT id FROM purchase_order WHERE number = :n", n=number), number

    def test_a_storefront_hears_of_its_declined_card_and_pays_with_another(
        self, shop: Shop, desk: Desk, own: tuple[int, str]
    ) -> None:
        [blocker] = desk.explains(own[1], Role.STOREFRONT)["blockers"]

        assert (blocker["code"], blocker["who"]) == ("declined", ["customer"])
        assert blocker["evidence"] == {
            "missing": pence(1000),
            "declined": [{"code": "card_declined", "message": "The card was declined."}],
        }
        assert desk.sends(blocker["call"], Role.STOREFRONT).status_code == 202
        work_off(shop.services)
        [after] = desk.explains(own[1], Role.STOREFRONT)["blockers"]
        assert (after["code"], after["evidence"], after["call"]) == ("with_the_merchant", {}, None)

    def test_a_storefront_hears_neither_of_holds_nor_of_errors_nor_of_the_queue(
        self, shop: Shop, desk: Desk, own: tuple[int, str]
    ) -> None:
        shop.holds(own[0], "card tester")
        told = desk.keys[Role.STOREFRONT].get(f"/v1/orders/{own[1]}/explanation")

        assert [each["code"] for each in told.json["blockers"]] == ["on_hold", "declined"]
        assert told.json["blockers"][0]["evidence"] == {}
        assert "card tester" not in told.text
        assert "holds" not in told.text
        assert {each["action"] for each in told.json["actions"]} == {"cancel", "add_payment"}
        for each in [*told.json["blockers"], *told.json["actions"]]:
            assert each["call"] is None or "storefront" in each["call"]["roles"]

    def test_a_storefront_is_told_that_it_cancels_no_more_once_the_warehouse_works(
        self, shop: Shop, desk: Desk, own: tuple[int, str]
    ) -> None:
        shop.adds_payment(own[0])
        work_off(shop.services)
        shop.brings(own[0], "released")

        [action] = [each for each in desk.explains(own[1], Role.STOREFRONT)["actions"] if each["action"] == "cancel"]

        assert (action["allowed"], action["refused"]["guard"]) == (False, "before_release")
        assert desk.action(own[1], "cancel")["allowed"]

    def test_nobody_else_is_told(self, api: Api, desk: Desk, own: tuple[int, str]) -> None:
        path = f"/v1/orders/{own[1]}/explanation"

        assert api.caller(Role.STOREFRONT, name="another").get(path).status_code == 404
        assert desk.keys[Role.WAREHOUSE].get(path).status_code == 403
        assert desk.keys[Role.CSR].get("/v1/orders/PO1/explanation").status_code == 404

    def test_every_call_that_is_named_is_a_route_open_to_the_roles_it_names(self, shop: Shop, desk: Desk) -> None:
        shop.sells("MUG", A=5)
        numbers = [shop.up_to(state, ("MUG", 1)).number for state in ("assigned", "released", "packing", "shipped")]
        shop.holds(shop.up_to("assigned", ("MUG", 1)).id)
        explained = [desk.explains(number) for number in numbers]
        calls = [each["call"] for found in explained for each in [*found["actions"], *found["blockers"]]]

        urls = desk.api.app.url_map.bind("localhost")
        for call in calls:
            endpoint, _ = urls.match(call["path"], call["method"])
            assert set(call["roles"]) <= ROUTES[str(endpoint)].roles
            assert call["roles"] != []
