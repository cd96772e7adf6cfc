"""The cart of a visitor: how many of what, kept in the signed cookie of the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from flask import session

from fulfillment.client.answers import Money, Product
from fulfillment.client.shop import Shop

MOST_PIECES: Final = 99


@dataclass(frozen=True, slots=True)
class CartLine:
    """Pieces of one product, and what they cost together."""

    product: Product
    quantity: int
    amount: Money


def pieces() -> dict[str, int]:
    """Give the SKUs in the cart with their pieces."""
    return dict(session.get("cart", {}))


def put(sku: str, quantity: int) -> None:
    """Have so many pieces of a product in the cart; none takes it out. A cart that changes is another order."""
    cart = pieces()
    cart.pop(sku, None)
    if quantity > 0:
        cart[sku] = min(quantity, MOST_PIECES)
    session["cart"] = cart
    session["key"] = uuid4().hex


def empty() -> None:
    """Begin a new cart."""
    session.pop("cart", None)
    session.pop("key", None)


def key() -> str:
    """Give the idempotency key of this cart: however often it is sent, it is one order."""
    return str(session.setdefault("key", uuid4().hex))


def lines(shop: Shop) -> list[CartLine]:
    """Give the lines of the cart at today's prices."""
    found = []
    for sku, quantity in pieces().items():
        product = shop.product(sku)
        if product.price is not None:
            found.append(CartLine(product, quantity, Money(product.price.amount * quantity, product.price.currency)))
    return found


def total(of: list[CartLine]) -> Money | None:
    """Give what all lines cost together; None for no lines."""
    return Money(sum(line.amount.amount for line in of), of[0].amount.currency) if of else None
