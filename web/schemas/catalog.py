"""Products and warehouses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from fulfillment.catalog.models import WhenShort
from fulfillment.catalog.products import NewProduct
from fulfillment.catalog.warehouses import NewWarehouse
from web.schemas.base import Answer, Code, Flag, Money, MoneyOut, Sent, Sku, Text

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""Names of articles hold all sorts of numbers: no check for card numbers."""


class ProductIn(Sent):
    """
    One SKU. `price` is a proposal: an order keeps the price it was placed at.

    `when_short`: `backorder` takes the order and lets it wait, `deny` refuses it where the units are not there.
    """

    sku: Sku
    name: Name
    description: Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")] = ""
    price: Money | None = None
    needs_shipping: Flag = True
    when_short: Literal["backorder", "deny"] = "backorder"

    def as_product(self) -> NewProduct:
        """Give what the domain takes."""
        return NewProduct(
            sku=self.sku,
            name=self.name,
            description=self.description,
            price=None if self.price is None else self.price.amount,
            currency=None if self.price is None else self.price.currency,
            needs_shipping=self.needs_shipping,
            when_short=WhenShort(self.when_short),
        )


class ProductsIn(Sent):
    """Products that are added together, all or none. A single product may be sent as it is, without the list."""

    products: Annotated[list[ProductIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="before")
    @classmethod
    def _single_product(cls, sent: Any) -> Any:
        return {"products": [sent]} if isinstance(sent, dict) and "products" not in sent else sent


class ProductOut(Answer):
    """One SKU. The floor sees no price."""

    sku: str
    name: str
    description: str
    price: MoneyOut | None
    needs_shipping: bool
    when_short: str


class ProductsOut(Answer):
    """A page of products, by SKU."""

    products: list[ProductOut]
    next: str | None


class AddedOut(Answer):
    """How many were new; the others were there already, just like this."""

    added: int
    unchanged: int


class WarehouseIn(Sent):
    """A place that ships. The lowest priority is tried first; no two have the same."""

    code: Code
    name: Text
    priority: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    allows_confirm_all: Flag = True

    def as_warehouse(self) -> NewWarehouse:
        """Give what the domain takes."""
        return NewWarehouse(**self.model_dump())


class WarehouseOut(Answer):
    """A place that ships."""

    code: str
    name: str
    priority: int
    allows_confirm_all: bool


class WarehousesOut(Answer):
    """A page of warehouses, by code."""

    warehouses: list[WarehouseOut]
    next: str | None
