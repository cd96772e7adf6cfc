"""Events of Stripe: signed by its own scheme, within some minutes, and believed for nothing but where to look."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from gateway_sides import StripeSide
from stripe_double import StripeDouble
from stripe_double.server import KEY

from fulfillment.kernel.errors import Transient
from fulfillment.kernel.webhook import NotSigned
from fulfillment.payments.gateway import EventReader, Operation, make_event_reader
from fulfillment.payments.gateway.port import Hint

SECRET = "whsec_5257a869e7ecebeda32affa62cdca3fa"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def double() -> Iterator[StripeDouble]:
    with StripeDouble() as started:
        yield started


@pytest.fixture
def side(double: StripeDouble) -> Iterator[StripeSide]:
    made = StripeSide(double)
    double.books.events.clear()
    yield made
    made.gateway.close()


@pytest.fixture
def reader(double: StripeDouble) -> EventReader:
    made = make_event_reader(SECRET, url=double.url, stripe_key=KEY)
    assert made is not None
    return made


def signed(body: str, *, ago: int = 0, secret: str = SECRET) -> dict[str, str]:
    at = int(NOW.timestamp()) - ago
    return {"stripe-signature": stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at)}


def read(reader: EventReader, event: dict[str, Any] | str) -> Hint:
    body = event if isinstance(event, str) else json.dumps(event)
    return reader.read(signed(body), body.encode(), at=NOW)


def test_name_the_order_and_our_key_where_they_tell_of_that_alone(side: StripeSide, reader: EventReader) -> None:
    request = side.asked()
    [authorized] = side.gateway.send([request])
    reference = authorized.reference or ""
    side.send(Operation.CAPTURE, 600, reference=reference)
    refund = side.asked(Operation.REFUND, 100, reference=reference)
    side.gateway.send([refund])

    hints = [(event["type"], read(reader, event)) for event in side.double.books.events]

    assert [(kind, hint.order_number, hint.key) for kind, hint in hints if kind != "charge.refunded"] == [
        ("payment_intent.amount_capturable_updated", "PO-1", request.key),
        ("payment_intent.amount_capturable_updated", "PO-1", None),
        ("refund.created", "PO-1", refund.key),
    ]
    assert len({hint.id for _, hint in hints}) == len(hints) == 4


def test_of_a_bank_are_of_the_order_of_their_payment_intent(side: StripeSide, reader: EventReader) -> None:
    reference = side.authorized(1000)
    side.send(Operation.CAPTURE, 1000, reference=reference)
    side.double.books.dispute(reference)

    hint = read(reader, side.double.books.events[-1])

    assert (hint.order_number, hint.key) == ("PO-1", None)


def test_of_payments_that_are_none_of_ours_name_no_order(reader: EventReader) -> None:
    for about in ({"id": "cus_1", "object": "customer"}, {"id": "du_1", "payment_intent": "pi_of_nobody"}):
        event = {"id": "evt_1", "type": "something", "data": {"object": about}}

        assert read(reader, event) == Hint("evt_1", None, None)


def test_are_told_again_where_stripe_cannot_be_asked_now(side: StripeSide, reader: EventReader) -> None:
    reference = side.authorized(1000)
    side.double.books.dispute(reference, 10)
    side.double.arm("error_before", f"/v1/payment_intents/{reference}", method="GET")

    with pytest.raises(Transient, match="does not say"):
        read(reader, side.double.books.events[-1])

    assert read(reader, side.double.books.events[-1]).order_number == "PO-1"


BODY = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"metadata": {"order": "PO-1"}}}})
OLD = signed(BODY, ago=301)["stripe-signature"]
OURS = signed(BODY)["stripe-signature"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no signature"),
        pytest.param({"stripe-signature": "t=now,v1=0"}, id="no time"),
        pytest.param(signed(BODY, secret="whsec_of_somebody_else_entirely"), id="another secret"),
        pytest.param(signed(BODY + " "), id="another body"),
        pytest.param({"stripe-signature": OLD}, id="too old"),
        pytest.param(signed(BODY, ago=-301), id="too early"),
        pytest.param({"stripe-signature": OURS.replace("v1=", "v0=")}, id="another scheme"),
        pytest.param({"stripe-signature": f"{OLD},t={int(NOW.timestamp())}"}, id="old, with a second time"),
        pytest.param(
            {"stripe-signature": OLD.replace(",", f"=x,t={int(NOW.timestamp())},")}, id="old, with a time to hide it"
        ),
        pytest.param({"stripe-signature": OURS + ",v1=" + "0" * 100_000}, id="endless"),
    ],
)
def test_that_are_not_signed_now_by_stripe_are_none(reader: EventReader, headers: dict[str, str]) -> None:
    with pytest.raises(NotSigned):
        reader.read(headers, BODY.encode(), at=NOW)


@pytest.mark.parametrize("body", ["", "[]", "{}", "nonsense", '{"id": 1, "type": "x", "data": {"object": {}}}'])
def test_that_are_signed_and_no_events_are_refused(reader: EventReader, body: str) -> None:
    with pytest.raises(NotSigned, match="no event of Stripe's"):
        read(reader, body)


def test_that_are_no_text_are_refused(reader: EventReader) -> None:
    with pytest.raises(NotSigned):
        reader.read(signed(BODY), b"\xff\xfe", at=NOW)


def test_are_read_while_a_secret_is_being_changed(reader: EventReader) -> None:
    both = signed(BODY, secret="whsec_the_one_that_went_before")["stripe-signature"] + "," + OURS.split(",")[1]

    assert reader.read({"stripe-signature": both}, BODY.encode(), at=NOW) == Hint("evt_1", "PO-1", None)
