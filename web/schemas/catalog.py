"""Products and warehouses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.catalog.models import WhenShort
from fulfillment.catalog.products import NewProduct
from fulfillment.catalog.warehouses import NewWarehouse
from web.schemas.base import (
    NO_OTHER_NAMES,
    SAYS_SOMETHING,
    Answer,
    Code,
    Country,
    Flag,
    Moment,
    Money,
    MoneyOut,
    Page,
    Sent,
    ShortText,
    Sku,
    Text,
)

Name = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=255, strip_whitespace=True, pattern=r"^ *[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
    ),
]
"""Names of articles hold all sorts of numbers: no check for card numbers."""


Description = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")]


def _each_once(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("named_twice", "a value is named twice")
    return values


OptionName = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True), SAYS_SOMETHING]
OptionList = Annotated[list[ShortText], Field(min_length=1, max_length=200), AfterValidator(_each_once)]


class ProductIn(Sent):
    """
    One SKU. `price` is a proposal: an order keeps the price it was placed at.

    `when_short`: `backorder` takes the order and lets it wait, `deny` refuses it where the units are not there. A product with
    `options` is ordered as one of its variants, which name it in `variant_of` and have a value per option.
    """

    sku: Sku
    name: Name
    description: Description = ""
    price: Money | None = None
    needs_shipping: Flag = True
    when_short: Literal["backorder", "deny"] = "backorder"
    available_from: Moment | None = None
    active: Flag = True
    options: Annotated[dict[OptionName, OptionList], Field(min_length=1, max_length=20), NO_OTHER_NAMES] | None = None
    variant_of: Sku | None = None
    option_values: Annotated[dict[OptionName, ShortText], Field(min_length=1, max_length=20), NO_OTHER_NAMES] | None = (
        None
    )

    @model_validator(mode="after")
    def _parent_or_variant(self) -> ProductIn:
        if (self.variant_of is None) != (self.option_values is None):
            raise PydanticCustomError("variant", "a variant names variant_of and option_values, both")
        if self.options is not None and self.variant_of is not None:
            raise PydanticCustomError("variant", "a variant has no options of its own")
        return self

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
            active=self.active,
            available_from=self.available_from,
            options=self.options,
            variant_of=self.variant_of,
            option_values=self.option_values,
        )


class ProductChangeIn(Sent):
    """What is to be changed of a product; what is left out stays. With `active: false` it is no longer sold; `available_from: null` sells it now."""

    name: Name | None = None
    description: Description | None = None
    price: Money | None = None
    when_short: Literal["backorder", "deny"] | None = None
    available_from: Moment | None = None
    active: Flag | None = None

    @model_validator(mode="after")
    def _something(self) -> ProductChangeIn:
        said = self.model_fields_set
        if not said or any(getattr(self, name) is None for name in said - {"available_from"}):
            raise PydanticCustomError("nothing_to_change", "name what is to be changed, and say what it becomes")
        return self

    def changes(self) -> dict[str, Any]:
        """Give what the domain takes: what was sent, by name."""
        sent = self.model_dump(exclude_unset=True, exclude={"price"})
        return sent if self.price is None else {**sent, "price": self.price.amount, "currency": self.price.currency}


class ProductsQuery(Page):
    """`q` is a part of SKU, name or description, with three characters or more. Prices are those of the `market`."""

    q: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    market: Code | None = None


class ProductsIn(Sent):
    """Products that are added together, all or none. A single product may be sent as it is, without the list."""

    products: Annotated[list[ProductIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="before")
    @classmethod
    def _single_product(cls, sent: Any) -> Any:
        return {"products": [sent]} if isinstance(sent, dict) and "products" not in sent else sent


class ProductOut(Answer):
    """
    One SKU. The floor sees no price.

    `available` are the pieces over all warehouses that nobody was promised. One that is not `active` is no longer sold.
    """

    sku: str
    name: str
    description: str
    price: MoneyOut | None
    needs_shipping: bool
    when_short: str
    available_from: str | None
    active: bool
    available: int
    options: dict[str, list[str]] | None
    variant_of: str | None
    option_values: dict[str, str] | None


class VariantOut(Answer):
    """One of a product's variants."""

    sku: str
    name: str
    option_values: dict[str, str]
    price: MoneyOut | None
    active: bool
    available: int


class ProductWithVariantsOut(ProductOut):
    """A product, and the variants that it is ordered as where it has options."""

    variants: list[VariantOut]


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
    country: Country | None = None
    region: ShortText | None = None
    postal_code: ShortText | None = None

    def as_warehouse(self) -> NewWarehouse:
        """Give what the domain takes."""
        return NewWarehouse(**self.model_dump())


class WarehouseChangeIn(Sent):
    """What is to be changed of a warehouse; what is left out stays, and null takes away where it is."""

    name: Text | None = None
    allows_confirm_all: Flag | None = None
    country: Country | None = None
    region: ShortText | None = None
    postal_code: ShortText | None = None

    @model_validator(mode="after")
    def _something(self) -> WarehouseChangeIn:
        said = self.model_fields_set
        if not said or any(getattr(self, name) is None for name in said & {"name", "allows_confirm_all"}):
            raise PydanticCustomError("nothing_to_change", "name what is to be changed, and say what it becomes")
        return self

    def changes(self) -> dict[str, Any]:
        """Give what the domain takes: what was sent, by name."""
        return self.model_dump(exclude_unset=True)


class WarehouseOut(Answer):
    """A place that ships."""

    code: str
    name: str
    priority: int
    allows_confirm_all: bool
    country: str | None
    region: str | None
    postal_code: str | None


class WarehousesOut(Answer):
    """A page of warehouses, by code."""

    warehouses: list[WarehouseOut]
    next: str | None
