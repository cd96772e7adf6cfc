"""Whatever is sent to any POST: a 4xx with a reason, never a 500, and nothing changed."""

import gzip
import io
import json
import re
from typing import Any

import pytest
from api_client import ADDRESS, Api, a_checkout, contents, pence
from builders import Shop

from fulfillment.access.models import Role
from web.route import ROUTES

COMMANDS = sorted(route.rule for route in ROUTES.values() if route.method == "POST" and route.roles)
FITTING: dict[str, Any] = {
    "/v1/checkouts": a_checkout(),
    "/v1/carts": {"market": "DE"},
    "/v1/carts/deletions": {"cart_ids": [1]},
    "/v1/carts/<id:cart_id>/lines": {"lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/carts/<id:cart_id>/emptying": {},
    "/v1/carts/<id:cart_id>/reservation": {},
    "/v1/carts/<id:cart_id>/reservation/release": {},
    "/v1/inventory/safety-stock": {"warehouse": "A", "lines": [{"sku": "MUG", "safety": 1}]},
    "/v1/carts/<id:cart_id>/moves": {"positions": [1], "to": 1},
    "/v1/carts/<id:cart_id>/checkout": {},
    "/v1/carts/<id:cart_id>/conversion": {},
    "/v1/orders": {"market": "DE", "customer": {"name": "Bo Lind"}, "ship_to": ADDRESS},
    "/v1/orders/<name:number>/lines": {"lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/orders/<name:number>/placement": {},
    "/v1/orders/<name:number>/reorder": {},
    "/v1/subscriptions": {"order": "PO1", "every": {"months": 1}, "starts_on": "2100-01-31"},
    "/v1/subscriptions/<id:subscription_id>/pause": {},
    "/v1/subscriptions/<id:subscription_id>/resume": {},
    "/v1/subscriptions/<id:subscription_id>/end": {},
    "/v1/orders/<name:number>/cancellation": {"reason": "x", "notify_customer": False},
    "/v1/orders/<name:number>/holds": {"reason": "x"},
    "/v1/orders/<name:number>/notes": {"description": "x"},
    "/v1/orders/<name:number>/archive": {},
    "/v1/bulk": {"action": "archive", "filter": {"status": ["completed"]}},
    "/v1/orders/<name:number>/holds/<id:hold_id>/release": {},
    "/v1/orders/<name:number>/payments": {"method": "card", "token": "tok_ok"},
    "/v1/payments/<id:payment_id>/captures": {},
    "/v1/orders/<name:number>/captures": {},
    "/v1/orders/<name:number>/refunds": {"reason": "x"},
    "/v1/payments/<id:payment_id>/refunds": {"reason": "x"},
    "/v1/payments/<id:payment_id>/voids": {},
    "/v1/orders/<name:number>/payments/sync": {},
    "/v1/payments/<id:payment_id>/chargebacks": {"reason": "x"},
    "/v1/orders/<name:number>/write-offs": {"reason": "x"},
    "/v1/payments/<id:payment_id>/chargebacks/<id:chargeback_id>/outcome": {"outcome": "won"},
    "/v1/payment-attempts/<id:attempt_id>/outcome": {"outcome": "failed", "note": "x"},
    "/v1/shipments/<id:shipment_id>/split": {"lines": [{"line_id": 1, "quantity": 1}]},
    "/v1/shipments/<id:shipment_id>/tracking": {"tracking_number": "TN1"},
    "/v1/lines/<id:line_id>/delivery-state": {"state": "in_transit"},
    "/v1/order-configurations": {
        "name": "Ours",
        "states": [{"name": "New", "meaning": "new"}],
        "transitions": [{"from": "New", "to": "New"}],
    },
    "/v1/order-configurations/<name:name>/activation": {},
    "/v1/shipments/<id:shipment_id>/release": {},
    "/v1/shipments/<id:shipment_id>/completion": {},
    "/v1/picklists": {"shipment_ids": [1]},
    "/v1/picklists/<id:picklist_id>/picks": {"picks": [{"line_id": 1, "quantity": 1}]},
    "/v1/picklists/<id:picklist_id>/completion": {},
    "/v1/shipments/<id:shipment_id>/parcels": {},
    "/v1/parcels/<id:parcel_id>/items": {"items": [{"code": "MUG"}]},
    "/v1/parcels/<id:parcel_id>/removals": {"items": [{"code": "MUG"}]},
    "/v1/manifests": {"carrier": "simulated", "warehouse": "A"},
    "/v1/parcels/<id:parcel_id>/problems": {"kind": "lost"},
    "/v1/parcels/<id:parcel_id>/resolution": {"by": "reship"},
    "/v1/parcels/<id:parcel_id>/label": {},
    "/v1/parcels/<id:parcel_id>/label/void": {},
    "/v1/parcels/<id:parcel_id>/label/replacement": {},
    "/v1/labels/<id:label_id>/outcome": {"outcome": "failed", "note": "x"},
    "/v1/picklists/<id:picklist_id>/lines/<id:line_id>/short-picks": {"reason": "damaged"},
    "/v1/picklists/<id:picklist_id>/unpicks": {"lines": [{"line_id": 1, "quantity": 1}]},
    "/v1/picklists/<id:picklist_id>/closing": {},
    "/v1/put-backs/<id:put_back_id>/confirmation": {},
    "/v1/waves": {"filter": {}},
    "/v1/waves/preview": {"filter": {}},
    "/v1/picklists/<id:picklist_id>/claim": {},
    "/v1/picklists/<id:picklist_id>/claim/handover": {"to": "Bo"},
    "/v1/picklists/<id:picklist_id>/claim/release": {},
    "/v1/picklists/<id:picklist_id>/totes": {"totes": [{"shipment_id": 1, "code": "T1"}]},
    "/v1/picklists/<id:picklist_id>/scans": {"scan_id": "1", "code": "MUG"},
    "/v1/inventory/receipts": {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/inventory/adjustments": {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 1}], "reason": "found"},
    "/v1/inventory/bin-moves": {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 1, "to": "A1"}]},
    "/v1/inbound-deliveries": {
        "warehouse": "A",
        "supplier": "Potter",
        "reference": "X1",
        "expected_on": "2026-11-30",
        "lines": [{"sku": "MUG", "quantity": 1}],
    },
    "/v1/inbound-deliveries/<id:delivery_id>/receipts": {"lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/inbound-deliveries/<id:delivery_id>/end": {},
    "/v1/returns": {
        "order": "X",
        "lines": [{"line_id": 1, "quantity": 1, "reason": "other"}],
        "notify_customer": False,
    },
    "/v1/returns/<id:return_id>/strays/<id:stray_id>/settlement": {"settled_as": "scrapped"},
    "/v1/exchanges": {
        "order": "PO1",
        "back": [{"line_id": 1, "quantity": 1, "reason": "does_not_fit"}],
        "out": [{"sku": "MUG", "quantity": 1}],
        "notify_customer": True,
    },
    "/v1/exchanges/<id:exchange_id>/settlement": {"without_rest": True},
    "/v1/exchanges/<id:exchange_id>/cancellation": {"reason": "kept it", "notify_customer": True},
    "/v1/returns/<id:return_id>/completion": {"notify_customer": True},
    "/v1/returns/<id:return_id>/cancellation": {"reason": "kept it", "notify_customer": True},
    "/v1/returns/<id:return_id>/receipts": {"scan_id": "1", "warehouse": "A", "code": "MUG"},
    "/v1/returns/<id:return_id>/decisions": {
        "scan_id": "1",
        "warehouse": "A",
        "code": "MUG",
        "disposition": "restocked",
    },
    "/v1/transfers": {"from": "A", "to": "B", "lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/transfers/<id:transfer_id>/shipment": {},
    "/v1/transfers/<id:transfer_id>/receipts": {"lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/transfers/<id:transfer_id>/end": {},
    "/v1/counts": {"warehouse": "A"},
    "/v1/counts/<id:count_id>/entries": {"lines": [{"sku": "MUG", "counted": 1}]},
    "/v1/counts/<id:count_id>/recounts": {"lines": [{"sku": "MUG"}]},
    "/v1/counts/<id:count_id>/approval": {},
    "/v1/counts/<id:count_id>/cancellation": {},
    "/v1/bins": {"warehouse": "A", "bins": [{"code": "A1", "position": 1}]},
    "/v1/promotions": {"code": "SPRING", "name": "Spring", "kind": "free_shipping"},
    "/v1/products": {"sku": "CUP", "name": "Cup"},
    "/v1/markets": {"code": "FR", "name": "Magasin", "currency": "EUR"},
    "/v1/markets/<name:code>/sourcing/preview": {"lines": [{"sku": "MUG", "quantity": 1}]},
    "/v1/shipping-methods": {"code": "post", "name": "Post"},
    "/v1/warehouses": {"code": "C", "name": "Dover", "priority": 3},
    "/v1/customers": {"name": "Bo Lind"},
    "/v1/customers/<id:customer_id>/addresses": {
        "name": "Bo Lind",
        "line1": "2 Quay",
        "city": "Leith",
        "country": "GB",
    },
    "/v1/customers/<id:customer_id>/erasure": {},
    "/v1/guests/erasure": {"email": "bo@example.org"},
    "/v1/dead-letters/<id:dispatch_id>/replay": {},
    "/v1/webhook-endpoints": {"url": "https://shop.example/hooks"},
    "/v1/webhook-endpoints/<id:endpoint_id>/secret": {},
    "/v1/webhook-endpoints/<id:endpoint_id>/test": {},
    "/v1/webhook-deliveries/<id:delivery_id>/replay": {},
    "/v1/webhook-deliveries/replays": {"endpoint_id": 1, "since": "2026-03-01T00:00:00Z"},
    "/v1/reconciliations": {"classes": ["stuck_step"]},
    "/v1/reconciliations/<id:reconciliation_id>/items/<id:item_id>/repair": {},
}
UNREADABLE: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"{", 400, "malformed_json"),
    "a comment": (b"{} // x", 400, "malformed_json"),
    "two documents": (b"{}{}", 400, "malformed_json"),
    "blank": (b"   ", 400, "empty_body"),
    "not UTF-8": (b'{"a":"\xff"}', 400, "not_utf8"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), 400, "not_utf8"),
    "compressed": (gzip.compress(b"{}"), 400, "not_utf8"),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400, "malformed_json"),
    "NaN": (b'{"a":NaN}', 400, "not_a_number"),
    "Infinity": (b'{"a":[-Infinity]}', 400, "not_a_number"),
    "a float beyond all floats": (b'{"a":1e400}', 400, "number_too_large"),
    "an integer beyond 64 bits": (b'{"a":9223372036854775808}', 400, "number_too_large"),
    "an integer of 100,000 digits": (b'{"a":' + b"9" * 100_000 + b"}", 400, "number_too_large"),
    "a member twice": (b'{"a":1,"a":2}', 400, "duplicate_key"),
    "a member twice, spelled differently": (b'{"a":1,"\\u0061":2}', 400, "duplicate_key"),
    "a null character": (b'{"a":"\\u0000"}', 400, "null_character"),
    "a null character in a name": (b'{"\\u0000":1}', 400, "null_character"),
    "a raw control character": (b'{"a":"\x00"}', 400, "malformed_json"),
    "half a surrogate pair": (b'{"a":["\\ud800"]}', 400, "lone_surrogate"),
    "the other half": (b'{"a":"\\udfff x"}', 400, "lone_surrogate"),
    "deep lists": (b"[" * 21 + b"]" * 21, 400, "too_deep"),
    "lists without end": (b"[" * 100_000, 400, "too_deep"),
    "objects without end": (b'{"a":' * 50_000, 400, "too_deep"),
    "an escaped quote without end": (b'{"' + b'\\"' * 100_000 + b"[" * 50, 400, "malformed_json"),
    "a list": (b"[]", 422, "invalid_fields"),
    "a string": (b'"x"', 422, "invalid_fields"),
    "null": (b"null", 422, "invalid_fields"),
    "a number": (b"7", 422, "invalid_fields"),
}


