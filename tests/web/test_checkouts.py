"""POST /v1/checkouts."""

import threading

import pytest
from api_client import ADDRESS, Api, Caller, a_checkout, contents, pence
from builders import Shop, one, rows, work_off

from fulfillment.access.models import Role


@pytest.mark.rule("OL1")
@pytest.mark.rule("OL2")
@pytest.mark.rule("SH1")
@pytest.mark.rule("SH3")
def test_a_checkout_is_an_order_at_once_and_is_paid_later(shop: Shop, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG", price=1250, A=10)

    answer = storefront.post("/v1/checkouts", a_checkout(("MUG", 2), shipping=pence(499)))

    assert answer.status_code == 202
    [shipment] = answer.json["shipments"]
    number = answer.json["number"]
    assert answer.json == {
        "number": number,
        "status": "in_progress",
        "payment_status": "unpaid",
        "total": pence(2999),
        "shipments": [{"id": shipment["id"], "number": f"{number}-1", "needs_shipping": True}],
    }
    assert answer.headers["Location"] == f"/v1/orders/{number}"
    assert shop.stock("MUG") == (10, 0)
    assert [step for step, _ in shop.dispatched()] == ["payments.authorize"]
    work_off(shop.services)
    order = csr.get(f"/v1/orders/{number}").json
    assert (order["payment_status"], order["shipments"][0]["status"]) == ("authorized", "inventory_assigned")


def test_everything_that_was_sent_is_on_the_order(shop: Shop, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG", price=1250)
    shop.sells("GIFTCARD", needs_shipping=False)
    body = a_checkout(
        {"sku": "MUG", "quantity": 3, "price": pence(1000), "discount": pence(100), "tax": pence(50)},
        {"sku": "GIFTCARD", "quantity": 1, "name": "Gift card of 10"},
        {"sku": "WRAP", "quantity": 1, "price": pence(200), "name": "Gift wrap", "manual": True},
        reference="cart-77",
        bill_to={**ADDRESS, "line1": "1 Hill"},
        shipping_method="post",
        shipping=pence(300),
        discount=pence(42),
        tax=pence(7),
        priority=5,
    )

    number = storefront.post("/v1/checkouts", body).json["number"]

    order = csr.get(f"/v1/orders/{number}").json
    assert order["reference"] == "cart-77"
    assert order["market"] == "DE"
    assert order["priority"] == 5
    assert order["customer"] == {"name": "Bo Lind", "email": "bo@example.org"}
    assert order["forms"][0]["bill_to"]["line1"] == "1 Hill"
    amounts = {name: amount["amount"] for name, amount in order["amounts"].items()}
    assert amounts == {
        "items": 4200,
        "discount": 142,
        "shipping": 300,
        "tax": 57,
        "total": 4415,
        "canceled": 0,
        "authorized": 0,
        "captured": 0,
        "manual": 0,
        "credited": 0,
        "refunded": 0,
        "charged_back": 0,
        "written_off": 0,
    }
    goods, others = order["shipments"]
    assert (goods["needs_shipping"], goods["ship_to"], goods["shipping_method"]) == (True, ADDRESS, "post")
    assert (others["needs_shipping"], others["ship_to"]) == (False, None)
    assert [(line["sku"], line["name"], line["manual"]) for line in others["lines"]] == [
        ("GIFTCARD", "Gift card of 10", False),
        ("WRAP", "Gift wrap", True),
    ]
    assert goods["amount"]["amount"] + others["amount"]["amount"] == 4415
    assert one(shop.services, "SELECT token FROM payment") == "tok_ok"
    assert "tok_ok" not in csr.get(f"/v1/orders/{number}").text


def test_who_waits_gets_the_order_once_its_payment_is_decided(shop: Shop, api: Api, storefront: Caller) -> None:
    shop.sells("MUG", price=1250, A=10)
    at_work, stop = threading.Event(), threading.Event()

    def worker() -> None:
        while not stop.is_set():
            work_off(shop.services)
            at_work.set()

    hands = threading.Thread(target=worker)
    hands.start()
    try:
        answer = storefront.post("/v1/checkouts", a_checkout(("MUG", 1)), wait=30)
        declined = storefront.post(
            "/v1/checkouts", a_checkout(payments=[{"method": "card", "token": "tok_declined"}]), wait=30
        )
    finally:
        stop.set()
        hands.join()

    assert answer.status_code == 200
    assert answer.json["payment_status"] == "authorized"
    assert answer.headers["Location"] == f"/v1/orders/{answer.json['number']}"
    assert declined.status_code == 200
    assert declined.json["payment_status"] == "declined"
    assert declined.json["status"] == "in_progress"


def test_who_waits_in_vain_hears_that_the_order_is_kept(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", A=10)

    answer = storefront.post("/v1/checkouts", a_checkout(), wait=1)

    assert answer.status_code == 202
    assert answer.json["payment_status"] == "unpaid"


def test_an_order_that_costs_nothing_has_nothing_to_wait_for(shop: Shop, storefront: Caller) -> None:
    shop.sells("FLYER", price=0, A=10)

    answer = storefront.post("/v1/checkouts", a_checkout(("FLYER", 1)), wait=30)

    assert answer.status_code == 200
    assert answer.json["payment_status"] == "paid"


def test_what_denies_a_shortage_is_taken_or_refused_with_409(shop: Shop, storefront: Caller) -> None:
    shop.sells("LAST", when_short="deny", A=1)

    taken = storefront.post("/v1/checkouts", a_checkout(("LAST", 1)), key="first")
    before = contents(shop.services)
    refused = storefront.post("/v1/checkouts", a_checkout(("LAST", 1)), key="second")
    again = storefront.post("/v1/checkouts", a_checkout(("LAST", 1)), key="first")

    assert taken.status_code == 202
    assert refused.status_code == 409
    assert (refused.json["type"], refused.json["guard"]) == ("/problems/out_of_stock", "out_of_stock")
    assert refused.json["skus"] == ["LAST"]
    assert (again.status_code, again.json) == (202, taken.json)
    assert contents(shop.services) == before
    assert shop.stock("LAST") == (1, 1)


def test_two_thousand_lines_of_one_sku_stay_two_thousand_lines(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1, A=1)

    answer = storefront.post("/v1/checkouts", a_checkout(*[("MUG", 1)] * 2000))

    assert answer.status_code == 202
    assert answer.json["total"] == pence(2000)
    assert one(shop.services, "SELECT count(*) FROM line_item") == 2000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"market": "MARS"}, "unknown_market"),
        ({"lines": [{"sku": "NONE", "quantity": 1}]}, "unknown_sku"),
        ({"lines": [{"sku": "MUG", "quantity": 1, "price": {"amount": 1, "currency": "EUR"}}]}, "currency_mismatch"),
        ({"shipping": {"amount": 1, "currency": "USD"}}, "currency_mismatch"),
        ({"payments": [{"method": "card", "token": "tok_ok", "amount": pence(1001)}]}, "payments_too_high"),
        ({"payments": [{"method": "card", "token": "tok_ok", "amount": pence(999)}]}, "payments_do_not_add_up"),
        ({"payments": [{"method": "card", "token": "tok_ok"}] * 2}, "invalid_fields"),
        ({"payments": [{"method": "card"}]}, "invalid_fields"),
        ({"payments": [{"method": "manual", "token": "tok_ok"}]}, "invalid_fields"),
        ({"payments": [{"method": "barter"}]}, "invalid_fields"),
        ({"discount": pence(1001)}, "discount_too_large"),
        ({"ship_to": None}, "no_address"),
        ({"lines": [{"sku": "X", "quantity": 1, "manual": True}]}, "invalid_fields"),
        ({"lines": []}, "invalid_fields"),
        ({"lines": [{"sku": "MUG", "quantity": 1}] * 2001}, "invalid_fields"),
        ({"customer": {"email": "nobody"}}, "invalid_fields"),
        ({"customer": {"email": "a@b.c\nBcc: x@y.z"}}, "invalid_fields"),
        ({"ship_to": {**ADDRESS, "country": "Scotland"}}, "invalid_fields"),
        ({"placed_at": "2026-01-01T00:00:00Z"}, "invalid_fields"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    shop: Shop, storefront: Caller, change: dict[str, object], code: str
) -> None:
    shop.sells("MUG", price=1000, A=10)
    before = contents(shop.services)

    answer = storefront.post("/v1/checkouts", a_checkout() | change)

    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{code}")
    assert contents(shop.services) == before


def test_the_faults_are_named_by_field_and_never_repeated(shop: Shop, storefront: Caller) -> None:
    answer = storefront.post(
        "/v1/checkouts", a_checkout({"sku": "MUG", "quantity": 0}, {"sku": "secret-sku", "quantity": "3", "size": "L"})
    )

    assert answer.json["errors"] == [
        {
            "field": "lines.0.quantity",
            "code": "greater_than_equal",
            "message": "Input should be greater than or equal to 1",
        },
        {"field": "lines.1.quantity", "code": "int_type", "message": "Input should be a valid integer"},
        {"field": "lines.1.size", "code": "extra_forbidden", "message": "Extra inputs are not permitted"},
    ]
    assert "secret-sku" not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"payments": [{"method": "card", "token": "4242424242424242"}]},
        {"customer": {"name": "Bo 4111-1111-1111-1111"}},
        {"ship_to": {**ADDRESS, "line2": "card 5555 5555 5555 4444 exp 12/30"}},
        {"shipping_method": "378282246310005"},
    ],
)
def test_a_card_number_is_refused_and_not_repeated(shop: Shop, storefront: Caller, change: dict[str, object]) -> None:
    shop.sells("MUG")
    before = contents(shop.services)

    answer = storefront.post("/v1/checkouts", a_checkout() | change)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/card_number")
    assert not any(digits in answer.text for digits in ("4242", "1111", "5555", "37828"))
    assert contents(shop.services) == before


