"""Units: how many there are, where, how many are promised, how each came and went, and who waits for more."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of


class MovementKind(StrEnum):
    """Why a count changed."""

    RECEIVED = "received"
    ADJUSTED = "adjusted"
    ALLOCATED = "allocated"
    DEALLOCATED = "deallocated"
    SHIPPED = "shipped"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"
    COUNTED = "counted"
    SHORT_PICKED = "short_picked"
    RESTOCKED = "restocked"


class Stock(Base):
    """
    Pieces of one product in one warehouse. The constraints forbid overselling whatever the code does.

    The counters repeat the movements, `in_bins` what lies in bins; `fulfillment check` compares them. `safety` are pieces that
    nobody is promised; until `reserved_until` carts may hold some; `available_from` repeats the product's.
    """

    __tablename__ = "stock"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    on_hand: Mapped[int]
    allocated: Mapped[int] = mapped_column(server_default="0")
    in_bins: Mapped[int] = mapped_column(server_default="0")
    safety: Mapped[int] = mapped_column(server_default="0")
    reserved_until: Mapped[datetime | None]
    available_from: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("safety >= 0", name="safety_not_negative"),
        CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
        CheckConstraint("allocated BETWEEN 0 AND on_hand", name="allocated_at_most_on_hand"),
        CheckConstraint("in_bins BETWEEN 0 AND on_hand", name="in_bins_at_most_on_hand"),
        {"postgresql_with": {"fillfactor": 50}},
    )


class CartReservation(Base):
    """Pieces of a product in a warehouse that a cart holds until a moment; after it the row counts for nothing."""

    __tablename__ = "cart_reservation"

    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    quantity: Mapped[int]
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("cart_reservation_product", "product_id"),
        Index("cart_reservation_expires", "expires_at"),
    )


class StockMovement(Base):
    """
    One change of a count, in pieces. Append-only: a mistake is put right by a further movement.

    `document_id` is the delivery, transfer, count or return that it belongs to.
    """

    __tablename__ = "stock_movement"

    id: Mapped[int] = mapped_column(Identity())
    product_id: Mapped[int]
    warehouse_id: Mapped[int]
    kind: Mapped[str]
    on_hand_change: Mapped[int]
    allocated_change: Mapped[int]
    line_id: Mapped[int | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    document_id: Mapped[int | None]
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
            " WHEN 'shipped' THEN on_hand_change < 0 AND allocated_change = on_hand_change AND line_id IS NOT NULL"
            " WHEN 'transferred_out' THEN on_hand_change < 0 AND allocated_change = 0 AND document_id IS NOT NULL"
            " WHEN 'transferred_in' THEN on_hand_change > 0 AND allocated_change = 0 AND document_id IS NOT NULL"
            " WHEN 'counted' THEN on_hand_change <> 0 AND allocated_change = 0 AND document_id IS NOT NULL"
            " WHEN 'short_picked' THEN on_hand_change < 0 AND allocated_change = 0"
            " WHEN 'restocked' THEN on_hand_change > 0 AND allocated_change = 0 AND document_id IS NOT NULL END",
            name="kind_fits_change",
        ),
        PrimaryKeyConstraint("product_id", "warehouse_id", "id"),
        # A line leaves the building once.
        Index("stock_movement_ships_once", "line_id", unique=True, postgresql_where=text("kind = 'shipped'")),
    )


class BinMovementKind(StrEnum):
    """Why pieces of a bin came or went. Those that are named like a movement of stock are made together with one."""

    RECEIVED = "received"
    PUT_AWAY = "put_away"
    MOVED = "moved"
    TAKEN_OUT = "taken_out"
    PICKED = "picked"
    PUT_BACK = "put_back"
    SHIPPED = "shipped"
    ADJUSTED = "adjusted"
    COUNTED = "counted"
    TRANSFERRED = "transferred"
    RESTOCKED = "restocked"


class Bin(Base):
    """A place of a warehouse by which people find pieces. They are walked by `position`, then code."""

    __tablename__ = "bin"

    id: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    code: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default="true")

    __table_args__ = (
        CheckConstraint("position >= 0", name="position_not_negative"),
        UniqueConstraint("warehouse_id", "code"),
        Index("bin_walk", "warehouse_id", "position", "code"),
    )


class BinStock(Base):
    """Pieces of one product in one bin; changed only while the stock row of product and warehouse is locked."""

    __tablename__ = "bin_stock"

    bin_id: Mapped[int] = mapped_column(ForeignKey("bin.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)
    quantity: Mapped[int]

    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"),)


class BinMovement(Base):
    """Pieces that went from a bin, to one, or from one to another. Append-only."""

    __tablename__ = "bin_movement"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    product_id: Mapped[int]
    warehouse_id: Mapped[int]
    kind: Mapped[str]
    from_bin_id: Mapped[int | None]
    to_bin_id: Mapped[int | None]
    quantity: Mapped[int]
    line_id: Mapped[int | None]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", BinMovementKind), name="kind_known"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "from_bin_id IS DISTINCT FROM to_bin_id AND (kind = 'moved') = (num_nonnulls(from_bin_id, to_bin_id) = 2)",
            name="goes_somewhere",
        ),
        Index("bin_movement_product", "product_id", "warehouse_id", "id"),
    )


class PutBack(Base):
    """
    Pieces that were picked for a line that was canceled then, in somebody's hands until it is said that they lie again.

    Until then they stay allocated to their line: nobody is promised what is on no shelf.
    """

    __tablename__ = "put_back"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    line_id: Mapped[int] = mapped_column(unique=True)
    picklist_id: Mapped[int | None]
    quantity: Mapped[int]
    created_at: Mapped[datetime]
    bin_id: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed_by_somebody"),
        Index("put_back_open", "warehouse_id", "product_id", postgresql_where=text("confirmed_at IS NULL")),
    )


class WaitingLine(Base):
    """
    What a shipment that awaits inventory still needs of one product, in pieces.

    The rows of a product, by priority (highest first), then first covered, are its queue. A pre-order waits until `not_before`,
    and until then nothing is kept for it.
    """

    __tablename__ = "waiting_line"

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[int]
    priority: Mapped[int]
    since: Mapped[datetime]
    not_before: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("waiting_line_queue", "product_id", text("priority DESC"), "since", "shipment_id"),
    )
