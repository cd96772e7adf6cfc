"""
What a process remembers of the catalog from one checkout to the next.

Nothing is placed by what is remembered alone: the statement that places finds out whether each row is still the one that
was read. So nobody needs to tell a process of a change, and none is ever overlooked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fulfillment.catalog.models import Market, Product
from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.price import Catalog, CatalogProduct
from fulfillment.db.write import Unchanged

_MOST_PRODUCTS: Final = 10_000


class CatalogMemory:
    """Markets, and the products that were sold last; of one process and one database."""

    def __init__(self, *, most: int = _MOST_PRODUCTS) -> None:
        """Remember at `most` so many products."""
        self._most = most
        self._markets: dict[str, Catalog] = {}
        self._products: dict[str, CatalogProduct] = {}

    def recall(self, checkout: Checkout) -> Catalog | None:
        """Give the catalog of a checkout, with what must be unchanged for it to count; None where any of it is not known."""
        market = self._markets.get(checkout.market)
        if market is None:
            return None
        products: dict[str, CatalogProduct] = {}
        for line in checkout.lines:
            if not line.manual:
                if (product := self._products.get(line.sku)) is None:
                    return None
                products[line.sku] = product
        unchanged = [Unchanged(Market, [(market.market_id, market.written_by)])]
        if products:
            unchanged.append(Unchanged(Product, [(each.id, each.written_by) for each in products.values()]))
        return replace(market, products=products, unchanged=unchanged)

    def keep(self, market: str, catalog: Catalog) -> None:
        """Remember what was just read for this market, in place of what was known of it."""
        if len(self._products) + len(catalog.products) > self._most:
            self._products = {}
        self._markets[market] = replace(catalog, products={})
        self._products.update(catalog.products)
