"""What an order costs, to the last minor unit: totals, and each line's share of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from fulfillment.catalog.hold_rules import HoldRule, rules_from
from fulfillment.catalog.models import WhenShort
from fulfillment.checkout.checkout import Checkout, CheckoutLine, LinePart
from fulfillment.checkout.sold import refuse_what_is_not_sold
from fulfillment.db.driver import fetch
from fulfillment.db.session import Executor
from fulfillment.db.write import Unchanged
from fulfillment.kernel.errors import Invalid
from fulfillment.kernel.immutable import immutable
from fulfillment.kernel.money import MOST_AMOUNT, prorate, prorate_with_own

_MOST_KEPT: Final = 2**63 - 1
"""Minor units that the database keeps as one amount."""

_CATALOG: Final = """
SELECT m.id AS market_id, m.xmin::text AS market_written_by, m.currency AS market_currency, m.hold_rules, m.payment_methods,
       nullif(m.sourcing, '[]') AS sourcing,
       p.id, p.xmin::text AS written_by, p.sku, p.name, p.price, p.currency, p.needs_shipping, p.when_short, p.active, p.available_from,
       p.options IS NOT NULL AS has_options
  FROM market m LEFT JOIN product p ON p.sku = ANY (CAST(%(skus)s AS text[])) WHERE m.code = %(market)s
"""


@immutable
class CatalogProduct:
    """What a checkout needs to know of a product."""

    id: int
    sku: str
    name: str
    price: int | None
    currency: str | None
    needs_shipping: bool
    denies_shortage: bool
    active: bool = True
    has_options: bool = False
    """Then it is not ordered itself, but as one of its variants (LI3)."""
    available_from: datetime | None = None
    """Before, it is pre-ordered (SH1)."""
    written_by: str = ""
    """The transaction that wrote its row."""


@immutable
class Catalog:
    """The market of a checkout and the products it names."""

    market_id: int
    currency: str
    products: Mapping[str, CatalogProduct]
    hold_rules: Sequence[HoldRule] = ()
    payment_methods: Sequence[str] = ()
    sourcing: Sequence[Mapping[str, Any]] = ()
    written_by: str = ""
    """The transaction that wrote the market's row."""
    unchanged: Sequence[Unchanged] = ()
    """What must still be as it was read, where it was not read just now."""

    def sells(self, sku: str) -> bool:
        """Tell whether a product is there, sold, and ordered by this SKU: one with options is ordered as its variants (LI3)."""
        product = self.products.get(sku)
        return product is not None and product.active and not product.has_options


@immutable
class PricedLine:
    """
    Pieces of a line that go to one destination, with their shares of what line, form and order bear as a whole.

    `position` is the line's in the checkout: the parts of a split line share it. `own_discount` and `own_tax` are what of
    `discount` and `tax` was given to the line itself.
    """

    position: int
    line: CheckoutLine
    part: LinePart
    product: CatalogProduct | None
    name: str
    price: int
    discount: int
    tax: int
    own_discount: int = 0
    own_tax: int = 0

    @property
    def amount(self) -> int:
        """What the customer pays for these pieces: price times quantity, less discount, plus tax. Shipping is not in it."""
        return self.price * self.part.quantity - self.discount + self.tax

    @property
    def list_price(self) -> int | None:
        """What the catalog asks for a piece: the price that was proposed (LI2)."""
        return None if self.product is None else self.product.price

    @property
    def needs_shipping(self) -> bool:
        """A charge that is no product never needs any."""
        return self.product is not None and self.product.needs_shipping


@immutable
class Priced:
    """A checkout's totals and lines: total = items - discount + shipping + tax. `subtotals` are the forms', by key."""

    lines: Sequence[PricedLine]
    items: int
    discount: int
    shipping: int
    tax: int
    subtotals: Mapping[str, int]

    @property
    def total(self) -> int:
        """What the customer pays in all."""
        return self.items - self.discount + self.shipping + self.tax


def read_catalog(executor: Executor, checkout: Checkout) -> Catalog:
    """Look up the market and the products; raise Invalid for a market or a SKU that is not there or not sold."""
    catalog = look_up(executor, checkout)
    if missing := sorted({line.sku for line in checkout.lines if not line.manual} - catalog.products.keys()):
        raise Invalid(
            f"no product {', '.join(missing[:10])}",
            code="unknown_sku",
            remedy="add the product first, or mark the line as manual",
            members={"skus": missing},
        )
    refuse_what_is_not_sold(executor, catalog.products.values())
    return catalog


