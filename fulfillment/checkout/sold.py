"""What may be ordered: products that are sold, and of those with options a variant (LI3, AD9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from fulfillment.db.driver import fetch
from fulfillment.db.session import Executor
from fulfillment.kernel.errors import Invalid

_VARIANTS: Final = """
SELECT sku FROM product WHERE variant_of = %(id)s AND active ORDER BY sku LIMIT 50
"""


class Named(Protocol):
    """A product of the catalog."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def sku(self) -> str:
        """Its SKU."""
        ...

    @property
    def active(self) -> bool:
        """Whether it is sold."""
        ...

    @property
    def has_options(self) -> bool:
        """Whether it is sold as one of its variants."""
        ...


def refuse_what_is_not_sold(executor: Executor, products: Iterable[Named]) -> None:
    """Raise Invalid for a product that is no longer sold, or whose options were not chosen; that names its variants."""
    for product in products:
        if not product.active:
            raise Invalid(
                f"{product.sku} is no longer sold",
                code="not_sold",
                guard="product_sold",
                remedy="leave it out, or look for another one: GET /v1/products?q=",
                members={"sku": product.sku},
            )
        if product.has_options:
            variants = [row.sku for row in fetch(executor, _VARIANTS, {"id": product.id})]
            raise Invalid(
                f"{product.sku} has options: one of its variants must be chosen",
                code="options_not_chosen",
                guard="options_chosen",
                remedy=f"choose one of: {', '.join(variants)}" if variants else "add a variant: POST /v1/products",
                members={"sku": product.sku, "variants": variants},
            )
