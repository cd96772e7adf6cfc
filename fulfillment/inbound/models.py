"""Announced deliveries and their lines."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.inbound.states import InboundStatus


class InboundDelivery(Base):
    """What a supplier is to bring to a warehouse, and on which day."""

    __tablename__ = "inbound_delivery"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    supplier: Mapped[str]
    reference: Mapped[str]
    expected_on: Mapped[date]
    status: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", InboundStatus), name="status_known"),
        Index("inbound_delivery_expected", "expected_on", "id"),
    )


class InboundLine(Base):
    """Pieces of one product in a delivery. One that came though nobody expected it has `expected` 0."""

    __tablename__ = "inbound_line"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("inbound_delivery.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)
    expected: Mapped[int]
    received: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("expected >= 0 AND received >= 0", name="pieces_not_negative"),
        CheckConstraint("expected + received > 0", name="is_about_something"),
    )
