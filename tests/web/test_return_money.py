"""What is paid back for goods that came back: to the cent, once, and no more than is kept."""

from typing import Any

import pytest
from api_client import Api, Caller, contents, pence
from builders import Shop, broken, one, rows, work_off
from returning import Back, asks_back, comes_back, line_ids
from tracking_events import carrier_of

from fulfillment.access.models import Role
from fulfillment.workflow.sweeps import run_sweep


def _completes(back: Back, **more: Any) -> Any:
    return back.csr.post(f"{back.path}/completion", {"notify_customer": False, **more})


def _money(goods: int, shipping: int, fee: int, refund: int) -> dict[str, Any]:
    return {"goods": pence(goods), "shipping": pence(shipping), "fee": pence(fee), "refund": pence(refund)}


@pytest.mark.rule("RT4", "RT5")
def test_two_of_three_come_back_one_is_scrapped_and_their_exact_share_is_refunded(
    shop: Shop, admin: Caller, csr: Caller, warehouse: Caller
) -> None:
    """The journey: shipped, delivered, returned; stock to the unit and money to the cent."""
    admin.change("PATCH", "/v1/markets/DE", {"return_fee": 1000})
    shop.sells("MUG", A=5)
    order = shop.up_to("packing", ("MUG", 3), shipping=300, tax=7)
    line = line_ids(shop, order.id)["MUG"]
    [shipment] = shop.shipments(order.id)
    parcel = {"items": [{"code": "MUG", "quantity": 3}], "tracking_number": "RM1"}
    assert warehouse.post(f"/v1/shipments/{shipment}/parcels", parcel).status_code == 201
    shop.completes(order.id)
    work_off(shop.services)
    shop.clock.forward(days=10)
    assert carrier_of(shop).tells("RM1", "delivered").status_code == 200
    shop.clock.forward(days=25)  # 35 days after it was shipped, but 25 after it was delivered.
    [returnable] = csr.get(f"/v1/orders/{order.number}/returnables").json["lines"]
    assert (returnable["most"], returnable["until"]) == (3, "2026-04-11T12:00:00Z")
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))

    back.arrives("MUG", disposition="restocked")
    early = _completes(back)
    back.arrives("MUG", condition="damaged")
    undecided = _completes(back)
    back.becomes("scrapped", "MUG")
    expected = back.shown["expected"]
    planned = csr.post(f"{back.path}/completion?dry_run=true", {"notify_customer": True}).json["plan"]
    done = csr.post(f"{back.path}/completion", {"notify_customer": True})
    work_off(shop.services)

    assert (early.status_code, early.json["guard"], early.json["coming"]) == (409, "still_coming", 1)
    assert (undecided.status_code, undecided.json["guard"]) == (409, "undecided")
    # Three pieces cost 30.07 with their tax: two of them 20.04, of which a tenth is kept.
    assert expected == _money(2004, 0, 200, 1804)
    assert [(each["kind"], each["amount"]) for each in planned["money"]] == [("refund", pence(1804))]
    assert [mail["kind"] for mail in planned["emails"]] == ["return_completed"]
    assert done.status_code == 202
    shown = back.shown
    assert (shown["status"], shown["money"], shown["expected"]) == ("completed", expected, None)
    assert shown["lines"][0]["refunded"] == 2
    assert shop.money(order.id)["refunded"] == 1804
    assert shop.order(order.id) == ("completed", "partially_refunded")
    assert one(shop.services, "SELECT refunded_quantity FROM line_item WHERE id = :id", id=line) == 2
    assert shop.stock("MUG") == (3, 0)  # Five, less three shipped, and one back on the shelf.
    assert [mail for mail in shop.mails() if "return" in mail] == [f"Your return of order {order.number} is settled"]
    assert not any("efund" in mail for mail in shop.mails())
    assert _completes(back).json["guard"] == "status"
    assert broken(shop.services) == {}


