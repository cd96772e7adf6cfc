"""Events of the gateway over HTTP: signed ones are hints, and forged ones are nothing at all."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from api_client import Api, Caller, api_of, contents
from builders import Shop, broken, rows, work_off
from werkzeug.test import TestResponse

from fulfillment.kernel.webhook import secret_bytes, signed_headers
from fulfillment.payments.gateway import TransactionKind, make_event_reader

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
PATH = "/v1/gateway-events"


@pytest.fixture
def gateway(shop: Shop) -> Caller:
    services = replace(shop.services, gateway_events=make_event_reader(SECRET))
    return api_of(services).nobody


@pytest.fixture
def number(shop: Shop) -> str:
    """An order that was captured at the gateway's desk."""
    shop.sells("MUG", price=1000, A=10)
    placed = shop.up_to("assigned", ("MUG", 1))
    [(reference,)] = rows(shop.services, "SELECT reference FROM payment")
    shop.gateway.at_desk(TransactionKind.CAPTURE, reference, 1000)
    return placed.number


def event(number: str, **data: Any) -> bytes:
    return json.dumps({"type": "capture", "data": {"merchant_reference": number, "key": None, **data}}).encode()


def tell(
    gateway: Caller, shop: Shop, body: bytes, event_id: str = "evt_1", *, ago: int = 0, **headers: str
) -> TestResponse:
    signed = signed_headers(secret_bytes(SECRET), event_id, body, at=shop.now - timedelta(seconds=ago))
    return gateway.send("POST", PATH, data=body, headers={**signed, **headers})


def captured(shop: Shop) -> list[tuple[str, int]]:
    return rows(shop.services, "SELECT kind, amount FROM money_transfer WHERE kind <> 'authorize'")


@pytest.mark.rule("PY3")
def test_a_signed_event_told_thrice_and_out_of_order_is_booked_once(shop: Shop, gateway: Caller, number: str) -> None:
    told = [tell(gateway, shop, event(number), each) for each in ("evt_2", "evt_1", "evt_2")]
    work_off(shop.services)
    again = [tell(gateway, shop, event(number), each, ago=200) for each in ("evt_1", "evt_2", "evt_2")]
    work_off(shop.services)

    assert {each.status_code for each in told + again} == {200}
    assert [each.json["new"] for each in told + again] == [True, False, False, True, False, False]
    assert captured(shop) == [("capture", 1000)]
    assert broken(shop.services) == {}


def test_a_flood_of_forged_ones_changes_nothing_and_touches_no_database(
    shop: Shop, gateway: Caller, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(shop.services)
    body = event(number)
    signed = signed_headers(secret_bytes(SECRET), "evt_1", body, at=shop.now)
    monkeypatch.setattr(shop.services.engine, "connect", lambda: pytest.fail("a forged event reached the database"))

    forged = [
        {**signed, "webhook-signature": f"v1,{base64.b64encode(bytes([n % 256]) * 32).decode()}"} for n in range(500)
    ]
    forged += [{}, {**signed, "webhook-id": "evt_2"}, {**signed, "webhook-timestamp": "1"}]
    answers = {gateway.http.post(PATH, data=body, headers=headers).status_code for headers in forged}

    monkeypatch.undo()
    assert answers == {401}
    assert contents(shop.services) == before


def test_what_was_listened_to_cannot_be_played_again_later(shop: Shop, gateway: Caller, number: str) -> None:
    answer = tell(gateway, shop, event(number), ago=301)

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/not_signed")
    assert shop.dispatched() == []


def test_an_event_that_means_nothing_to_us_is_taken_and_forgotten(shop: Shop, gateway: Caller, number: str) -> None:
    before = contents(shop.services)

    answers = [
        tell(gateway, shop, body)
        for body in (
            b"",
            b"null",
            b"[" * 5000,
            b"{}",
            b"\xff",
            event("PO-of-nobody"),
            event("a\u0000b"),
            event("x" * 300),
        )
    ]

    assert [(each.status_code, each.json) for each in answers] == [(200, {"received": True, "new": False})] * 8
    assert contents(shop.services) == before


def test_too_much_is_refused_before_it_is_read(shop: Shop, gateway: Caller) -> None:
    assert tell(gateway, shop, b"x" * 65_537).status_code == 413


def test_without_a_secret_no_event_is_believed(shop: Shop, api: Api, number: str) -> None:
    answer = tell(api.nobody, shop, event(number))

    assert (answer.status_code, answer.json["detail"]) == (
        401,
        "this is not an event of our payment gateway: no secret is set",
    )
