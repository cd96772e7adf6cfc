"""A card that its customer has to confirm (3-D Secure): handed to the storefront, ended by a webhook or a poll, or given up."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import Caller, a_checkout
from builders import ANA, Shop, broken, hasten, one, rows, work_off
from fakes.gateway import Operation

from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.hint import take_hint
from fulfillment.workflow.sweeps import run_sweep

THREE_D_SECURE = a_checkout(payments=[{"method": "card", "token": "tok_3ds"}])


@pytest.fixture
def number(shop: Shop, storefront: Caller) -> str:
    """An order whose customer has to confirm."""
    shop.sells("MUG", price=1000, A=10)
    number: str = storefront.post("/v1/checkouts", THREE_D_SECURE, key="the checkout").json["number"]
    work_off(shop.services)
    return number


def payment(storefront: Caller, number: str) -> dict[str, Any]:
    [found] = storefront.get(f"/v1/orders/{number}/payments").json["payments"]
    return dict(found)


def hinted(shop: Shop, number: str) -> None:
    with shop.services.transaction() as session:
        take_hint(session, Hint("evt_1", number, shop.gateway.sent[0].key), cause=ANA, at=shop.now)
    work_off(shop.services)


def test_the_checkout_answers_with_what_the_customer_has_to_do_and_a_webhook_ends_it(
    shop: Shop, storefront: Caller, number: str
) -> None:
    [reference] = shop.gateway.waiting

    answer = storefront.post("/v1/checkouts", THREE_D_SECURE, key="the checkout", wait=1)

    assert answer.status_code == 200
    assert [each["action"] for each in answer.json["payments"]] == [
        {"client_secret": f"{reference}_secret", "url": f"https://bank.example/{reference}"}
    ]
    [blocker] = storefront.get(f"/v1/orders/{number}/explanation").json["blockers"]
    assert (blocker["code"], blocker["who"]) == ("awaiting_customer", ["customer"])
    assert broken(shop.services) == {}

    shop.gateway.customer_acts(reference)
    hinted(shop, number)

    order = storefront.get(f"/v1/orders/{number}").json
    assert (order["payment_status"], order["shipments"][0]["status"]) == ("authorized", "inventory_assigned")
    assert payment(storefront, number)["action"] is None
    assert [each.operation for each in shop.gateway.sent] == [Operation.AUTHORIZE]
    assert broken(shop.services) == {}


def test_a_poll_ends_it_as_well_also_where_the_customer_refused(shop: Shop, storefront: Caller, number: str) -> None:
    shop.gateway.customer_acts(next(iter(shop.gateway.waiting)), code="action_refused")
    hasten(shop.services)
    work_off(shop.services)

    assert storefront.get(f"/v1/orders/{number}").json["payment_status"] == "declined"
    assert (payment(storefront, number)["declined"], payment(storefront, number)["action"]) == ("action_refused", None)
    assert broken(shop.services) == {}


def test_not_confirmed_in_time_it_is_given_up_with_its_order(shop: Shop, storefront: Caller, number: str) -> None:
    shop.clock.forward(hours=25)

    assert run_sweep(shop.services, "sweeps.expire_unpaid_orders") == 1
    hasten(shop.services)
    work_off(shop.services)

    assert shop.gateway.waiting == {}
    order = storefront.get(f"/v1/orders/{number}").json
    assert (order["status"], order["cancel_reason"]) == ("canceled", "not paid in time")
    assert rows(shop.services, "SELECT kind, status, code FROM payment_attempt") == [
        ("authorize", "failed", "canceled")
    ]
    assert rows(shop.services, "SELECT kind FROM money_transfer") == []
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_it_is_handed_out_also_where_the_first_answer_was_lost(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000, A=10)
    shop.gateway.will("cut after")
    number = storefront.post("/v1/checkouts", THREE_D_SECURE).json["number"]
    work_off(shop.services)
    assert payment(storefront, number)["action"] is None

    hasten(shop.services)
    work_off(shop.services)

    assert payment(storefront, number)["action"] is not None
    assert one(shop.services, "SELECT count(*) FROM payment_attempt") == 1
    assert broken(shop.services) == {}
