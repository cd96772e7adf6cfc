"""What a customer collects, before it is an order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base, one_of


class CartKind(StrEnum):
    """What it is collected for."""

    CART = "cart"
    """To be ordered. It is forgotten when nobody has touched it for the time its market says."""
    WISH_LIST = "wish_list"
    """To be kept; what is on it is ordered by way of a cart."""


class Cart(Base):
    """
    A cart or a wish list (ST1, ST7). `document` is its content, a checkout without payments.

    The customer's columns repeat what the document says, so that it is found by them. `prices` is what the catalog asked for
    each line, by position, when the line was last put in: what it asks otherwise is told. `order_id` is the order that
    the cart became; it goes with that order.
    """

    __tablename__ = "cart"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    storefront_id: Mapped[int | None]
    market_id: Mapped[int]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_name: Mapped[str | None]
    customer_email: Mapped[str | None]
    document: Mapped[dict[str, Any]]
    prices: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"), unique=True)
    converted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", CartKind), name="kind_known"),
        CheckConstraint("(order_id IS NULL) = (converted_at IS NULL)", name="converted_to_an_order"),
        CheckConstraint("kind = 'cart' OR order_id IS NULL", name="wish_lists_are_kept"),
        # Lists: the latest touched first, of all and of one storefront; the sweep takes them from the other end.
        Index("cart_updated", "updated_at", "id"),
        Index("cart_storefront", "storefront_id", "updated_at", "id"),
        Index("cart_email", text("lower(customer_email)")),
        ROOM_FOR_UPDATES,
    )
