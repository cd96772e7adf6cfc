"""What people write about an order for one another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class OrderNote(Base):
    """
    A note that a person wrote on an order (NO1). What the system notes is its timeline, and stands in no further table.

    Its id is of the sequence that the timeline's ids are of, so that both are read in one order of time.
    """

    __tablename__ = "order_note"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    description: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    changed_by: Mapped[str | None]
    changed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("description <> '' AND created_by <> ''", name="says_what_and_who"),
        CheckConstraint("(changed_by IS NULL) = (changed_at IS NULL)", name="changed_by_somebody"),
    )
