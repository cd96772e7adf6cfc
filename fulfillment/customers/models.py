"""Who buys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class Customer(Base):
    """A person or firm with an address book. Orders keep their own copy of name, e-mail and addresses (AD8)."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (Index("customer_email", text("lower(email)"), unique=True),)


class CustomerAddress(Base):
    """One entry of a customer's address book."""

    __tablename__ = "customer_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    address: Mapped[dict[str, Any]]