def look_up(executor: Executor, checkout: Checkout) -> Catalog:
    """Look up the market and those products that exist. Raises Invalid for a market that does not."""
    skus = sorted({line.sku for line in checkout.lines if not line.manual})
    parameters = {"skus": skus, "market": checkout.market}
    rows = fetch(executor, _CATALOG, parameters)
    if not rows:
        raise Invalid(f"no market {checkout.market}", code="unknown_market", members={"market": checkout.market})
    products = {
        row.sku: CatalogProduct(
            row.id,
            row.sku,
            row.name,
            row.price,
            row.currency,
            row.needs_shipping,
            row.when_short == WhenShort.DENY,
            row.active,
            row.has_options,
            row.available_from,
            row.written_by,
        )
        for row in rows
        if row.id is not None
    }
    market = rows[0]
    rules = rules_from(market.hold_rules)
    return Catalog(
        market.market_id,
        market.market_currency,
        products,
        rules,
        market.payment_methods,
        market.sourcing or (),
        market.market_written_by,
    )


def price(checkout: Checkout, catalog: Catalog) -> Priced:
    """
    Price every line and share the discounts and taxes of forms and order out over them, to the last minor unit.

    Raises Invalid for a line without a price, a discount larger than what it is taken from, or amounts beyond 64 bits.
    """
    prices = [price_of(line, catalog) for line in checkout.lines]
    gross = [price * line.quantity for price, line in zip(prices, checkout.lines, strict=True)]
    discounts = _discounts(checkout, gross)
    net = [amount - discount for amount, discount in zip(gross, discounts, strict=True)]
    taxes = [line.tax + tax for line, tax in zip(checkout.lines, prorate(checkout.tax, net), strict=True)]
    if sum(gross) + sum(taxes) + checkout.shipping > _MOST_KEPT:
        raise too_large(catalog.currency)
    lines: list[PricedLine] = []
    subtotals = {form.key: 0 for form in checkout.forms}
    for n, line in enumerate(checkout.lines):
        subtotals[line.form] += net[n]
        product = None if line.manual else catalog.products[line.sku]
        lines.extend(_parts_of_line(line.position or n + 1, line, product, prices[n], discounts[n], taxes[n]))
    return Priced(
        lines,
        items=sum(gross),
        discount=sum(discounts),
        shipping=checkout.shipping,
        tax=sum(taxes),
        subtotals=subtotals,
    )


def _discounts(checkout: Checkout, gross: Sequence[int]) -> list[int]:
    """Give each line's discount: its own, then its share of its form's, then of the order's."""
    discounts = [line.discount for line in checkout.lines]
    wholes: list[tuple[int, Sequence[int]]] = [
        (form.discount, [n for n, line in enumerate(checkout.lines) if line.form == form.key])
        for form in checkout.forms
        if form.discount
    ]
    if checkout.discount:
        wholes.append((checkout.discount, range(len(gross))))
    for discount, places in wholes:
        left = [gross[n] - discounts[n] for n in places]
        if any(amount < 0 for amount in left) or discount > sum(left):
            raise _discount_too_large()
        for n, share in zip(places, prorate(discount, left), strict=True):
            discounts[n] += share
    if any(discount > amount for discount, amount in zip(discounts, gross, strict=True)):
        raise _discount_too_large()
    return discounts


def too_large(currency: str) -> Invalid:
    """Say that nobody can pay so much: its authorization would be tried for a day, and never decided."""
    return Invalid(
        "the order costs more than can be paid",
        code="total_too_large",
        remedy="place it as several orders",
        members={"most": {"amount": MOST_AMOUNT, "currency": currency}},
    )


def _discount_too_large() -> Invalid:
    return Invalid("a discount is larger than what it is taken from", code="discount_too_large")


def _parts_of_line(
    position: int, line: CheckoutLine, product: CatalogProduct | None, price: int, discount: int, tax: int
) -> list[PricedLine]:
    name = line.name or (product.name if product is not None else line.sku)
    parts = line.all_parts
    if len(parts) == 1:
        return [PricedLine(position, line, parts[0], product, name, price, discount, tax, line.discount, line.tax)]
    weights = [part.quantity for part in parts]
    discounts = prorate_with_own(discount, line.discount, weights)
    taxes = prorate_with_own(tax, line.tax, weights)
    return [
        PricedLine(position, line, part, product, name, price, off, levied, own_off, own_levied)
        for part, (off, own_off), (levied, own_levied) in zip(parts, discounts, taxes, strict=True)
    ]


def price_of(line: CheckoutLine, catalog: Catalog) -> int:
    """Give what a piece of a line costs: the price it says, else the catalog's. Raises Invalid where there is none."""
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
