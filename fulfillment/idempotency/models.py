"""Commands that were carried out, and what was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class IdempotencyKey(Base):
    """A key that a client chose for one command. It is written in the transaction of the command's effect."""

    __tablename__ = "idempotency_key"

    client_id: Mapped[int] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    headers: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("idempotency_key_age", "created_at", postgresql_using="brin"),)