@pytest.mark.rule("RT5")
def test_a_dry_run_of_a_return_tells_what_would_be_paid_back(
    shop: Shop, admin: Caller, csr: Caller, warehouse: Caller
) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("shipped", ("MUG", 3), shipping=301)
    lines = [{"line_id": line_ids(shop, order.id)["MUG"], "quantity": 1, "reason": "damaged"}]
    body = {"order": order.number, "lines": lines, "notify_customer": True}
    before = contents(shop.services)

    plan = csr.post("/v1/returns?dry_run=true", body).json["plan"]
    assert contents(shop.services) == before
    made = csr.post("/v1/returns", body)
    work_off(shop.services)

    # It was our fault: a third of the shipping goes back with it.
    assert plan["money"] == [{"kind": "refund_expected", "payment_id": None, "amount": pence(1100)}]
    assert [mail["kind"] for mail in plan["emails"]] == ["return_authorized"]
    assert made.json["expected"] == _money(1000, 100, 0, 1100)
    assert [mail for mail in shop.mails() if "send back" in mail] == [
        f"How to send back items of your order {order.number}"
    ]


@pytest.mark.rule("RT5")
def test_the_shipping_goes_back_with_the_last_piece_where_the_market_says_so(
    shop: Shop, admin: Caller, csr: Caller, warehouse: Caller
) -> None:
    admin.change("PATCH", "/v1/markets/DE", {"return_shipping": "whole_order"})
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    order = shop.up_to("shipped", ("MUG", 2), ("SONG", 1), shipping=301)

    for expected in (_money(1000, 0, 0, 1000), _money(1000, 301, 0, 1301)):
        back = comes_back(shop, csr, warehouse, order.id, ("MUG", 1, "damaged"))
        back.arrives("MUG", disposition="restocked")
        _completes(back)
        work_off(shop.services)
        assert back.shown["money"] == expected

    assert shop.money(order.id)["refunded"] == 2301
    assert broken(shop.services) == {}


@pytest.mark.rule("RT5")
def test_what_was_refused_or_paid_back_before_is_not_paid_back(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("shipped", ("MUG", 3))
    shop.refunds(shop.payments(order.id)[0], lines=[(line_ids(shop, order.id)["MUG"], 2)])
    work_off(shop.services)

    first = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))
    first.arrives("MUG", disposition="refused")
    first.arrives("MUG", disposition="to_vendor")
    _completes(first)
    work_off(shop.services)
    second = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))  # The refused piece is theirs again.
    second.arrives("MUG", 2, disposition="refused")
    nothing = _completes(second)
    work_off(shop.services)

    assert first.shown["money"] == _money(1000, 0, 0, 1000)
    assert (nothing.status_code, nothing.json["status"], nothing.json["result"]["amount"]) == (202, "succeeded", 0)
    assert second.shown["money"] == _money(0, 0, 0, 0)
    assert shop.money(order.id)["refunded"] == 3000
    assert shop.stock("MUG") == (2, 0)
    assert broken(shop.services) == {}


@pytest.mark.rule("RT5", "RT6")
def test_more_than_is_kept_or_than_a_key_may_move_is_refused_and_another_amount_is_paid(
    shop: Shop, api: Api, csr: Caller, warehouse: Caller
) -> None:
    shop.sells("MUG", A=5)
    order = shop.up_to("shipped", ("MUG", 2))
    shop.refunds(shop.payments(order.id)[0], 500)
    work_off(shop.services)
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))
    back.arrives("MUG", 2, disposition="restocked")
    small = Back(back.path, api.caller(Role.CSR, refund_limit=1400), warehouse)
    before = contents(shop.services)

    over = _completes(back)
    beyond = _completes(small, amount=pence(1500))
    assert contents(shop.services) == before
    done = _completes(small, amount=pence(1400))
    work_off(shop.services)

    assert (over.status_code, over.json["guard"], over.json["most"]) == (409, "over_refund", 1500)
    assert (beyond.status_code, beyond.json["guard"]) == (403, "refund_limit")
    assert done.status_code == 202
    assert back.shown["money"] == _money(2000, 0, 0, 1400)
    assert shop.money(order.id)["refunded"] == 1900
    assert broken(shop.services) == {}


@pytest.mark.rule("RT5")
def test_what_came_back_of_a_part_counts_as_paid_and_the_rest_goes_on(
    shop: Shop, csr: Caller, warehouse: Caller
) -> None:
    shop.sells("MUG", A=2)
    shop.sells("RARE")
    order = shop.places(("MUG", 2), ("RARE", 1))
    work_off(shop.services)
    rest = shop.shipments(order.id)
    split = csr.post(
        f"/v1/shipments/{rest[0]}/split", {"lines": [{"line_id": line_ids(shop, order.id)["RARE"], "quantity": 1}]}
    )
    assert split.status_code in (200, 201), split.text
    work_off(shop.services)
    shop.brings(order.id, "shipped")
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 1))
    back.arrives("MUG", disposition="scrapped")
    _completes(back)
    work_off(shop.services)
    assert shop.money(order.id)["refunded"] == 1000

    shop.receives("RARE", 1)
    work_off(shop.services)
    shop.brings(order.id, "shipped")

    assert shop.statuses(order.id) == ["shipped", "shipped"]
    assert shop.money(order.id) == {"open_authorized": 0, "captured": 3000, "manual": 0, "refunded": 1000}
    assert broken(shop.services) == {}


