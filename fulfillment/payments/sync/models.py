"""What a gateway told us of, and what is otherwise there than in our books. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class PaymentDifference(Base):
    """
    Something that is otherwise at the gateway than in our books, and that no sync may take over (PY3).

    `kind` says in what way, `what` is the kind of transaction or attempt, `reference` what it is known by. It is gone when a
    sync does not find it any more.
    """

    __tablename__ = "payment_difference"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(index=True)
    payment_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    what: Mapped[str]
    reference: Mapped[str]
    attempt_id: Mapped[int | None]
    amount: Mapped[int]
    currency: Mapped[str]
    found_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"),)


class GatewayEvent(Base):
    """An event that a gateway told us of, so that one which is told again is known."""

    __tablename__ = "gateway_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
