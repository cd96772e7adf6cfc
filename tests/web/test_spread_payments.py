"""Several payments on one order: which is taken from and which gives back first, and how it can be said otherwise (PY6)."""

from typing import Any

import pytest
from api_client import Api, Caller, contents, pence
from builders import Shop, broken, rows, work_off
from fakes.gateway import Operation

from fulfillment.access.models import Role
from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.checkout.placed import Placed

THREE = (CheckoutPayment("tok_one", 500), CheckoutPayment("tok_two", 700), CheckoutPayment("tok_three", 800))


@pytest.fixture
def placed(shop: Shop) -> Placed:
    """An order of two mugs at 10.00, on three cards."""
    shop.sells("MUG", price=1000, A=10)
    return shop.up_to("assigned", ("MUG", 2), tokens=THREE)


def captured(shop: Shop) -> list[int]:
    return [each for (each,) in rows(shop.services, "SELECT captured FROM payment ORDER BY position")]


def refunded(shop: Shop) -> list[int]:
    return [each for (each,) in rows(shop.services, "SELECT refunded FROM payment ORDER BY position")]


def asked(caller: Caller, shop: Shop, placed: Placed, noun: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for captures or refunds of the whole order, let the workers work, and give the operation."""
    answer = caller.post(f"/v1/orders/{placed.number}/{noun}", body)
    assert answer.status_code == 202, answer.text
    work_off(shop.services)
    found: dict[str, Any] = caller.get(answer.headers["Location"]).json
    assert found["status"] == "succeeded"
    return found


@pytest.mark.rule("PY4")
@pytest.mark.rule("PY6")
def test_the_oldest_is_taken_from_and_the_newest_gives_back_first(shop: Shop, csr: Caller, placed: Placed) -> None:
    ids = shop.payments(placed.id)

    part = asked(csr, shop, placed, "captures", {"amount": pence(900)})
    assert captured(shop) == [500, 400, 0]
    asked(csr, shop, placed, "captures", {})
    assert captured(shop) == [500, 700, 800]
    back = asked(csr, shop, placed, "refunds", {"amount": pence(1000), "reason": "broken"})

    assert refunded(shop) == [0, 200, 800]
    assert part["result"]["amount"] == 900
    assert [(each["payment_id"], each["amount"]) for each in part["result"]["attempts"]] == [
        (ids[0], 500),
        (ids[1], 400),
    ]
    assert [each["amount"] for each in back["result"]["attempts"]] == [800, 200]
    beyond = csr.post(f"/v1/orders/{placed.number}/refunds", {"amount": pence(1001), "reason": "x"})
    assert (beyond.status_code, beyond.json["guard"], beyond.json["most"]) == (409, "over_refund", 1000)
    taken = csr.post(f"/v1/orders/{placed.number}/captures", {"amount": pence(1)})
    assert (taken.status_code, taken.json["guard"], taken.json["most"]) == (409, "over_capture", 0)
    asked(csr, shop, placed, "refunds", {"reason": "all of it"})
    assert refunded(shop) == [500, 700, 800]
    assert broken(shop.services) == {}


@pytest.mark.rule("PY6")
def test_whoever_asks_says_the_order_and_the_payments(shop: Shop, csr: Caller, placed: Placed) -> None:
    first, second, third = shop.payments(placed.id)

    asked(csr, shop, placed, "captures", {"amount": pence(1000), "payments": [third, first]})
    assert captured(shop) == [200, 0, 800]
    asked(csr, shop, placed, "refunds", {"amount": pence(300), "payments": [first, third], "reason": "x"})
    assert refunded(shop) == [200, 0, 100]

    before = contents(shop.services)
    path = f"/v1/orders/{placed.number}"
    refused = [
        csr.post(f"{path}/captures", {"payments": [first, first]}),
        csr.post(f"{path}/captures", {"payments": [first, 999]}),
        csr.post(f"{path}/captures", {"amount": pence(301), "payments": [first]}),
        csr.post(f"{path}/refunds", {"payments": [second], "reason": "x"}),
        csr.post(f"{path}/refunds", {"amount": {"amount": 1, "currency": "EUR"}, "reason": "x"}),
        csr.post(f"{path}/refunds", {"with_shipping": True, "reason": "x"}),
        csr.post("/v1/orders/nobody/refunds", {"reason": "x"}),
    ]
    assert [(each.status_code, each.json["type"].rpartition("/")[2]) for each in refused] == [
        (422, "duplicate_payment"),
        (404, "not_found"),
        (409, "over_capture"),
        (409, "over_refund"),
        (422, "currency_mismatch"),
        (422, "invalid_fields"),
        (404, "not_found"),
    ]
    assert contents(shop.services) == before


@pytest.mark.rule("PY6")
def test_a_market_says_otherwise_for_people_and_steps_alike(shop: Shop, api: Api, csr: Caller) -> None:
    changed = {"capture_order": "newest_first", "refund_order": "oldest_first"}
    market = api.caller(Role.ADMIN).change("PATCH", "/v1/markets/UK", changed)
    assert {name: market.json[name] for name in changed} == changed
    shop.sells("MUG", price=1000, A=10)
    shop.sells("SONG", price=600, needs_shipping=False)
    placed = shop.up_to(
        "assigned", ("MUG", 2), ("SONG", 1), tokens=(*THREE, CheckoutPayment("tok_four", 600)), market="UK"
    )
    assert captured(shop) == [0, 0, 0, 600]

    asked(csr, shop, placed, "captures", {"amount": pence(1000)})
    assert captured(shop) == [0, 200, 800, 600]
    shop.cancels(placed.id)
    work_off(shop.services)

    assert refunded(shop) == [0, 200, 800, 0]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1600, "manual": 0, "refunded": 1000}
    assert broken(shop.services) == {}


def test_the_limit_of_a_key_counts_all_payments_together(shop: Shop, api: Api, placed: Placed) -> None:
    bounded = api.caller(Role.CSR, refund_limit=1199)
    path = f"/v1/orders/{placed.number}/captures"
    before = contents(shop.services)

    refused = bounded.post(path, {"amount": pence(1200)})

    assert (refused.status_code, refused.json["guard"]) == (403, "refund_limit")
    assert contents(shop.services) == before
    assert bounded.post(path, {"amount": pence(1199)}).status_code == 202


def test_a_dry_run_shows_each_payment_and_moves_nothing(shop: Shop, csr: Caller, placed: Placed) -> None:
    path = f"/v1/orders/{placed.number}/captures"

    shown = csr.post(f"{path}?dry_run=true", {"amount": pence(600)}).json

    ids = shop.payments(placed.id)
    assert [(each["payment_id"], each["amount"]) for each in shown["plan"]["money"]] == [
        (ids[0], pence(500)),
        (ids[1], pence(100)),
    ]
    work_off(shop.services)
    assert shop.gateway.moved(Operation.CAPTURE) == []


def test_pieces_give_back_their_share_of_the_shipping_and_all_of_them_the_whole(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=333, A=3)
    shop.sells("LAMP", price=1000, A=1)
    payments = (CheckoutPayment("tok_one", 1500), CheckoutPayment("tok_two", 1000))
    placed = shop.up_to("shipped", ("MUG", 3), ("LAMP", 1), shipping=501, tokens=payments)
    mugs, lamp = (row for (row,) in rows(shop.services, "SELECT id FROM line_item ORDER BY id"))

    def pieces(line: int, quantity: int) -> dict[str, Any]:
        return {"lines": [{"line_id": line, "quantity": quantity}], "with_shipping": True, "reason": "broken"}

    given = [
        asked(csr, shop, placed, "refunds", pieces(line, quantity))["result"]["amount"]
        for line, quantity in ((mugs, 2), (lamp, 1), (mugs, 1))
    ]

    assert given == [666 + 166, 1000 + 251, 333 + 84]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 2500, "manual": 0, "refunded": 2500}
    assert rows(shop.services, "SELECT lines IS NULL FROM payment_attempt WHERE kind = 'refund' ORDER BY id") == [
        (False,),
        (False,),
        (True,),
        (False,),
    ]
    assert broken(shop.services) == {}


def test_pieces_of_a_canceled_shipment_are_not_paid_back_twice(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=1000, A=1)
    shop.sells("SONG", price=500, needs_shipping=False)
    placed = shop.up_to("assigned", ("MUG", 1), ("SONG", 1))
    asked(csr, shop, placed, "captures", {})
    shop.cancels(placed.id)
    work_off(shop.services)
    [(mug,)] = rows(shop.services, "SELECT id FROM line_item WHERE sku = 'MUG'")

    answer = csr.post(
        f"/v1/orders/{placed.number}/refunds", {"lines": [{"line_id": mug, "quantity": 1}], "reason": "x"}
    )

    assert (answer.status_code, answer.json["guard"]) == (409, "shipment_canceled")
    assert shop.money(placed.id)["refunded"] == 1000
    assert broken(shop.services) == {}
