"""What orders are found by: a narrow row per order, and the trigrams of many orders together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class OrderSearch(Base):
    """
    What is written on an order, in one narrow row: number, names of its forms, customer, SKUs and names of its items.

    A copy, so that thousands of orders are looked through for the price of a few pages; `keep.py` writes it. Where there are
    several names they stand on lines of their own.
    """

    __tablename__ = "order_search"

    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    placed_at: Mapped[datetime]
    number: Mapped[str]
    name: Mapped[str]
    customer_name: Mapped[str]
    customer_email: Mapped[str]
    items: Mapped[str]

    __table_args__ = (Index("order_search_placed", "placed_at", "order_id"),)


class SearchBlock(Base):
    """
    The trigrams of a stretch of orders, as they follow one another: which stretches may hold what is looked for.

    A block covers what was placed after (`after_placed_at`, `after_order_id`) up to and with (`last_placed_at`,
    `last_order_id`). `stale` ones hold an order whose words have changed since; they are looked through for any word.
    """

    __tablename__ = "search_block"

    last_placed_at: Mapped[datetime] = mapped_column(primary_key=True)
    last_order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    after_placed_at: Mapped[datetime]
    after_order_id: Mapped[int]
    orders: Mapped[int]
    trigrams: Mapped[list[str]] = mapped_column(ARRAY(Text))
    stale: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        Index("search_block_trigrams", "trigrams", postgresql_using="gin"),
        Index("search_block_stale", "last_placed_at", "last_order_id", postgresql_where=text("stale")),
    )
