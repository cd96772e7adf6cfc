"""Who may call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of


class Role(StrEnum):
    """What a key is for."""

    STOREFRONT = "storefront"
    CSR = "csr"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"


class Storefront(Base):
    """Where carts and checkouts come from. Its orders stay its own whichever of its keys they were placed with."""

    __tablename__ = "storefront"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class ApiKey(Base):
    """
    A key of the API. Only a hash of its secret is kept. `refund_limit` is minor units of one order
    in 24 hours, for captures and for refunds; null: none set.

    A storefront's key names its storefront, and no other key does.
    """

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    warehouse_codes: Mapped[list[str] | None]
    refund_limit: Mapped[int | None]
    storefront_id: Mapped[int | None] = mapped_column(ForeignKey("storefront.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role_known"),
        CheckConstraint("(role = 'storefront') = (storefront_id IS NOT NULL)", name="storefronts_alone_have_one"),
    )


class Account(Base):
    """
    Somebody who signs in at the pages; only a hash of the password is kept.

    The key says what they may do, and no one knows its secret. `generation` counts the passwords.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), unique=True)
    generation: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("name = lower(name)", name="name_in_lower_case"),)
