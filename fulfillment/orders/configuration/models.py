"""Configurations that clients made. The one that is built in is stored nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class OrderConfiguration(Base):
    """
    Named states and their transitions, as they were checked. Never changed: a new one takes its place.

    At most one is active; where none is, the built-in one is.
    """

    __tablename__ = "order_configuration"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    states: Mapped[list[dict[str, Any]]]
    transitions: Mapped[list[dict[str, Any]]]
    active: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        Index("order_configuration_name", text("lower(name)"), unique=True),
        Index("order_configuration_one_active", "active", unique=True, postgresql_where=text("active")),
    )
