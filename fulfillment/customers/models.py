"""Who buys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Computed, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db import trigrams  # noqa: F401 - the function by which a column is generated
from fulfillment.db.base import Base


class Customer(Base):
    """A person or firm with an address book. Orders keep their own copy of name, e-mail and addresses (AD8)."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    created_at: Mapped[datetime]
    trigrams: Mapped[list[str]] = mapped_column(
        ARRAY(Text),
        Computed("text_trigrams(name::text || chr(10) || COALESCE(email, ''::character varying)::text)", True),
    )

    __table_args__ = (
        Index("customer_email", text("lower(email)"), unique=True),
        Index("customer_trigrams", "trigrams", postgresql_using="gin"),
    )


class CustomerAddress(Base):
    """One entry of a customer's address book. The default is proposed first; without one, the oldest entry."""

    __tablename__ = "customer_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    address: Mapped[dict[str, Any]]
    is_default: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        Index("customer_address_one_default", "customer_id", unique=True, postgresql_where=text("is_default")),
    )
