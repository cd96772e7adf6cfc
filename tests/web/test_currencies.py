"""Orders in currencies of no, two and three decimals: the same minor units everywhere, written as people write them."""

import email
import email.policy
from typing import Any

import pytest
from api_client import ADDRESS, Caller, contents
from builders import Shop, broken, rows, work_off

from fulfillment.notifications.outbox import mails_in


def opens(shop: Shop, admin: Caller, currency: str) -> None:
    """A market that sells mugs at 1005 minor units, ships for 500 and takes 10 percent of tax; a code gives a tenth off."""

    def of(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": currency}

    prices = [{"market": "FAR", "price": of(500), "free_from": of(99_999)}]
    wanted = [
        ("/v1/markets", {"code": "FAR", "name": "Far", "currency": currency, "tax_rate": 1000}),
        ("/v1/products", {"sku": "MUG", "name": "Mug", "price": of(1005)}),
        ("/v1/shipping-methods", {"code": "post", "name": "Post", "prices": prices}),
        ("/v1/promotions", {"code": "TENTH", "name": "A tenth off", "kind": "order_discount", "percent": 1000}),
    ]
    for path, body in wanted:
        answer = admin.post(path, body)
        assert answer.status_code == 201, answer.text
    [(shop.products["MUG"],)] = rows(shop.services, "SELECT id FROM product")
    shop.receives("MUG", 3)


@pytest.mark.parametrize(
    ("currency", "total", "back"),
    [("JPY", "3,535 JPY", "1,177 JPY"), ("GBP", "35.35 GBP", "11.77 GBP"), ("KWD", "3.535 KWD", "1.177 KWD")],
)
@pytest.mark.rule("PY1")
@pytest.mark.rule("PY4")
@pytest.mark.rule("PY6")
def test_an_order_is_entered_paid_shipped_and_paid_back_to_the_last_minor_unit(
    shop: Shop, admin: Caller, csr: Caller, currency: str, total: str, back: str
) -> None:
    def of(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": currency}

    opens(shop, admin, currency)
    draft = {
        "market": "FAR",
        "customer": {"name": "Bo Lind", "email": "bo@example.org"},
        "address": ADDRESS,
        "shipping_method": "post",
        "lines": [{"sku": "MUG", "quantity": 3}],
        "codes": ["TENTH"],
    }
    number = csr.post("/v1/orders", draft).json["number"]
    path = f"/v1/orders/{number}"
    csr.post(f"{path}/placement")
    order = csr.get(path).json
    amounts = {name: order["amounts"][name] for name in ("items", "discount", "shipping", "tax", "total")}
    assert amounts == {"items": of(3015), "discount": of(301), "shipping": of(500), "tax": of(321), "total": of(3535)}

    refused = csr.post(f"{path}/payments", {"method": "manual", "amount": of(3536)})
    assert (refused.status_code, f"lacks {total} of payment" in refused.json["detail"]) == (409, True)
    assert csr.post(f"{path}/payments", {"method": "manual", "amount": of(1000)}).status_code == 201
    [blocker] = [each for each in csr.get(f"{path}/explanation").json["blockers"] if each["code"] == "balance_due"]
    assert blocker["evidence"]["missing"] == of(2535)
    csr.post(f"{path}/payments", {"method": "card", "token": "tok_ok"})
    work_off(shop.services)
    csr.post(f"{path}/captures", {"amount": of(1)})
    work_off(shop.services)
    [(order_id,)] = rows(shop.services, "SELECT id FROM purchase_order")
    shop.brings(order_id, "shipped")
    assert [(each.operation.value, each.amount, each.currency) for each in shop.gateway.sent] == [
        ("authorize", 2535, currency),
        ("capture", 1, currency),
        ("capture", 2534, currency),
    ]

    [line] = csr.get(path).json["shipments"][0]["lines"]
    over = csr.post(f"{path}/refunds", {"amount": of(3536), "reason": "broken"})
    assert (over.json["guard"], over.json["most"]) == ("over_refund", 3535)
    for _ in range(2):
        pieces = {"lines": [{"line_id": line["id"], "quantity": 1}], "with_shipping": True, "reason": "broken"}
        assert csr.post(f"{path}/refunds", pieces).status_code == 202
        work_off(shop.services)
    given = [amount for (amount,) in rows(shop.services, "SELECT amount FROM payment_attempt WHERE kind = 'refund'")]
    assert given == [1177, 1179]

    texts = [
        email.message_from_bytes(each, policy=email.policy.default).get_body(("plain",)).get_content()
        for each in mails_in(shop.services.settings.outbox)
    ]
    assert any(total in text for text in texts)
    assert any(back in text for text in texts)
    assert broken(shop.services) == {}


@pytest.mark.parametrize("amount", [1.5, 1.0, "1.00", "100", True, None, 10**12 + 1, -1])
def test_an_amount_is_whole_minor_units_and_nothing_else(shop: Shop, csr: Caller, amount: Any) -> None:
    shop.sells("MUG", price=1000, A=1)
    placed = shop.up_to("assigned", ("MUG", 1))
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{placed.number}/captures", {"amount": {"amount": amount, "currency": "GBP"}})

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid_fields")
    assert contents(shop.services) == before


def test_a_market_sells_in_a_currency_that_there_is(shop: Shop, admin: Caller) -> None:
    before = contents(shop.services)

    answer = admin.post("/v1/markets", {"code": "FAR", "name": "Far", "currency": "GPB"})

    assert (answer.status_code, "no such currency" in answer.text) == (422, True)
    assert contents(shop.services) == before
