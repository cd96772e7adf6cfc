"""What a draft holds until it is placed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class OrderDraft(Base):
    """
    The content of an order that is not placed yet: a checkout as a document. The order's row has its number and totals.

    `notices` tell what of the order that is `repeats` could not be repeated as it was. `id` is the order's. Placing removes the row.
    """

    __tablename__ = "order_draft"

    id: Mapped[int] = mapped_column(
        ForeignKey("purchase_order.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    document: Mapped[dict[str, Any]]
    entered_by: Mapped[str]
    repeats: Mapped[str | None]
    notices: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))

    __table_args__ = (CheckConstraint("jsonb_typeof(notices) = 'array'", name="notices_are_a_list"),)
