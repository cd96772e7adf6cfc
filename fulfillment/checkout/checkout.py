"""What a storefront posts: a whole checkout. Amounts are minor units of the market's currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """
    A SKU times a quantity. `discount` and `tax` are of the whole line.

    Without a `price` the catalog's is taken. A `manual` line is a charge that is no product: it needs name and price.
    """

    sku: str
    quantity: int
    price: int | None = None
    name: str | None = None
    manual: bool = False
    discount: int = 0
    tax: int = 0


@dataclass(frozen=True, slots=True)
class CheckoutPayment:
    """A card, by the gateway's token. Without an `amount` the only payment takes the whole total."""

    token: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """Everything an order is made of. `discount` and `tax` are the order's, beside those of its lines."""

    market: str
    lines: Sequence[CheckoutLine]
    payments: Sequence[CheckoutPayment] = ()
    customer_name: str | None = None
    customer_email: str | None = None
    ship_to: Mapping[str, Any] | None = None
    bill_to: Mapping[str, Any] | None = None
    shipping_method: str | None = None
    reference: str | None = None
    shipping: int = 0
    discount: int = 0
    tax: int = 0
    priority: int = 0
