"""A promotion as an order meets it: what it gives, and to whom. Plain values; amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

WHOLE: Final = 10_000
"""All of it, in basis points: hundredths of a percent."""


class Kind(StrEnum):
    """What a promotion gives."""

    ITEM = "item"
    """It brings line items of its own, each with its discount (LI4)."""
    ORDER_DISCOUNT = "order_discount"
    """It takes a share or an amount off all lines together (LI6)."""
    FREE_SHIPPING = "free_shipping"
    """The order ships for nothing (LI6)."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """What is taken off: a share in basis points, or an amount. Never more than there is to take from."""

    percent: int | None = None
    amount: int | None = None

    def of(self, net: int) -> int:
        """Give what is taken off this amount; shares are rounded down."""
        if self.percent is not None:
            return net * self.percent // WHOLE
        return min(self.amount or 0, net)


@dataclass(frozen=True, slots=True)
class TiedItem:
    """
    Pieces that come with an item promotion, and what is taken off them together.

    `price` is the catalog's for one piece; None where the product is gone or is not sold in the market's currency.
    """

    sku: str
    quantity: int
    reduction: Reduction
    name: str = ""
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """
    A promotion, and how often it was used: by all, and by the customer who asks.

    It counts from `starts_at` on and until just before `ends_at`. `markets` are codes; empty means all.
    """

    id: int
    code: str
    kind: Kind
    reduction: Reduction = Reduction()
    items: Sequence[TiedItem] = ()
    currency: str | None = None
    minimum_amount: int = 0
    markets: Sequence[str] = ()
    active: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    use_limit: int | None = None
    use_limit_per_customer: int | None = None
    uses: int = 0
    uses_by_customer: int = 0


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """
    A line that is to be discounted: a price per piece, a discount of its own, and the code of the promotion it came with.

    `key` is how the caller knows it again.
    """

    key: int
    sku: str
    quantity: int
    price: int
    discount: int = 0
    promotion: str | None = None

    @property
    def net(self) -> int:
        """What is left to take from."""
        return self.price * self.quantity - self.discount


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where, when and for whom codes are to count."""

    market: str
    currency: str
    at: datetime
    customer_email: str | None = None