def _path(rule: str) -> str:
    return re.sub(r"<[^>]+>", "1", rule)


def test_every_command_is_in_the_corpus() -> None:
    assert sorted(FITTING) == COMMANDS


@pytest.mark.parametrize("rule", COMMANDS)
def test_what_cannot_be_read_is_refused_with_its_reason(shop: Shop, api: Api, rule: str) -> None:
    admin = api.caller(Role.ADMIN)
    shop.sells("MUG", A=10)
    before = contents(shop.services)

    answers = {
        what: admin.post(_path(rule), data=raw, headers={"Content-Type": "application/json"})
        for what, (raw, _, _) in UNREADABLE.items()
    }

    assert {what: (each.status_code, each.json["type"]) for what, each in answers.items()} == {
        what: (status, f"/problems/{code}") for what, (_, status, code) in UNREADABLE.items()
    }
    assert all(each.json["remedy"] for each in answers.values())
    assert contents(shop.services) == before


@pytest.mark.parametrize("rule", COMMANDS)
def test_the_wrong_wrapping_is_refused(shop: Shop, api: Api, rule: str) -> None:
    admin = api.caller(Role.ADMIN)
    fitting = json.dumps(FITTING[rule]).encode()
    before = contents(shop.services)
    [most] = [route.most_bytes for route in ROUTES.values() if route.name == f"POST {rule}"]

    def post(raw: bytes, kind: str | None, key: str | None = None) -> str:
        headers = {} if kind is None else {"Content-Type": kind}
        answer = admin.post(_path(rule), data=raw, headers=headers, key=key)
        return f"{answer.status_code} {answer.json['type'].removeprefix('/problems/')}"

    assert post(b" " * (most + 1), "application/json") == "413 too_large"
    assert post(fitting, "text/plain") == "415 not_json"
    assert post(fitting, "application/x-www-form-urlencoded") == "415 not_json"
    assert post(fitting, None) == "415 not_json"
    assert post(fitting, "application/json", key="") == "400 idempotency_key_missing"
    assert post(fitting, "application/json", key="x" * 256) == "400 idempotency_key_malformed"
    assert post(fitting, "application/json", key="sch\u00f6n") == "400 idempotency_key_malformed"
    assert contents(shop.services) == before


