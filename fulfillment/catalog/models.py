"""What is sold, where, and from which shelves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db import trigrams  # noqa: F401 - the function by which a column is generated
from fulfillment.db.base import Base, one_of


class WhenShort(StrEnum):
    """What a checkout does when the units are not there."""

    BACKORDER = "backorder"
    """The order is taken and waits for stock."""
    DENY = "deny"
    """The placing transaction reserves the units, or the checkout is refused."""


class Turn(StrEnum):
    """Which payments of an order bear first what is taken or given back (PY6)."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class ReturnShipping(StrEnum):
    """When the shipping is paid back with goods that come back."""

    NEVER = "never"
    WHOLE_ORDER = "whole_order"
    """Once everything that was shipped has come back."""
    OUR_FAULT = "our_fault"
    """With those pieces that come back for a reason that is ours."""


class Buys(StrEnum):
    """When the label of a parcel is bought."""

    ON_REQUEST = "on_request"
    """When somebody asks for it."""
    WHEN_PACKED = "when_packed"
    """As soon as its shipment is packed whole and it is weighed."""


class Market(Base):
    """A place of business: its currency, and how its orders are treated."""

    __tablename__ = "market"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    currency: Mapped[str]
    releases_automatically: Mapped[bool] = mapped_column(server_default="false")
    unpaid_after_seconds: Mapped[int] = mapped_column(server_default="86400")
    carts_kept_seconds: Mapped[int] = mapped_column(server_default="7776000")
    reserves_for_seconds: Mapped[int] = mapped_column(server_default="600")
    tax_rate: Mapped[int] = mapped_column(server_default="0")
    payment_methods: Mapped[list[str]] = mapped_column(server_default=text("""'["card", "manual"]'"""))
    capture_order: Mapped[str] = mapped_column(server_default=Turn.OLDEST_FIRST)
    refund_order: Mapped[str] = mapped_column(server_default=Turn.NEWEST_FIRST)
    hold_rules: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    sourcing: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    splits: Mapped[str] = mapped_column(server_default="never")
    fills_greedily: Mapped[bool] = mapped_column(server_default="false")
    mails_delivery: Mapped[bool] = mapped_column(server_default="false")
    mails_delivery_problems: Mapped[bool] = mapped_column(server_default="false")
    parcels_silent_after_days: Mapped[int] = mapped_column(server_default="7")
    return_days: Mapped[int] = mapped_column(server_default="30")
    return_expires_days: Mapped[int] = mapped_column(server_default="30")
    return_fee: Mapped[int] = mapped_column(server_default="0")
    return_shipping: Mapped[str] = mapped_column(server_default=ReturnShipping.OUR_FAULT)
    returns_by_storefront: Mapped[bool] = mapped_column(server_default="false")
    exchanges_goods_first: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        CheckConstraint("unpaid_after_seconds > 0", name="unpaid_after_positive"),
        CheckConstraint("carts_kept_seconds > 0", name="carts_kept_positive"),
        CheckConstraint("reserves_for_seconds > 0", name="reserves_for_positive"),
        CheckConstraint("tax_rate BETWEEN 0 AND 10000", name="tax_rate_at_most_whole"),
        CheckConstraint("jsonb_typeof(payment_methods) = 'array'", name="payment_methods_listed"),
        CheckConstraint(one_of("capture_order", Turn), name="capture_order_known"),
        CheckConstraint(one_of("refund_order", Turn), name="refund_order_known"),
        CheckConstraint("jsonb_typeof(hold_rules) = 'array'", name="hold_rules_listed"),
        CheckConstraint("jsonb_typeof(sourcing) = 'array'", name="sourcing_listed"),
        CheckConstraint("parcels_silent_after_days BETWEEN 0 AND 365", name="parcels_silent_within_a_year"),
        CheckConstraint("splits IN ('never', 'warehouses', 'available')", name="splits_known"),
        CheckConstraint("return_days >= 0 AND return_expires_days > 0", name="return_days_not_negative"),
        CheckConstraint("return_fee BETWEEN 0 AND 10000", name="return_fee_at_most_whole"),
        CheckConstraint(one_of("return_shipping", ReturnShipping), name="return_shipping_known"),
    )


class ShippingMethod(Base):
    """A way to ship, as it is chosen for each address (AD4). Orders keep its code as text."""

    __tablename__ = "shipping_method"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")


class ShippingPrice(Base):
    """What a method costs in a market, in minor units of its currency. Without a row it is not offered there."""

    __tablename__ = "shipping_price"

    shipping_method_id: Mapped[int] = mapped_column(
        ForeignKey("shipping_method.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    market_id: Mapped[int] = mapped_column(ForeignKey("market.id"), primary_key=True, autoincrement=False, index=True)
    price: Mapped[int]
    free_from: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("free_from >= 0", name="free_from_not_negative"),
    )


class ShippingCarrier(Base):
    """
    The carrier that sells the labels of a shipping method, and by which of its `services`: of several the cheapest.

    `buys` says whether labels are bought by themselves; with `label_required` nothing leaves without one.
    """

    __tablename__ = "shipping_carrier"

    method: Mapped[str] = mapped_column(ForeignKey("shipping_method.code", ondelete="CASCADE"), primary_key=True)
    carrier: Mapped[str]
    services: Mapped[list[Any]]
    buys: Mapped[str]
    label_required: Mapped[bool]

    __table_args__ = (
        CheckConstraint(one_of("buys", Buys), name="buys_known"),
        CheckConstraint("jsonb_array_length(services) > 0", name="has_services"),
    )


class Warehouse(Base):
    """A place that ships. The lowest `priority` is tried first when stock is assigned."""

    __tablename__ = "warehouse"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    priority: Mapped[int] = mapped_column(unique=True)
    allows_confirm_all: Mapped[bool] = mapped_column(server_default="true")
    country: Mapped[str | None]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]


class Product(Base):
    """
    One SKU. Its price is a proposal: an order keeps the price it was placed at.

    One with `options` is not ordered itself, but as a variant of it, which has a value per option (LI3).
    """

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    price: Mapped[int | None]
    currency: Mapped[str | None]
    needs_shipping: Mapped[bool] = mapped_column(server_default="true")
    when_short: Mapped[str] = mapped_column(server_default=WhenShort.BACKORDER)
    available_from: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    options: Mapped[dict[str, Any] | None]
    variant_of: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    option_values: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    trigrams: Mapped[list[str]] = mapped_column(
        ARRAY(Text), Computed("text_trigrams(sku::text || chr(10) || name::text || chr(10) || description::text)", True)
    )

    __table_args__ = (
        CheckConstraint(one_of("when_short", WhenShort), name="when_short_known"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("(price IS NULL) = (currency IS NULL)", name="price_has_currency"),
        CheckConstraint("(variant_of IS NULL) = (option_values IS NULL)", name="variant_has_values"),
        CheckConstraint("options IS NULL OR variant_of IS NULL", name="no_variants_of_variants"),
        UniqueConstraint("variant_of", "option_values"),
        Index("product_trigrams", "trigrams", postgresql_using="gin"),
    )


class ProductBarcode(Base):
    """A code that is printed on a product, beside its SKU: a scan of either finds it."""

    __tablename__ = "product_barcode"

    code: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
