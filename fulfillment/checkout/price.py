"""What an order costs, to the last minor unit: totals, and each line's share of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fulfillment.catalog.models import WhenShort
from fulfillment.checkout.checkout import Checkout, CheckoutLine
from fulfillment.db.driver import fetch
from fulfillment.db.session import Executor
from fulfillment.kernel.errors import Invalid
from fulfillment.kernel.money import prorate

_CATALOG: Final = """
SELECT m.id AS market_id, m.currency AS market_currency,
       p.id, p.sku, p.name, p.price, p.currency, p.needs_shipping, p.when_short
  FROM market m LEFT JOIN product p ON p.sku = ANY (CAST(%(skus)s AS text[])) WHERE m.code = %(market)s
"""


@dataclass(frozen=True, slots=True)
class CatalogProduct:
    """What a checkout needs to know of a product."""

    id: int
    sku: str
    name: str
    price: int | None
    currency: str | None
    needs_shipping: bool
    denies_shortage: bool


@dataclass(frozen=True, slots=True)
class Catalog:
    """The market of a checkout and the products it names."""

    market_id: int
    currency: str
    products: Mapping[str, CatalogProduct]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its shares of what the order bears as a whole. `amount` is what the customer pays for it, less shipping."""

    line: CheckoutLine
    product: CatalogProduct | None
    name: str
    price: int
    discount: int
    tax: int

    @property
    def amount(self) -> int:
        """The whole line: price times quantity, less discount, plus tax."""
        return self.price * self.line.quantity - self.discount + self.tax

    @property
    def needs_shipping(self) -> bool:
        """A charge that is no product never needs any."""
        return self.product is not None and self.product.needs_shipping


@dataclass(frozen=True, slots=True)
class Priced:
    """A checkout's totals and lines: total = items - discount + shipping + tax."""

    lines: Sequence[PricedLine]
    items: int
    discount: int
    shipping: int
    tax: int

    @property
    def total(self) -> int:
        """What the customer pays in all."""
        return self.items - self.discount + self.shipping + self.tax


def read_catalog(executor: Executor, checkout: Checkout) -> Catalog:
    """Look up the market and the products; raise Invalid for a market or a SKU that does not exist."""
    skus = sorted({line.sku for line in checkout.lines if not line.manual})
    parameters = {"skus": skus, "market": checkout.market}
    rows = fetch(executor, _CATALOG, parameters)
    if not rows:
        raise Invalid(f"no market {checkout.market}", code="unknown_market", members={"market": checkout.market})
    products = {
        row.sku: CatalogProduct(
            row.id, row.sku, row.name, row.price, row.currency, row.needs_shipping, row.when_short == WhenShort.DENY
        )
        for row in rows
        if row.id is not None
    }
    if missing := [sku for sku in skus if sku not in products]:
        raise Invalid(
            f"no product {', '.join(missing[:10])}",
            code="unknown_sku",
            remedy="add the product first, or mark the line as manual",
            members={"skus": missing},
        )
    return Catalog(rows[0].market_id, rows[0].market_currency, products)


def price(checkout: Checkout, catalog: Catalog) -> Priced:
    """
    Price every line and share the order's own discount and tax out over them, to the last minor unit.

    Raises Invalid for a line without a price, or a discount larger than what it is taken from.
    """
    prices = [_price(line, catalog) for line in checkout.lines]
    gross = [price * line.quantity for price, line in zip(prices, checkout.lines, strict=True)]
    net = [amount - line.discount for amount, line in zip(gross, checkout.lines, strict=True)]
    if any(amount < 0 for amount in net) or checkout.discount > sum(net):
        raise Invalid("a discount is larger than what it is taken from", code="discount_too_large")
    discounts, taxes = prorate(checkout.discount, net), prorate(checkout.tax, net)
    lines = []
    for n, line in enumerate(checkout.lines):
        product = None if line.manual else catalog.products[line.sku]
        name = line.name or (product.name if product is not None else line.sku)
        lines.append(PricedLine(line, product, name, prices[n], line.discount + discounts[n], line.tax + taxes[n]))
    return Priced(
        lines,
        items=sum(gross),
        discount=sum(line.discount for line in lines),
        shipping=checkout.shipping,
        tax=sum(line.tax for line in lines),
    )


def _price(line: CheckoutLine, catalog: Catalog) -> int:
    if line.price is not None:
        return line.price
    product = None if line.manual else catalog.products[line.sku]
    if product is None or product.price is None:
        raise Invalid(f"{line.sku} has no price", code="no_price", remedy="send the line's price")
    if product.currency != catalog.currency:
        raise Invalid(
            f"{line.sku} is priced in {product.currency}, the market sells in {catalog.currency}",
            code="currency_mismatch",
            remedy="send the line's price",
        )
    return product.price
