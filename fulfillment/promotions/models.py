"""Promotions, and which orders used them. Amounts are minor units, percentages basis points."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.promotions.offer import WHOLE, Kind


class Promotion(Base):
    """
    A code and what it gives. `items` are those an item promotion brings: sku, quantity, and percent or amount.

    `uses` counts the orders that use it, under the lock of this row; `fulfillment check` compares it. Without markets it
    counts in all of them.
    """

    __tablename__ = "promotion"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    percent: Mapped[int | None]
    amount: Mapped[int | None]
    currency: Mapped[str | None]
    items: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    minimum_amount: Mapped[int] = mapped_column(server_default="0")
    markets: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    active: Mapped[bool] = mapped_column(server_default="true")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    use_limit: Mapped[int | None]
    use_limit_per_customer: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        Index("promotion_code", text("lower(code)"), unique=True),
        CheckConstraint(one_of("kind", Kind), name="kind_known"),
        CheckConstraint(
            "CASE kind WHEN 'order_discount' THEN (percent IS NULL) <> (amount IS NULL)"
            " ELSE percent IS NULL AND amount IS NULL END",
            name="kind_fits_value",
        ),
        CheckConstraint("(kind = 'item') = (jsonb_array_length(items) > 0)", name="kind_fits_items"),
        CheckConstraint(f"percent BETWEEN 1 AND {WHOLE}", name="percent_possible"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("minimum_amount >= 0", name="minimum_amount_not_negative"),
        CheckConstraint("currency IS NOT NULL OR amount IS NULL AND minimum_amount = 0", name="amounts_have_currency"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("use_limit > 0", name="use_limit_positive"),
        CheckConstraint("use_limit_per_customer > 0", name="use_limit_per_customer_positive"),
        CheckConstraint("uses >= 0 AND (use_limit IS NULL OR uses <= use_limit)", name="uses_at_most_limit"),
    )


class PromotionUse(Base):
    """An order used a promotion, for what it gave. Given back, it counts no more."""

    __tablename__ = "promotion_use"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"))
    customer_email: Mapped[str | None]
    amount: Mapped[int]
    used_at: Mapped[datetime]
    given_back_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index(
            "promotion_use_once_per_order",
            "order_id",
            "promotion_id",
            unique=True,
            postgresql_where=text("given_back_at IS NULL"),
        ),
        Index(
            "promotion_use_customer",
            "promotion_id",
            text("lower(customer_email)"),
            postgresql_where=text("given_back_at IS NULL"),
        ),
    )
