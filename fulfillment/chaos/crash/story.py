"""What a story is, and what must be there before the first of them happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fulfillment.chaos.crash.desk import Desk, Order, pounds
from fulfillment.chaos.expected import Expected
from fulfillment.client.store import CURRENCY, MARKET, PRICE, WAREHOUSE, Store, stock_up

PLENTY: Final = "CRASH-PLENTY"
DIGITAL: Final = "CRASH-DIGITAL"
POST: Final = "CRASH-POST"
"""The shipping method by which parcels get labels."""

COURIER: Final = "CRASH-COURIER"
"""One by which they do not."""

CARRIER: Final = {"code": "simulated", "services": ["standard", "express"]}
"""What the first is bound to."""

BY_HAND: Final = "CRASH-BY-HAND"
"""The market in which a person releases."""

Ends = dict[str, Expected]
Story = Callable[[Desk], Ends]

RECEIVED: Final = "order_received"
_ALL: Final = 1_000_000
SHIPPING: Final = 395


def open_for_stories(store: Store) -> None:
    """Add what the stories need to a store that has opened."""
    stock_up(store, [PLENTY], units=_ALL)
    with store.admin() as admin:
        admin.post("/v1/markets", {"code": BY_HAND, "name": "By hand", "currency": CURRENCY}).expect(200, 201)
        nothing_to_ship = {**product(DIGITAL), "needs_shipping": False}
        admin.post("/v1/products", {"products": [nothing_to_ship]}).expect(200, 201)


def open_for_parcels(store: Store) -> None:
    """Add what stories of parcels need: a method that goes by the simulated carrier, and a market that tells of parcels."""
    with store.admin() as admin:
        tells = {"mails_delivery": True, "mails_delivery_problems": True}
        admin.patch(f"/v1/markets/{MARKET}", tells).expect(200)
        admin.patch(f"/v1/warehouses/{WAREHOUSE}", {"country": "GB", "postal_code": "EH6 6AA"}).expect(200)
        price = {"market": MARKET, "price": pounds(SHIPPING)}
        for code in (POST, COURIER):
            admin.post("/v1/shipping-methods", {"code": code, "name": code, "prices": [price]}).expect(200, 201)
        admin.patch(f"/v1/shipping-methods/{POST}", {"carrier": CARRIER}).expect(200)


def ends(order: Order, status: str, payment_status: str, pieces: int, money: str, *mails: str) -> Ends:
    """Say how an order of one total ends. Each movement of `money` is of the whole total."""
    moved = tuple((operation, order.told.total) for operation in money.split())
    return {order.told.number: Expected(status, payment_status, pieces, moved, mails)}


def product(sku: str) -> dict[str, object]:
    """Give a product as the API takes it."""
    return {"sku": sku, "name": f"Product {sku}", "price": {"amount": PRICE, "currency": CURRENCY}}