@pytest.mark.parametrize("rule", COMMANDS)
def test_a_body_of_unknown_length_is_not_cut_off_but_refused(shop: Shop, api: Api, rule: str) -> None:
    admin = api.caller(Role.ADMIN)
    before = contents(shop.services)
    [most] = [route.most_bytes for route in ROUTES.values() if route.name == f"POST {rule}"]
    endless = json.dumps(FITTING[rule]).encode() + b" " * most

    answer = admin.post(
        _path(rule),
        input_stream=io.BytesIO(endless),
        headers={"Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too_large")
    assert contents(shop.services) == before


@pytest.mark.parametrize("rule", COMMANDS)
def test_a_body_that_nearly_fits_is_refused(shop: Shop, api: Api, rule: str) -> None:
    admin = api.caller(Role.ADMIN)
    shop.sells("MUG", A=10)
    before = contents(shop.services)

    statuses = {}
    for what, body in _spoiled(FITTING[rule]):
        answer = admin.post(_path(rule), body)
        statuses[what] = answer.status_code

    assert {what for what, status in statuses.items() if status != 422} == set()
    assert contents(shop.services) == before


def _spoiled(fitting: dict[str, Any]) -> list[tuple[str, Any]]:
    """The body with one thing wrong, in every place where it can be."""
    found = [("unknown member", {**fitting, "colour": "blue"})]
    for name, value in fitting.items():
        found += [(f"{name}={str(bad)[:40]}", {**fitting, name: bad}) for bad in _spoiled_value(name, value)]
    return found


def _spoiled_value(name: str, value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [0, 1, "true", "yes", None, [], 1.0]
    if isinstance(value, int):
        too_large = [] if name == "to" else [10**15]  # an id may be as large
        return [-1, 1.0, 1.5, "1", True, None, [], {}, *too_large]
    if isinstance(value, str):
        return [7, True, [], {}, "", "x" * 10_001, "a\u0007b"]
    if isinstance(value, list):
        wrong: list[Any] = [None, {}, "x", 7, [None], ["x"], value * 2001]
        return wrong + [
            [{**item, "quantity": pieces}]
            for item in value
            if isinstance(item, dict) and "quantity" in item
            for pieces in (0, 1.0, "1", True, None, 1_000_001, 10**18, -(10**18))
        ]
    if isinstance(value, dict):
        return [None, [], "x", 7, {**value, "colour": "blue"}] if name != "customer" else [[], "x", 7, {"colour": 1}]
    return []


@pytest.mark.parametrize(
    "money",
    [
        {"amount": -1, "currency": "GBP"},
        {"amount": 1.0, "currency": "GBP"},
        {"amount": "1", "currency": "GBP"},
        {"amount": True, "currency": "GBP"},
        {"amount": 10**12 + 1, "currency": "GBP"},
        {"amount": 1, "currency": "gbp"},
        {"amount": 1, "currency": "POUND"},
        {"amount": 1},
        {"currency": "GBP"},
        {"amount": 1, "currency": "GBP", "exponent": 2},
        100,
        "1.00",
    ],
)
def test_money_is_whole_minor_units_of_a_currency(shop: Shop, api: Api, money: Any) -> None:
    admin = api.caller(Role.ADMIN)
    shop.sells("MUG", A=10)
    before = contents(shop.services)

    answers = [
        admin.post("/v1/checkouts", a_checkout({"sku": "MUG", "quantity": 1, "price": money})),
        admin.post("/v1/checkouts", a_checkout(shipping=money)),
        admin.post("/v1/checkouts", a_checkout(payments=[{"method": "card", "token": "t", "amount": money}])),
        admin.post("/v1/payments/1/captures", {"amount": money}),
        admin.post("/v1/payments/1/refunds", {"amount": money, "reason": "x"}),
        admin.post("/v1/products", {"sku": "CUP", "name": "Cup", "price": money}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 6
    assert contents(shop.services) == before


def test_the_largest_order_that_may_be_sent_fits(shop: Shop, api: Api) -> None:
    storefront = api.caller(Role.STOREFRONT)
    shop.sells("MUG", price=10**6)

    answer = storefront.post("/v1/checkouts", a_checkout(("MUG", 1_000_000)))

    assert (answer.status_code, answer.json["total"]) == (202, pence(10**12))


def test_an_order_that_no_gateway_takes_is_refused(shop: Shop, api: Api) -> None:
    storefront = api.caller(Role.STOREFRONT)
    shop.sells("MUG", price=10**12)
    before = contents(shop.services)

    answers = [
        storefront.post("/v1/checkouts", a_checkout(shipping=pence(1))),
        storefront.post("/v1/checkouts", a_checkout(("MUG", 1_000_000), discount=pence(10**12))),
        storefront.post("/v1/checkouts", a_checkout(shipping=pence(1), payments=[])),
    ]
    beyond_64_bits = storefront.post("/v1/checkouts", a_checkout(*[("MUG", 1_000_000)] * 1000))

    assert {(answer.status_code, answer.json["type"]) for answer in answers} == {(422, "/problems/total_too_large")}
    assert answers[0].json["most"] == pence(10**12)
    assert beyond_64_bits.status_code == 422
    assert contents(shop.services) == before


def test_amounts_that_no_gateway_takes_are_refused_in_carts_drafts_and_edits_too(shop: Shop, api: Api) -> None:
    csr = api.caller(Role.CSR)
    shop.sells("MUG", price=10**12)
    number = shop.places(("MUG", 1), tokens=()).number
    dear = csr.post("/v1/carts", {"market": "DE", "ship_to": ADDRESS, "lines": [{"sku": "MUG", "quantity": 2}]}).json
    lines = [
        {"sku": f"X{n}", "manual": True, "name": "x", "quantity": 1_000_000, "price": pence(10**12)} for n in range(30)
    ]
    draft = {"market": "DE", "customer": {"name": "Bo", "email": "bo@example.org"}, "address": ADDRESS, "lines": lines}
    before = contents(shop.services)

    answers = [
        csr.post(f"/v1/carts/{dear['id']}/conversion", {}),
        csr.post(f"/v1/carts/{dear['id']}/checkout", {"payments": [{"method": "card", "token": "tok_ok"}]}),
        csr.post("/v1/orders", draft),
        csr.change("PATCH", f"/v1/orders/{number}", {"add_lines": lines}),
    ]

    assert {(answer.status_code, answer.json["type"]) for answer in answers} == {(422, "/problems/total_too_large")}
    assert contents(shop.services) == before
    cart = csr.post("/v1/carts", {"market": "DE", "lines": lines}).json
    assert [(each["code"], each["blocks"]) for each in cart["notices"]] == [("total_too_large", True)]


def test_a_token_that_no_gateway_takes_is_refused(shop: Shop, api: Api) -> None:
    storefront = api.caller(Role.STOREFRONT)
    shop.sells("MUG", price=10)

    def paid_with(token: str) -> int:
        paid = [{"method": "card", "token": token}]
        return storefront.post("/v1/checkouts", a_checkout(payments=paid)).status_code

    assert [paid_with("t" * 200), paid_with("t" * 201)] == [202, 422]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders/%00",
        "/v1/orders/a%0ab",
        "/v1/orders/" + "x" * 5000,
        "/v1/orders/%ff%fe",
        "/v1/orders/..%2f..%2fetc%2fpasswd",
        "/v1/orders/../../etc/passwd",
        "/v1/products/%c0%ae%c0%ae%2fx",
        "/docs/..%2f..%2fpyproject.toml",
        "/openapi.json%00.html",
        "/v1/products/%00",
        "/v1/payments/0",
        "/v1/payments/-1",
        "/v1/payments/9223372036854775808",
        "/v1/payments/" + "9" * 5000,
        "/v1/payments/1e3",
        "/v1/shipments/\u0661",
        "/v1/nothing",
        "/",
    ],
)
def test_a_path_to_nowhere_is_not_found(api: Api, path: str) -> None:
    answer = api.caller(Role.ADMIN).get(path)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1&limit=2",
        "cursor=x",
        "cursor=%00",
        "cursor=LTE%3D",
        "cursor=" + "x" * 300,
        "status=lost",
        "number=%00",
        "number=%ff%fe%00",
        "q=%00%c0%ae",
        "customer_email=%00@x",
        "market=%00",
        "created_from=yesterday",
        "created_from=2026-01-01T00:00:00",
        "color=blue",
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(api: Api, query: str) -> None:
    answer = api.caller(Role.ADMIN).get(f"/v1/orders?{query}")

    assert answer.status_code == 422


def test_a_bomb_is_not_unpacked_and_long_headers_are_not_believed(shop: Shop, api: Api) -> None:
    admin = api.caller(Role.ADMIN)
    before = contents(shop.services)
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    bomb = admin.post("/v1/customers", data=gzip.compress(b" " * 50_000_000), headers=packed)
    long = [
        admin.send("GET", "/v1/orders", headers={"X-Request-ID": "x" * 60_000}),
        admin.post("/v1/customers", {}, key="k" * 60_000),
        admin.send("GET", "/v1/orders", headers={"Cookie": "a=" + "b" * 60_000}),
    ]

    assert (bomb.status_code, bomb.json["type"]) == (400, "/problems/not_utf8")
    assert [each.status_code for each in long] == [200, 400, 200]
    assert len(long[0].headers["X-Request-ID"]) == 32
    assert contents(shop.services) == before


def test_a_method_that_nobody_serves_is_named(api: Api) -> None:
    answer = api.caller(Role.ADMIN).send("DELETE", "/v1/orders")

    assert (answer.status_code, answer.json["type"]) == (405, "/problems/method_not_allowed")
    assert answer.json["detail"] == "DELETE is not possible at this address"
    assert answer.json["remedy"] == f"possible is {answer.headers['Allow']}"
    assert "GET" in answer.headers["Allow"]


def test_an_address_that_there_is_not_is_told_from_a_thing_that_there_is_not(api: Api) -> None:
    admin = api.caller(Role.ADMIN)

    nowhere = [admin.get(path).json for path in ("/v1/nothing", "/v1/payments/zero", "/v1/payments/0")]
    missing = admin.get("/v1/payments/1").json

    assert {each["detail"] for each in nowhere} == {"there is nothing at this address"}
    assert all("/docs" in each["remedy"] for each in nowhere)
    assert (missing["detail"], missing["remedy"]) == (
        "no payment 1",
        "check the number or id, and that the key may see it",
    )
