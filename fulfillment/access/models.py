"""Who may call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of


class Role(StrEnum):
    """What a key is for."""

    STOREFRONT = "storefront"
    CSR = "csr"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"


class ApiKey(Base):
    """A key of the API. Only a hash of its secret is kept. `refund_limit` is minor units per capture or refund; null: none set."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    warehouse_codes: Mapped[list[str] | None]
    refund_limit: Mapped[int | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint(one_of("role", Role), name="role_known"),)
