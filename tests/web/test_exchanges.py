"""Exchanges over HTTP: what comes back pays for what goes out, and only the difference is paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from api_client import Api, Caller, pence
from builders import Shop, broken, one, rows, work_off
from explaining import Desk
from fakes.gateway import Operation
from returning import Back, comes_back, line_ids

from fulfillment.access.models import Role
from fulfillment.catalog.shipping_methods import MethodPrice, NewShippingMethod, add_method

MUG, VASE, CUP = 1000, 2500, 400


@dataclass
class Counter:
    """Customer service and a warehouse, at an order of two mugs at 10.00 and shipping of 3.00 that was shipped."""

    shop: Shop
    csr: Caller
    warehouse: Caller
    order: int
    number: str

    def exchanges(self, *out: tuple[str, int], mugs: int = 1, **more: Any) -> Any:
        body = {
            "order": self.number,
            "back": [{"line_id": line_ids(self.shop, self.order)["MUG"], "quantity": mugs, "reason": "does_not_fit"}],
            "out": [{"sku": sku, "quantity": quantity} for sku, quantity in out],
            "notify_customer": True,
            **more,
        }
        return self.csr.post("/v1/exchanges", body)

    def begins(self, *out: tuple[str, int], **more: Any) -> dict[str, Any]:
        answer = self.exchanges(*out, **more)
        assert answer.status_code == 201, answer.text
        work_off(self.shop.services)
        return self.reads(answer.json["id"])

    def reads(self, exchange_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.csr.get(f"/v1/exchanges/{exchange_id}").json
        return found

    def new_order(self, exchange: dict[str, Any]) -> int:
        return int(one(self.shop.services, "SELECT id FROM purchase_order WHERE number = :n", n=exchange["new_order"]))

    def comes(self, exchange: dict[str, Any], pieces: int = 1, disposition: str = "restocked") -> None:
        back = Back(f"/v1/returns/{exchange['return_id']}", self.csr, self.warehouse)
        assert back.arrives("MUG", pieces, disposition=disposition).status_code == 201
        work_off(self.shop.services)

    def money(self, number: str) -> dict[str, int]:
        books = self.csr.get(f"/v1/orders/{number}/payments").json["books"]
        named = ("captured", "credited", "refunded", "exchanged", "kept")
        return {name: books[name]["amount"] for name in named}


@pytest.fixture
def counter(shop: Shop, csr: Caller, warehouse: Caller) -> Counter:
    shop.sells("MUG", price=MUG, A=9)
    shop.sells("VASE", price=VASE, A=9)
    shop.sells("CUP", price=CUP, A=9)
    with shop.services.transaction() as session:
        add_method(session, NewShippingMethod("free", "Free", [MethodPrice("DE", 0, "GBP")]))
    placed = shop.up_to("shipped", ("MUG", 2), shipping_method="free", shipping=300)
    return Counter(shop, csr, warehouse, placed.id, placed.number)


def test_what_cannot_go_out_is_refused_with_a_call_that_there_is_and_nothing_is_left_of_it(
    shop: Shop, counter: Counter
) -> None:
    went_by_none = shop.up_to("shipped", ("MUG", 1))
    old = replace(counter, order=went_by_none.id, number=went_by_none.number)
    orders = rows(shop.services, "SELECT count(*) FROM purchase_order")

    refused = [old.exchanges(("MUG", 1), **by) for by in ({}, {"shipping_method": "pigeon"})]

    call = "POST /v1/exchanges with a shipping_method that there is: GET /v1/shipping-methods"
    assert [(each.status_code, each.json["type"], each.json["remedy"]) for each in refused] == [
        (409, "/problems/no_shipping_method", call),
        (409, "/problems/unknown_shipping_method", call),
    ]
    assert [each["call"] for each in refused[0].json["obstacles"]] == [call]
    assert refused[0].json["detail"] == (
        "what is to go out cannot be placed: an address that is shipped to needs a shipping method"
    )
    assert rows(shop.services, "SELECT count(*) FROM purchase_order") == orders
    assert old.exchanges(("MUG", 1), shipping_method="free").status_code == 201


@pytest.mark.rule("EX1", "EX3")
def test_what_costs_the_same_goes_out_once_the_other_is_back_and_no_money_moves(
    shop: Shop, api: Api, counter: Counter
) -> None:
    exchange = counter.begins(("MUG", 1))
    new = counter.new_order(exchange)
    desk = Desk(api, shop)

    assert (exchange["status"], exchange["waits"], exchange["return_number"]) == (
        "open",
        True,
        f"{counter.number}-R1",
    )
    assert exchange["money"]["credit"] == exchange["money"]["costs"] == pence(MUG)
    assert shop.statuses(new) == ["inventory_assigned"]  # Its stock is kept.
    waits = desk.blocker(exchange["new_order"], "awaiting_return")
    assert waits["reason"] == f"waits for 1 x MUG of return {counter.number}-R1 to arrive in any warehouse"
    shop.releases(new)
    work_off(shop.services)
    assert shop.statuses(new) == ["inventory_assigned"]
    found = counter.csr.get(f"/v1/orders?name={counter.number}-R1").json["orders"]
    assert [each["number"] for each in found] == [exchange["new_order"]]
    assert [each["id"] for each in counter.csr.get(f"/v1/exchanges?order={counter.number}").json["exchanges"]] == [
        exchange["id"]
    ]
    for number in (counter.number, exchange["new_order"]):
        [linked] = counter.csr.get(f"/v1/orders/{number}").json["exchanges"]
        assert {name: linked[name] for name in ("status", "order", "new_order")} == {
            "status": "open",
            "order": counter.number,
            "new_order": exchange["new_order"],
        }
        assert counter.csr.get(linked["link"]).json["id"] == exchange["id"]

    counter.comes(exchange)

    settled = counter.reads(exchange["id"])
    assert (settled["status"], settled["waits"], settled["return_status"]) == ("settled", False, "completed")
    assert settled["money"]["paid_back"] == pence(0)
    shop.brings(new, "shipped")
    assert shop.order(new) == ("completed", "paid")
    assert counter.money(exchange["new_order"]) == {
        "captured": 0,
        "credited": MUG,
        "refunded": 0,
        "exchanged": 0,
        "kept": MUG,
    }
    assert counter.money(counter.number)["exchanged"] == MUG
    assert shop.gateway.moved(Operation.CAPTURE) == [2300]
    assert shop.gateway.moved(Operation.REFUND) == []
    assert shop.stock("MUG") == (7, 0)
    assert broken(shop.services) == {}


@pytest.mark.rule("EX1")
def test_of_what_costs_more_only_the_difference_is_charged(shop: Shop, counter: Counter) -> None:
    planned = counter.csr.post(
        "/v1/exchanges?dry_run=true",
        {
            "order": counter.number,
            "back": [{"line_id": line_ids(shop, counter.order)["MUG"], "quantity": 1, "reason": "does_not_fit"}],
            "out": [{"sku": "VASE", "quantity": 1}],
            "notify_customer": False,
            "token": "tok_ok",
        },
    ).json["plan"]
    assert rows(shop.services, "SELECT * FROM exchange") == []
    moved = {each["kind"]: each["amount"] for each in planned["money"]}
    assert (moved["credit"], moved["authorize"]) == (pence(MUG), pence(VASE - MUG))

    exchange = counter.begins(("VASE", 1), token="tok_ok")
    counter.comes(exchange)
    shop.brings(counter.new_order(exchange), "shipped")

    assert shop.gateway.moved(Operation.CAPTURE) == [2300, VASE - MUG]
    assert counter.money(exchange["new_order"])["kept"] == VASE
    assert shop.order(counter.new_order(exchange)) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_a_difference_that_nobody_has_paid_yet_is_waited_for(shop: Shop, api: Api, counter: Counter) -> None:
    exchange = counter.begins(("VASE", 1))
    new = counter.new_order(exchange)

    counter.comes(exchange)

    assert counter.reads(exchange["id"])["money"]["missing"] == pence(VASE - MUG)
    assert shop.statuses(new) == ["pending"]
    assert "balance_due" in Desk(api, shop).codes(exchange["new_order"])
    shop.adds_payment(new)
    work_off(shop.services)
    assert shop.statuses(new) == ["inventory_assigned"]
    assert broken(shop.services) == {}


@pytest.mark.rule("EX3")
def test_of_what_costs_less_the_rest_is_paid_back_with_the_goods(shop: Shop, counter: Counter) -> None:
    exchange = counter.begins(("CUP", 1))
    assert shop.gateway.moved(Operation.REFUND) == []

    counter.comes(exchange, disposition="scrapped")

    assert shop.gateway.moved(Operation.REFUND) == [MUG - CUP]
    assert counter.reads(exchange["id"])["money"]["paid_back"] == pence(MUG - CUP)
    assert counter.money(counter.number) == {
        "captured": 2300,
        "credited": 0,
        "refunded": MUG - CUP,
        "exchanged": CUP,
        "kept": 2300 - MUG,
    }
    shop.brings(counter.new_order(exchange), "shipped")
    assert shop.stock("MUG") == (7, 0)
    assert len([mail for mail in shop.mails() if "eturn" in mail]) == 1
    assert broken(shop.services) == {}


@pytest.mark.rule("EX5")
def test_goods_that_went_first_and_for_which_nothing_came_are_to_be_paid(
    shop: Shop, api: Api, admin: Caller, counter: Counter
) -> None:
    refused = counter.exchanges(("MUG", 1), policy="goods_first")
    assert (refused.status_code, refused.json["guard"]) == (409, "goods_first")
    assert admin.change("PATCH", "/v1/markets/DE", {"exchanges_goods_first": True}).status_code == 200

    exchange = counter.begins(("MUG", 1), policy="goods_first")
    new = counter.new_order(exchange)
    shop.brings(new, "shipped")
    assert shop.order(new) == ("completed", "paid")
    too_late = counter.csr.post(
        f"/v1/exchanges/{exchange['id']}/cancellation", {"reason": "changed", "notify_customer": False}
    )
    assert (too_late.status_code, too_late.json["guard"]) == (409, "goods_have_left")
    cancel = {"reason": "it never came", "notify_customer": False}
    assert counter.csr.post(f"/v1/returns/{exchange['return_id']}/cancellation", cancel).status_code == 200
    work_off(shop.services)

    ended = counter.reads(exchange["id"])
    assert (ended["status"], ended["money"]["standing"], ended["money"]["missing"]) == (
        "unreturned",
        pence(0),
        pence(MUG),
    )
    assert shop.gateway.moved(Operation.REFUND) == []  # The old order keeps its money: its goods stayed there.
    assert counter.money(counter.number)["kept"] == 2300
    assert shop.order(new)[1] == "unpaid"
    assert Desk(api, shop).explains(exchange["new_order"])["motion"] == "blocked"
    shop.adds_payment(new, token=None)
    work_off(shop.services)
    assert shop.order(new) == ("completed", "paid")
    assert broken(shop.services) == {}


@pytest.mark.rule("EX5")
@pytest.mark.parametrize("way", ["fewer come", "one is refused"])
def test_what_came_short_is_missing_at_the_new_order(shop: Shop, api: Api, counter: Counter, way: str) -> None:
    exchange = counter.begins(("VASE", 1), mugs=2, token="tok_ok")
    new = counter.new_order(exchange)
    counter.comes(exchange)
    path = f"/v1/exchanges/{exchange['id']}/settlement"
    early = counter.csr.post(path)
    assert (early.status_code, early.json["guard"]) == (409, "still_coming")

    if way == "fewer come":
        assert counter.csr.post(path, {"without_rest": True}).status_code == 200
        work_off(shop.services)
    else:
        counter.comes(exchange, disposition="refused")

    settled = counter.reads(exchange["id"])
    assert (settled["status"], settled["money"]["worth"], settled["money"]["missing"]) == (
        "settled",
        pence(MUG),
        pence(MUG),
    )
    assert "balance_due" in Desk(api, shop).codes(exchange["new_order"])
    shop.adds_payment(new)
    work_off(shop.services)
    shop.brings(new, "shipped")
    assert shop.gateway.moved(Operation.CAPTURE) == [2300, 500, 1000]
    assert counter.money(counter.number)["kept"] == 2300 - MUG
    assert broken(shop.services) == {}


@pytest.mark.rule("EX6")
def test_an_exchange_is_canceled_before_and_after_goods_came(shop: Shop, counter: Counter) -> None:
    cancel = {"reason": "keeps the mug", "notify_customer": True}
    first = counter.begins(("MUG", 1))
    assert counter.csr.post(f"/v1/exchanges/{first['id']}/cancellation", cancel).status_code == 200
    work_off(shop.services)
    ended = counter.reads(first["id"])
    assert (ended["status"], ended["return_status"], shop.order(counter.new_order(first))[0]) == (
        "canceled",
        "canceled",
        "canceled",
    )
    assert counter.money(counter.number)["kept"] == 2300

    second = counter.begins(("VASE", 1), mugs=2, token="tok_ok")
    counter.comes(second)
    assert counter.csr.post(f"/v1/exchanges/{second['id']}/cancellation", cancel).status_code == 200
    counter.comes(second)
    assert shop.gateway.moved(Operation.VOID) == [500]
    completion = counter.csr.post(f"/v1/returns/{second['return_id']}/completion", {"notify_customer": False})
    work_off(shop.services)

    assert completion.status_code == 202
    assert shop.gateway.moved(Operation.REFUND) == [2 * MUG]
    again = counter.csr.post(f"/v1/exchanges/{second['id']}/cancellation", cancel)
    assert again.status_code == 409
    assert broken(shop.services) == {}


@pytest.mark.rule("EX4")
def test_the_credit_of_a_new_order_that_is_canceled_is_paid_back_with_the_goods(shop: Shop, counter: Counter) -> None:
    exchange = counter.begins(("MUG", 1))
    new = counter.new_order(exchange)
    [(hold,)] = rows(shop.services, "SELECT id FROM hold")
    shop.lets_go(hold, then_cancel=True)
    work_off(shop.services)
    assert shop.order(new) == ("canceled", "refunded")
    assert shop.gateway.moved(Operation.REFUND) == []  # Nothing has come back yet.

    counter.comes(exchange)

    assert counter.reads(exchange["id"])["status"] == "settled"
    assert shop.gateway.moved(Operation.REFUND) == [MUG]
    assert broken(shop.services) == {}


@pytest.mark.rule("EX4", "EX5")
def test_what_is_on_its_way_back_does_not_pass_by_goods_that_turn_out_to_be_worth_less(
    shop: Shop, counter: Counter
) -> None:
    exchange = counter.begins(("MUG", 2), mugs=2)
    [(hold,)] = rows(shop.services, "SELECT id FROM hold")
    shop.lets_go(hold, then_cancel=True)
    work_off(shop.services, only="payments.return_money")  # Asked for, and not carried out.
    back = Back(f"/v1/returns/{exchange['return_id']}", counter.csr, counter.warehouse)
    assert back.arrives("MUG", disposition="restocked").status_code == 201
    assert back.arrives("MUG", disposition="refused").status_code == 201

    settled = counter.csr.post(f"/v1/exchanges/{exchange['id']}/settlement")
    work_off(shop.services)

    assert settled.json["money"]["paid_back"] == pence(MUG)
    assert shop.gateway.moved(Operation.REFUND) == [MUG]
    assert counter.money(counter.number)["kept"] == 2300 - MUG
    assert broken(shop.services) == {}


@pytest.mark.rule("EX4")
def test_what_went_first_and_comes_back_is_paid_back_only_with_the_goods_that_pay_for_it(
    shop: Shop, admin: Caller, counter: Counter
) -> None:
    assert admin.change("PATCH", "/v1/markets/DE", {"exchanges_goods_first": True}).status_code == 200
    exchange = counter.begins(("MUG", 1), policy="goods_first")
    new = counter.new_order(exchange)
    shop.brings(new, "shipped")
    back = comes_back(shop, counter.csr, counter.warehouse, new, ("MUG", 1))
    assert back.arrives("MUG", disposition="restocked").status_code == 201
    assert counter.csr.post(f"{back.path}/completion", {"notify_customer": False}).status_code == 202
    work_off(shop.services)

    assert shop.gateway.moved(Operation.REFUND) == []  # The customer still has the first mug.
    assert counter.money(counter.number)["kept"] == 2300
    counter.comes(exchange)

    assert counter.reads(exchange["id"])["money"]["paid_back"] == pence(MUG)
    assert shop.gateway.moved(Operation.REFUND) == [MUG]
    assert broken(shop.services) == {}


@pytest.mark.rule("EX4")
def test_what_is_paid_back_by_the_step_that_settles_leads_back_to_entries_of_each_order_itself(
    shop: Shop, counter: Counter
) -> None:
    exchange = counter.begins(("MUG", 1))
    new = counter.new_order(exchange)
    [(hold,)] = rows(shop.services, "SELECT id FROM hold")
    shop.lets_go(hold, then_cancel=True)
    work_off(shop.services, only="payments.return_money")  # Asked for, and not carried out.
    back = Back(f"/v1/returns/{exchange['return_id']}", counter.csr, counter.warehouse)
    assert back.arrives("MUG", disposition="restocked").status_code == 201
    work_off(shop.services, only="exchanges.follow_returns")

    told = rows(
        shop.services,
        "SELECT t.order_id, t.verb, p.order_id FROM timeline t LEFT JOIN timeline p ON p.id = t.parent_id"
        " WHERE t.verb IN ('give_back', 'take_credit') AND t.step = 'exchanges.follow_returns' ORDER BY t.verb",
    )
    assert told == [(new, "give_back", None), (counter.order, "take_credit", counter.order)]
    work_off(shop.services)
    assert shop.gateway.moved(Operation.REFUND) == [MUG]
    assert broken(shop.services) == {}


@pytest.mark.rule("EX2", "EX5")
def test_a_credit_moves_on_to_a_third_order_only_once_the_goods_that_pay_for_it_are_accepted(
    shop: Shop, admin: Caller, counter: Counter
) -> None:
    assert admin.change("PATCH", "/v1/markets/DE", {"exchanges_goods_first": True}).status_code == 200
    first = counter.begins(("MUG", 1), policy="goods_first")
    new = counter.new_order(first)
    shop.brings(new, "shipped")
    third = replace(counter, order=new, number=first["new_order"])

    refused = third.exchanges(("CUP", 1))

    assert (refused.status_code, refused.json["guard"], refused.json["most"]) == (409, "over_credit", 0)
    assert "not accepted yet" in refused.json["detail"]
    assert refused.json["remedy"] == "settle the exchange that this order belongs to first: GET /v1/exchanges"
    assert one(shop.services, "SELECT count(*) FROM exchange") == 1
    assert one(shop.services, "SELECT count(*) FROM return_order") == 1
    counter.comes(first)
    assert third.begins(("CUP", 1))["status"] == "open"
    assert shop.gateway.moved(Operation.REFUND) == []
    assert broken(shop.services) == {}


@pytest.mark.rule("EX5")
def test_an_order_that_is_held_for_another_reason_stays_with_whoever_holds_it_and_is_not_paid(
    shop: Shop, counter: Counter
) -> None:
    exchange = counter.begins(("MUG", 1))
    new = counter.new_order(exchange)
    shop.holds(new)
    never = {"reason": "it never came", "notify_customer": False}

    assert counter.csr.post(f"/v1/returns/{exchange['return_id']}/cancellation", never).status_code == 200
    work_off(shop.services)

    assert counter.reads(exchange["id"])["status"] == "canceled"
    assert shop.order(new) == ("in_progress", "unpaid")
    assert rows(shop.services, "SELECT reason FROM hold WHERE status = 'open'") == [("verify order",)]
    assert counter.money(counter.number)["kept"] == 2300
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_an_order_without_money_is_not_deleted_from_its_exchange(shop: Shop, counter: Counter) -> None:
    shop.sells("GIFT", price=0, A=1)
    exchange = counter.begins(("GIFT", 1))
    [(hold,)] = rows(shop.services, "SELECT id FROM hold")
    shop.lets_go(hold)

    refused = counter.csr.change("DELETE", f"/v1/orders/{exchange['new_order']}", query_string={"reason": "a mistake"})
    counter.comes(exchange)

    assert (refused.status_code, refused.json["guard"]) == (409, "exchanged")
    assert counter.reads(exchange["id"])["status"] == "settled"
    assert shop.gateway.moved(Operation.REFUND) == [MUG]
    assert broken(shop.services) == {}


def test_what_an_exchange_will_pay_back_is_held_against_the_limit_of_whoever_begins_it(
    shop: Shop, api: Api, counter: Counter
) -> None:
    limited = replace(counter, csr=api.caller(Role.CSR, name="limited", refund_limit=MUG - CUP))

    beyond = limited.exchanges(("CUP", 1), mugs=2)
    even = limited.exchanges(("VASE", 1), mugs=2)

    assert (beyond.status_code, beyond.json["guard"]) == (403, "refund_limit")
    assert even.status_code == 201
    assert (
        counter.csr.post(
            f"/v1/exchanges/{even.json['id']}/cancellation", {"reason": "no", "notify_customer": False}
        ).status_code
        == 200
    )
    assert limited.exchanges(("CUP", 1), mugs=1).status_code == 201
    assert one(shop.services, "SELECT count(*) FROM exchange") == 2
    assert broken(shop.services) == {}


def test_what_cannot_be_exchanged_is_said_and_nothing_changes(shop: Shop, counter: Counter) -> None:
    gone = counter.exchanges(("NONE", 1))
    over = counter.exchanges(("MUG", 1), mugs=3)
    shop.refunds(shop.payments(counter.order)[0], 1500)
    work_off(shop.services)
    poor = counter.exchanges(("MUG", 1))

    assert (gone.status_code, over.json["guard"], poor.json["guard"]) == (422, "over_return", "over_credit")
    assert poor.json["most"] == 800
    for table in ("exchange", "exchange_credit", "return_order"):
        assert rows(shop.services, f"SELECT * FROM {table}") == []
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1
    assert broken(shop.services) == {}
