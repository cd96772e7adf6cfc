"""Orders over HTTP whose money is at Stripe: the whole way, with real steps, real requests and real events."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stripe
from api_client import Api, Caller, a_checkout, api_of, pence
from builders import Shop, broken, hasten, one, rows, work_off
from stripe_double import StripeDouble
from stripe_double.books import ACTS, ONCE
from stripe_double.server import KEY

from fulfillment.access.models import Role
from fulfillment.payments.gateway import make_event_reader, make_gateway

SECRET = "whsec_5257a869e7ecebeda32affa62cdca3fa"


@pytest.fixture
def double(shop: Shop) -> Iterator[StripeDouble]:
    with StripeDouble() as started:
        started.books.now = int(shop.now.timestamp())
        yield started


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop whose payments are moved by Stripe: a song that is delivered at once, and mugs that are sent."""
    shop.sells("MUG", price=1000, A=10)
    shop.sells("SONG", price=500, needs_shipping=False)
    return shop


@pytest.fixture
def at_stripe(shop: Shop, double: StripeDouble) -> Iterator[Shop]:
    gateway = make_gateway(double.url, stripe_key=KEY)
    reader = make_event_reader(SECRET, url=double.url, stripe_key=KEY)
    shop.services = replace(shop.services, gateway=gateway, gateway_events=reader)
    yield shop
    gateway.close()


@pytest.fixture
def api(at_stripe: Shop) -> Api:
    return api_of(at_stripe.services)


def placed(api: Api, shop: Shop, token: str) -> dict[str, Any]:
    """A checkout of a song and a mug, worked off as far as it goes by itself."""
    lines = [("SONG", 1), ("MUG", 1)]
    body = a_checkout(*lines, payments=[{"method": "card", "token": token}])
    answer = api.caller(Role.STOREFRONT).post("/v1/checkouts", body)
    assert answer.status_code in (201, 202), answer.text
    work_off(shop.services)
    order_id = one(shop.services, "SELECT id FROM purchase_order WHERE number = :number", number=answer.json["number"])
    return {"number": answer.json["number"], "id": order_id}


def tell(caller: Caller, shop: Shop, event: dict[str, Any]) -> None:
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET, timestamp=int(shop.now.timestamp()))
    answer = caller.send("POST", "/v1/gateway-events", data=body, headers={"Stripe-Signature": signature})
    assert answer.status_code == 200, answer.text


def at_the_gateway(double: StripeDouble) -> list[tuple[int, int, str]]:
    """(authorized, taken, state) of each PaymentIntent."""
    return [(one["amount"], one["amount_received"], one["status"]) for one in double.books.intents.values()]


