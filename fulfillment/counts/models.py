"""Counts, the places they count, and each number that somebody entered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.counts.states import CountStatus
from fulfillment.db.base import Base, one_of


class StockCount(Base):
    """A count of some places of a warehouse."""

    __tablename__ = "stock_count"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    status: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(one_of("status", CountStatus), name="status_known"),
        Index("stock_count_created", "created_at", "id"),
    )


class CountLine(Base):
    """
    One product in one bin, or (null) outside the bins. `expected` is what lay there when it was last counted.

    Two open counts never count the same place: the difference would be put right twice.
    """

    __tablename__ = "count_line"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"), index=True)
    warehouse_id: Mapped[int]
    bin_id: Mapped[int | None] = mapped_column(ForeignKey("bin.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    is_open: Mapped[bool]
    expected: Mapped[int | None]
    counted: Mapped[int | None]
    times: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("expected >= 0 AND counted >= 0", name="pieces_not_negative"),
        CheckConstraint("(expected IS NULL) = (counted IS NULL)", name="counted_against_something"),
        Index(
            "count_line_counted_once",
            "warehouse_id",
            "product_id",
            "bin_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("is_open"),
        ),
    )


class CountEntry(Base):
    """A number that somebody entered, and what lay there at that moment. Append-only."""

    __tablename__ = "count_entry"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("count_line.id"), index=True)
    expected: Mapped[int]
    counted: Mapped[int]
    actor: Mapped[str]
    at: Mapped[datetime]