@pytest.mark.rule("RT7")
def test_what_does_not_come_in_time_is_given_up_after_a_reminder(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    shop.sells("MUG", A=9)
    orders = [shop.up_to("shipped", ("MUG", 2)) for _ in range(2)]
    none, part = (comes_back(shop, csr, warehouse, order.id, ("MUG", 2)) for order in orders)
    part.arrives("MUG", disposition="restocked")

    assert run_sweep(shop.services, "sweeps.tend_returns") == 0
    shop.clock.forward(days=24)
    assert run_sweep(shop.services, "sweeps.tend_returns") == 2
    shop.clock.forward(hours=1)
    assert run_sweep(shop.services, "sweeps.tend_returns") == 0
    shop.clock.forward(days=7)
    assert run_sweep(shop.services, "sweeps.tend_returns") == 2
    work_off(shop.services)

    assert (none.shown["status"], part.shown["status"]) == ("canceled", "receiving")
    assert [(back.shown["coming"], back.shown["lines"][0]["given_up"]) for back in (none, part)] == [(0, 2), (0, 1)]
    assert len([mail for mail in shop.mails() if "waiting for your return" in mail]) == 2
    assert len([mail for mail in shop.mails() if "no longer wait" in mail]) == 2
    assert none.arrives("MUG").json["guard"] == "status"
    _completes(part)
    work_off(shop.services)
    assert shop.money(orders[1].id)["refunded"] == 1000
    assert broken(shop.services) == {}


@pytest.mark.rule("RT7")
def test_a_return_is_canceled_until_something_has_come_and_then_its_rest_is_given_up(
    shop: Shop, csr: Caller, warehouse: Caller
) -> None:
    shop.sells("MUG", A=9)
    order = shop.up_to("shipped", ("MUG", 3))
    none = comes_back(shop, csr, warehouse, order.id, ("MUG", 1))
    part = comes_back(shop, csr, warehouse, order.id, ("MUG", 2))
    part.arrives("MUG", disposition="restocked")
    body = {"reason": "they keep it", "notify_customer": True}

    canceled = csr.post(f"{none.path}/cancellation", body)
    rest = csr.post(f"{part.path}/cancellation", body)
    again = [csr.post(f"{back.path}/cancellation", body).json["guard"] for back in (none, part)]

    assert (canceled.json["status"], rest.json["status"], rest.json["coming"]) == ("canceled", "receiving", 0)
    assert again == ["status", "nothing_coming"]
    assert asks_back(shop, csr, order.id, ("MUG", 2)).status_code == 201  # They have two, and nothing is awaited.
    verbs = "SELECT verb FROM timeline WHERE order_id = :id AND subject = 'return' ORDER BY id"
    assert [verb for (verb,) in rows(shop.services, verbs, id=order.id)] == [
        "authorize_return",
        "authorize_return",
        "receive_return",
        "cancel_return",
        "give_up_rest",
        "authorize_return",
    ]
    assert broken(shop.services) == {}


@pytest.mark.rule("RT5")
def test_money_received_by_hand_becomes_a_task_to_pay_it_out(shop: Shop, csr: Caller, warehouse: Caller) -> None:
    shop.sells("MUG", A=9)
    order = shop.places(("MUG", 2), tokens=())
    shop.adds_payment(order.id, token=None)
    work_off(shop.services)
    shop.brings(order.id, "shipped")
    back = comes_back(shop, csr, warehouse, order.id, ("MUG", 1))
    back.arrives("MUG", disposition="restocked")

    _completes(back)
    work_off(shop.services)

    assert rows(shop.services, "SELECT kind, amount, status FROM payment_attempt WHERE kind = 'refund'") == [
        ("refund", 1000, "by_hand")
    ]
    assert shop.money(order.id)["refunded"] == 0
    assert back.shown["money"] == _money(1000, 0, 0, 1000)
    assert broken(shop.services) == {}
