"""Units: how many there are, how many are promised, how each came and went, and who waits for more."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of


class MovementKind(StrEnum):
    """Why a count changed."""

    RECEIVED = "received"
    ADJUSTED = "adjusted"
    ALLOCATED = "allocated"
    DEALLOCATED = "deallocated"
    SHIPPED = "shipped"


class Stock(Base):
    """
    Pieces of one product in one warehouse. The constraints forbid overselling whatever the code does.

    Both counters repeat the movements; `fulfillment check` compares them.
    """

    __tablename__ = "stock"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    on_hand: Mapped[int]
    allocated: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
        CheckConstraint("allocated BETWEEN 0 AND on_hand", name="allocated_at_most_on_hand"),
        {"postgresql_with": {"fillfactor": 50}},
    )


class StockMovement(Base):
    """One change of a count, in pieces. Append-only: a mistake is put right by a further movement."""

    __tablename__ = "stock_movement"

    id: Mapped[int] = mapped_column(Identity())
    product_id: Mapped[int]
    warehouse_id: Mapped[int]
    kind: Mapped[str]
    on_hand_change: Mapped[int]
    allocated_change: Mapped[int]
    line_id: Mapped[int | None]
    reason: Mapped[str | None]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", MovementKind), name="kind_known"),
        CheckConstraint(
            "CASE kind WHEN 'received' THEN on_hand_change > 0 AND allocated_change = 0 AND line_id IS NULL"
            " WHEN 'adjusted' THEN on_hand_change <> 0 AND allocated_change = 0 AND line_id IS NULL"
            " WHEN 'allocated' THEN on_hand_change = 0 AND allocated_change > 0 AND line_id IS NOT NULL"
            " WHEN 'deallocated' THEN on_hand_change = 0 AND allocated_change < 0 AND line_id IS NOT NULL"
            " WHEN 'shipped' THEN on_hand_change < 0 AND allocated_change = on_hand_change AND line_id IS NOT NULL END",
            name="kind_fits_change",
        ),
        PrimaryKeyConstraint("product_id", "warehouse_id", "id"),
        # A line leaves the building once.
        Index("stock_movement_ships_once", "line_id", unique=True, postgresql_where=text("kind = 'shipped'")),
    )


class WaitingLine(Base):
    """
    What a shipment that awaits inventory still needs of one product, in pieces.

    The rows of a product, by priority (highest first), then first covered, are its queue.
    """

    __tablename__ = "waiting_line"

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[int]
    priority: Mapped[int]
    since: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("waiting_line_queue", "product_id", text("priority DESC"), "since", "shipment_id"),
    )