def test_an_article_number_that_passes_for_a_card_number_is_none(shop: Shop, storefront: Caller) -> None:
    shop.sells("4242424242424242", price=100)

    answer = storefront.post("/v1/checkouts", a_checkout(("4242424242424242", 1)))

    assert answer.status_code == 202


def test_split_payments_add_up_and_a_manual_one_takes_the_rest(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000)
    cards = [{"method": "card", "token": token, "amount": pence(amount)} for token, amount in (("a", 300), ("b", 700))]

    split = storefront.post("/v1/checkouts", a_checkout(payments=cards))
    rest = storefront.post("/v1/checkouts", a_checkout(payments=[cards[0], {"method": "manual"}]))
    none = storefront.post("/v1/checkouts", a_checkout(payments=[]))

    assert [answer.status_code for answer in (split, rest, none)] == [202, 202, 202]
    assert rows(shop.services, "SELECT method, token, amount FROM payment ORDER BY id") == [
        ("card", "a", 300),
        ("card", "b", 700),
        ("card", "a", 300),
    ]


def test_an_order_belongs_to_the_storefront_that_placed_it(
    shop: Shop, api: Api, storefront: Caller, csr: Caller
) -> None:
    shop.sells("MUG")
    other = api.caller(Role.STOREFRONT)

    mine = storefront.post("/v1/checkouts", a_checkout()).json["number"]
    telephone = csr.post("/v1/checkouts", a_checkout()).json["number"]

    assert storefront.get(f"/v1/orders/{mine}").status_code == 200
    assert other.get(f"/v1/orders/{mine}").status_code == 404
    assert storefront.get(f"/v1/orders/{telephone}").status_code == 404
    assert csr.get(f"/v1/orders/{mine}").status_code == 200
    assert [order["number"] for order in storefront.get("/v1/orders").json["orders"]] == [mine]
