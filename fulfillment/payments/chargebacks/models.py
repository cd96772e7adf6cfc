"""What the customer's bank took back. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.payments.states import ChargebackStatus


class Chargeback(Base):
    """
    Money that the customer's bank took back; won, it is there again.

    `reference` is the gateway's for the chargeback, `reversal_reference` that of its end: neither is booked twice. The hold
    is the one that it laid over an order in work.
    """

    __tablename__ = "chargeback"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    status: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str | None]
    hold_id: Mapped[int | None]
    note: Mapped[str | None]
    reversal_reference: Mapped[str | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", ChargebackStatus), name="status_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_unless_open"),
        UniqueConstraint("payment_id", "reference"),
        UniqueConstraint("payment_id", "reversal_reference"),
    )
