"""The client for shops: what it calls and reads is in the OpenAPI document, and a call that is cut off is one call."""

import dataclasses
import json
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from api_client import a_checkout, api_of
from builders import Shop as Store
from builders import hasten, one, work_off
from standardwebhooks.webhooks import Webhook

from fulfillment.access.models import Role
from fulfillment.client import answers
from fulfillment.client.problems import Invalid, NotAllowed, NotFound, Refused, Unavailable
from fulfillment.client.shop import Shop
from fulfillment.client.webhooks import NotBelieved, believed
from fulfillment.kernel.webhook import new_secret


class _Listening(httpx.BaseTransport):
    """The API in this process; what goes through is written down, and cut off where the script says so."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.WSGITransport(app=app)
        self.calls: list[tuple[httpx.Request, int]] = []
        self.script: deque[str] = deque()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        word = self.script.popleft() if self.script else "ok"
        if word == "cut before":
            raise httpx.ConnectError("cut")
        if word.isdigit():
            return httpx.Response(int(word), headers={"Retry-After": "7"}, text="<html>busy</html>")
        response = self._inner.handle_request(request)
        response.read()
        self.calls.append((request, response.status_code))
        if word == "cut after":
            raise httpx.ReadTimeout("cut")
        return response


@dataclasses.dataclass
class _Side:
    transport: _Listening
    shop: Shop
    pauses: list[float]


@pytest.fixture
def store(shop: Store) -> Store:
    shop.sells("MUG", price=1000, A=50)
    shop.sells("LAMP", price=1000, when_short="deny", A=1)
    return shop


@pytest.fixture
def side(store: Store) -> Iterator[_Side]:
    api = api_of(store.services)
    token = api.caller(Role.STOREFRONT).token
    assert token is not None
    transport, pauses = _Listening(api.app), []
    with Shop("http://shop.test", token, transport=transport, pause=pauses.append) as client:
        yield _Side(transport, client, pauses)


def test_every_call_is_one_of_the_document_and_reads_what_that_promises(store: Store, side: _Side) -> None:
    shop = side.shop
    assert {each.sku: each.available for each in shop.products()} == {"LAMP": 1, "MUG": 50}
    assert shop.product("MUG").price == answers.Money(1000, "GBP")
    assert shop.promise("MUG", 3).available == 50
    endpoint = shop.subscribe("https://shop.example/hooks", ["order.*"], description="trial")
    placed = shop.check_out(a_checkout(payments=[{"method": "card", "token": "tok_declined"}]))
    work_off(store.services)
    assert shop.order(placed.number).payment_status == "declined"
    assert [each.declined for each in shop.payments(placed.number)] == ["card_declined"]
    shop.pay(placed.number, "tok_ok")
    work_off(store.services)
    order = shop.order(placed.number)
    assert (order.payment_status, order.shipments[0].lines[0].sku) == ("authorized", "MUG")
    assert [each.number for each in shop.orders()] == [placed.number]
    assert shop.cancel(placed.number, "changed my mind", notify_customer=False).status == "canceled"
    assert shop.try_endpoint(endpoint.id).event == "webhook.test"
    hasten(store.services)
    work_off(store.services)
    told = list(shop.deliveries(endpoint_id=endpoint.id))
    assert [each.event for each in told if each.order] == ["order.canceled", "order.covered", "order.placed"]
    assert shop.replay_since(endpoint.id, "2026-01-01T00:00:00Z") == 0
    assert shop.change_secret(endpoint.id).secret != endpoint.secret
    shop.unsubscribe(endpoint.id)
    assert list(shop.endpoints()) == []

    document = httpx.Client(transport=side.transport, base_url="http://shop.test").get("/openapi.json").json()
    side.transport.calls.pop()
    faults = [fault for request, status in side.transport.calls for fault in _faults(document, request, status)]
    assert faults == []
    public = {name for name in vars(Shop) if not name.startswith("_")} - {"close"}
    assert len({_call(document, request) for request, _ in side.transport.calls}) == len(public)


def _call(document: dict[str, Any], request: httpx.Request) -> tuple[str, str]:
    for template in document["paths"]:
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), request.url.path):
            method = request.method.lower()
            if method in document["paths"][template]:
                return template, method
    raise AssertionError(f"{request.method} {request.url.path} is not in the document")


def _faults(document: dict[str, Any], request: httpx.Request, status: int) -> Iterator[str]:
    template, method = _call(document, request)
    operation = document["paths"][template][method]
    known = {each["name"] for each in operation["parameters"]}
    for name in (*request.url.params, *(each for each in ("Idempotency-Key", "Prefer") if each in request.headers)):
        if name not in known:
            yield f"{template}: {name} is no parameter"
    if str(status) not in operation["responses"]:
        yield f"{template}: {status} is not documented"
    if request.content:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for name in json.loads(request.content):
            if name not in _members(document, schema):
                yield f"{template}: {name} is not in the body"


def _members(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return dict(schema["properties"])


def test_whatever_is_cut_off_an_order_is_placed_once(store: Store, side: _Side) -> None:
    side.transport.script.extend(["cut before", "503", "cut after", "429", "ok"])

    placed = side.shop.check_out(a_checkout())

    assert one(store.services, "SELECT array_agg(number) FROM purchase_order") == [placed.number]
    assert len({request.headers["Idempotency-Key"] for request, _ in side.transport.calls}) == 1
    assert [each for each in side.pauses if each == 7.0] == [7.0, 7.0]  # as Retry-After said
    assert len(side.pauses) == 4


def test_a_refusal_is_told_by_kind_with_its_remedy_and_is_not_repeated(store: Store, side: _Side) -> None:
    two_lamps = a_checkout(("LAMP", 2))
    calls: dict[type[Exception], Callable[[], object]] = {
        Refused: lambda: side.shop.check_out(two_lamps),
        Invalid: lambda: side.shop.check_out({"market": "DE"}),
        NotFound: lambda: side.shop.order("PO0"),
        NotAllowed: lambda: Shop("http://shop.test", "fk_x", transport=side.transport).order("PO0"),
    }
    found: dict[type[Exception], Any] = {}
    for kind, call in calls.items():
        with pytest.raises(kind) as refused:
            call()
        found[kind] = refused.value
    side.transport.script.extend(["502"] * 5)
    with pytest.raises(Unavailable, match="502"):
        side.shop.order("PO0")

    assert (found[Refused].code, found[Refused].status) == ("out_of_stock", 409)
    assert found[Refused].remedy
    assert found[Invalid].members["errors"]
    assert len(side.transport.calls) == 4
    assert one(store.services, "SELECT count(*) FROM purchase_order") == 0


def test_what_is_signed_is_believed_and_nothing_else() -> None:
    secret, body = (
        new_secret(),
        b'{"type":"order.placed","timestamp":"2026-11-21T12:00:00+00:00","data":{"order":"PO1"}}',
    )
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    headers = {
        "Webhook-Id": "evt_1_1",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("evt_1_1", now, body.decode()),
    }

    event = believed(secret, headers, body)

    assert (event.id, event.type, event.order) == ("evt_1_1", "order.placed", "PO1")
    for wrong in (
        (new_secret(), headers, body),
        (secret, headers, body + b" "),
        (secret, {**headers, "Webhook-Id": "evt_1_2"}, body),
        (secret, {**headers, "Webhook-Timestamp": str(int(now.timestamp()) - 301)}, body),
        (secret, {}, body),
    ):
        with pytest.raises(NotBelieved):
            believed(*wrong)


def test_it_needs_nothing_of_the_server() -> None:
    needed = (
        "import sys, fulfillment.client.shop, fulfillment.client.webhooks;"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'sqlalchemy', 'flask', 'celery', 'redis', 'pydantic', 'psycopg'}),"
        "[m for m in sys.modules if m.startswith('fulfillment.') and not m.startswith('fulfillment.client')])"
    )
    found = subprocess.run([sys.executable, "-c", needed], capture_output=True, text=True, check=True)
    assert found.stdout == "[] []\n"
