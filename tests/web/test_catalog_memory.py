"""What a process remembers of the catalog between checkouts, and how it finds out that it holds no more."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import Caller, a_checkout, contents, pence
from builders import Shop, one, rows
from sqlalchemy import text

from fulfillment.checkout import place as placing
from fulfillment.checkout.checkout import Checkout, CheckoutLine
from fulfillment.checkout.memory import CatalogMemory
from fulfillment.checkout.price import read_catalog


@pytest.fixture
def reads(monkeypatch) -> list[list[str]]:
    """The SKUs of each time that the catalog was read."""
    found: list[list[str]] = []
    read = placing.read_catalog

    def noted(executor: Any, checkout: Any) -> Any:
        found.append([line.sku for line in checkout.lines])
        return read(executor, checkout)

    monkeypatch.setattr(placing, "read_catalog", noted)
    return found


def _changed(shop: Shop, statement: str) -> None:
    with shop.services.transaction() as session:
        session.execute(text(statement))


def _total(storefront: Caller, *skus: str, **more: Any) -> int:
    answer = storefront.post("/v1/checkouts", a_checkout(*((sku, 1) for sku in skus), **more))
    assert answer.status_code == 202, answer.json
    return int(answer.json["total"]["amount"])


def test_a_product_is_read_once_and_a_change_counts_with_the_next_checkout(
    shop: Shop, storefront: Caller, reads: list[list[str]]
) -> None:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("CUP", price=300, A=9)
    assert [_total(storefront, "MUG"), _total(storefront, "MUG"), _total(storefront, "MUG", "CUP")] == [
        1000,
        1000,
        1300,
    ]
    assert reads == [["MUG"], ["MUG", "CUP"]]

    _changed(shop, "UPDATE product SET price = 999 WHERE sku = 'MUG'")

    assert [_total(storefront, "CUP", "MUG"), _total(storefront, "MUG"), _total(storefront, "CUP")] == [1299, 999, 300]
    assert reads[2:] == [["CUP", "MUG"]]
    assert one(shop.services, "SELECT array_agg(list_price ORDER BY id) FROM line_item WHERE sku = 'MUG'") == [
        *[1000] * 3,
        *[999] * 2,
    ]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE product SET active = false WHERE sku = 'MUG'", "not_sold"),
        ("UPDATE product SET price = NULL, currency = NULL WHERE sku = 'MUG'", "no_price"),
        ("UPDATE product SET sku = 'TIN' WHERE sku = 'MUG'", "unknown_sku"),
        ("UPDATE market SET payment_methods = '[\"manual\"]' WHERE code = 'DE'", "payment_method_unavailable"),
        ("UPDATE market SET code = 'AT' WHERE code = 'DE'", "unknown_market"),
    ],
)
def test_what_is_remembered_sells_nothing_that_is_not_sold_any_more(
    shop: Shop, storefront: Caller, statement: str, code: str
) -> None:
    shop.sells("MUG", price=1000, A=9)
    assert _total(storefront, "MUG") == 1000
    _changed(shop, statement)
    before = contents(shop.services)

    for _ in range(2):
        refused = storefront.post("/v1/checkouts", a_checkout(("MUG", 1)))
        assert (refused.status_code, refused.json["type"]) == (422, f"/problems/{code}")

    assert contents(shop.services) == before


def test_what_is_remembered_refuses_nothing_that_is_possible_by_now(
    shop: Shop, storefront: Caller, reads: list[list[str]]
) -> None:
    product = shop.sells("MUG", price=1000, A=9)
    assert _total(storefront, "MUG") == 1000
    _changed(shop, f"UPDATE product SET price = 100 WHERE id = {product}")
    too_much = a_checkout(("MUG", 1), discount=pence(101))
    assert storefront.post("/v1/checkouts", too_much).json["type"] == "/problems/discount_too_large"

    _changed(shop, f"UPDATE product SET price = 101 WHERE id = {product}")

    assert _total(storefront, "MUG", discount=pence(101)) == 0
    assert len(reads) == 3


def test_a_repeat_after_a_change_gets_the_answer_of_the_first(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", price=1000, A=9)
    first = storefront.post("/v1/checkouts", a_checkout(("MUG", 1)), key="once")
    _changed(shop, "UPDATE product SET active = false WHERE sku = 'MUG'")

    again = storefront.post("/v1/checkouts", a_checkout(("MUG", 1)), key="once")

    assert (again.status_code, again.json) == (202, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert rows(shop.services, "SELECT count(*) FROM purchase_order") == [(1,)]


def test_what_denies_a_shortage_and_charges_that_are_no_product_go_by_memory_too(
    shop: Shop, storefront: Caller, reads: list[list[str]]
) -> None:
    shop.sells("RARE", price=1000, when_short="deny", A=1)
    wrap = {"sku": "WRAP", "quantity": 1, "price": pence(200), "name": "Gift wrap", "manual": True}
    assert [storefront.post("/v1/checkouts", a_checkout(wrap)).status_code for _ in range(2)] == [202, 202]
    assert reads == [["WRAP"]]

    def sold() -> int:
        return storefront.post("/v1/checkouts", a_checkout(("RARE", 1))).status_code

    assert [sold(), sold()] == [202, 409]
    _changed(shop, "UPDATE product SET when_short = 'backorder' WHERE sku = 'RARE'")
    assert sold() == 202
    assert shop.stock("RARE") == (1, 1)


def test_no_more_products_are_remembered_than_were_asked_for(shop: Shop) -> None:
    skus = ["A", "B", "C"]
    for sku in skus:
        shop.sells(sku)
    memory = CatalogMemory(most=2)
    carts = [Checkout("DE", [CheckoutLine(sku, 1)]) for sku in skus]
    with shop.services.transaction() as session:
        for cart in carts:
            memory.keep("DE", read_catalog(session, cart))

    assert [memory.recall(cart) is not None for cart in carts] == [False, False, True]