def test_an_order_of_two_shipments_is_authorized_captured_by_parts_and_refunded(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    csr = api.caller(Role.CSR)

    order = placed(api, at_stripe, "pm_card_visa")
    assert at_the_gateway(double) == [(1500, 500, "requires_capture")]
    at_stripe.brings(order["id"], "shipped")
    [payment] = csr.get(f"/v1/orders/{order['number']}/payments").json["payments"]
    refund = csr.post(f"/v1/payments/{payment['id']}/refunds", {"amount": pence(300), "reason": "scratched"})
    work_off(at_stripe.services)

    assert refund.status_code == 202
    found = csr.get(f"/v1/orders/{order['number']}").json
    assert (found["status"], found["payment_status"]) == ("completed", "partially_refunded")
    assert found["amounts"]["refunded"] == pence(300)
    assert at_the_gateway(double) == [(1500, 1500, "succeeded")]
    assert [each["amount"] for each in double.books.refunds.values()] == [300]
    assert at_stripe.money(order["id"]) == {"open_authorized": 0, "captured": 1500, "manual": 0, "refunded": 300}
    assert broken(at_stripe.services) == {}

    # Stripe tells all of it, thrice and in any order; nothing of it is news.
    ledger = rows(at_stripe.services, "SELECT kind, amount FROM money_transfer ORDER BY id")
    events = double.books.events * 3
    random.Random(7).shuffle(events)
    for event in events:
        tell(api.nobody, at_stripe, event)
    work_off(at_stripe.services)
    assert rows(at_stripe.services, "SELECT kind, amount FROM money_transfer ORDER BY id") == ledger
    assert rows(at_stripe.services, "SELECT kind FROM payment_difference") == []
    assert broken(at_stripe.services) == {}


def test_what_a_card_that_is_captured_once_lets_go_is_authorized_anew_for_what_ships_later(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    order = placed(api, at_stripe, f"cus_bo:{ONCE}")
    assert at_the_gateway(double) == [(1500, 500, "succeeded"), (1000, 0, "requires_capture")]
    assert at_stripe.money(order["id"])["open_authorized"] == 1000
    assert broken(at_stripe.services) == {}

    at_stripe.brings(order["id"], "shipped")

    assert at_stripe.order(order["id"]) == ("completed", "paid")
    assert at_the_gateway(double) == [(1500, 500, "succeeded"), (1000, 1000, "succeeded")]
    assert rows(at_stripe.services, "SELECT authorized, captured, voided FROM payment ORDER BY position") == [
        (1500, 500, 1000),
        (1000, 1000, 0),
    ]
    for event in double.books.events:
        tell(api.nobody, at_stripe, event)
    work_off(at_stripe.services)
    assert rows(at_stripe.services, "SELECT kind FROM payment_difference") == []
    assert rows(at_stripe.services, "SELECT step FROM dispatch WHERE dead") == []
    assert broken(at_stripe.services) == {}


def test_a_capture_whose_answer_was_lost_lets_go_all_the_same_whoever_finds_it_out(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    double.arm("cut", "/capture")
    order = placed(api, at_stripe, f"cus_bo:{ONCE}")
    assert rows(at_stripe.services, "SELECT kind, status FROM payment_attempt ORDER BY id")[-1] == (
        "capture",
        "unknown",
    )

    tell(api.nobody, at_stripe, double.books.events[-1])
    work_off(at_stripe.services)
    hasten(at_stripe.services)
    work_off(at_stripe.services)

    assert at_stripe.money(order["id"]) == {"open_authorized": 1000, "captured": 500, "manual": 0, "refunded": 0}
    assert at_the_gateway(double) == [(1500, 500, "succeeded"), (1000, 0, "requires_capture")]
    assert rows(at_stripe.services, "SELECT kind FROM payment_difference") == []
    assert broken(at_stripe.services) == {}


def test_a_card_that_cannot_be_asked_again_holds_the_order_before_it_ships_unpaid(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    order = placed(api, at_stripe, ONCE)

    assert at_the_gateway(double) == [(1500, 500, "succeeded")]
    explanation = api.caller(Role.CSR).get(f"/v1/orders/{order['number']}/explanation").json
    assert "payment not renewed" in json.dumps(explanation)
    assert rows(at_stripe.services, "SELECT declined FROM payment ORDER BY position") == [(None,), ("invalid_request",)]
    assert broken(at_stripe.services) == {}


def test_a_declined_card_is_an_answer_to_the_customer(api: Api, at_stripe: Shop, double: StripeDouble) -> None:
    order = placed(api, at_stripe, "pm_card_chargeDeclinedInsufficientFunds")

    assert at_stripe.order(order["id"]) == ("in_progress", "declined")
    assert rows(at_stripe.services, "SELECT declined, authorized FROM payment") == [("insufficient_funds", 0)]
    assert broken(at_stripe.services) == {}


def test_a_payment_that_the_storefront_authorized_itself_is_taken_over_once(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    theirs = stripe.StripeClient(KEY, base_addresses={"api": double.url})
    intent = theirs.v1.payment_intents.create(
        {
            "amount": 1500,
            "currency": "gbp",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "payment_method_options": {"card": {"request_multicapture": "if_available"}},
        }
    )
    theirs._requestor._get_http_client().close()
    lines = [("SONG", 1), ("MUG", 1)]
    body = a_checkout(*lines, payments=[{"method": "card", "reference": intent.id}])
    storefront = api.caller(Role.STOREFRONT)

    answer = storefront.post("/v1/checkouts", body)
    work_off(at_stripe.services)
    again = storefront.post("/v1/checkouts", body)

    assert answer.status_code in (201, 202), answer.text
    assert (again.status_code, again.json["guard"]) == (409, "authorization_used")
    order_id = one(at_stripe.services, "SELECT id FROM purchase_order WHERE number = :n", n=answer.json["number"])
    at_stripe.brings(order_id, "shipped")
    assert at_stripe.order(order_id) == ("completed", "paid")
    assert at_the_gateway(double) == [(1500, 1500, "succeeded")]
    assert double.books.intent(intent.id)["metadata"]["order"] == answer.json["number"]
    [(expires_at,)] = rows(at_stripe.services, "SELECT expires_at FROM payment")
    assert expires_at == at_stripe.now + timedelta(days=7)
    assert broken(at_stripe.services) == {}


def test_a_customer_who_has_to_confirm_gets_the_secret_for_it_and_the_event_ends_the_wait(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    storefront = api.caller(Role.STOREFRONT)
    lines = [("SONG", 1), ("MUG", 1)]
    body = a_checkout(*lines, payments=[{"method": "card", "token": ACTS}])
    number = storefront.post("/v1/checkouts", body).json["number"]
    work_off(at_stripe.services)
    [intent] = double.books.intents.values()
    [payment] = storefront.get(f"/v1/orders/{number}").json["payments"]
    assert payment["action"]["client_secret"] == intent["client_secret"]
    assert at_the_gateway(double) == [(1500, 0, "requires_action")]

    double.books.customer_acts(intent["id"])
    tell(api.nobody, at_stripe, double.books.events[-1])
    work_off(at_stripe.services)

    assert at_the_gateway(double) == [(1500, 500, "requires_capture")]
    [payment] = storefront.get(f"/v1/orders/{number}").json["payments"]
    assert payment["action"] is None
    assert broken(at_stripe.services) == {}


def test_a_chargeback_and_its_end_are_told_by_stripe_and_booked_once(
    api: Api, at_stripe: Shop, double: StripeDouble
) -> None:
    order = placed(api, at_stripe, "pm_card_visa")
    at_stripe.brings(order["id"], "shipped")
    [intent] = double.books.intents

    dispute = double.books.dispute(intent, 400)
    taken = double.books.events[-1]
    for _ in range(2):
        tell(api.nobody, at_stripe, taken)
        work_off(at_stripe.services)
    assert rows(at_stripe.services, "SELECT kind, amount FROM money_transfer ORDER BY id")[-1] == ("chargeback", 400)
    double.books.win(dispute)
    for event in (double.books.events[-1], taken):
        tell(api.nobody, at_stripe, event)
        work_off(at_stripe.services)

    assert rows(at_stripe.services, "SELECT kind, amount FROM money_transfer ORDER BY id")[-2:] == [
        ("chargeback", 400),
        ("chargeback_reversed", 400),
    ]
    assert rows(at_stripe.services, "SELECT kind FROM payment_difference") == []
    assert broken(at_stripe.services) == {}
