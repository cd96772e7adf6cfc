"""The double-entry ledger of what moved. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class Account(StrEnum):
    """
    The accounts of the ledger, each kept per payment.

    Money moves from `credit` to `debit`: authorized = open + taken + voided + expired;
    taken = refunded + charged back + exchanged + kept.
    """

    CUSTOMER = "customer"
    """The other side: what the customer's bank has set aside or given."""
    OPEN = "open"
    """Authorized and not yet captured, voided or expired."""
    TAKEN = "taken"
    """Captured, received by hand, or credited; what refunds, chargebacks and exchanges leave of it is kept."""
    EXCHANGE = "exchange"
    """Between two orders: what left a payment of the one and came to a credit of the other."""


class MoneyTransfer(Base):
    """
    One movement of money between two accounts of a payment. One per attempt; the database refuses to change or delete any.

    What nobody asked of a gateway has no attempt: money received by hand, what expired, chargebacks, and what moves between
    two orders.
    """

    __tablename__ = "money_transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(index=True)
    payment_id: Mapped[int]
    attempt_id: Mapped[int | None] = mapped_column(unique=True)
    kind: Mapped[str]
    debit: Mapped[str]
    credit: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "(kind, debit, credit) IN (('authorize', 'open', 'customer'), ('capture', 'taken', 'open'),"
            " ('void', 'customer', 'open'), ('expire', 'customer', 'open'), ('manual', 'taken', 'customer'),"
            " ('refund', 'customer', 'taken'), ('chargeback', 'customer', 'taken'),"
            " ('chargeback_reversed', 'taken', 'customer'), ('refund', 'exchange', 'taken'),"
            " ('exchange_out', 'exchange', 'taken'), ('exchange_back', 'taken', 'exchange'),"
            " ('credit', 'taken', 'exchange'), ('credit_back', 'exchange', 'taken'))",
            name="kind_fits_accounts",
        ),
        CheckConstraint(
            "(kind IN ('authorize', 'capture', 'void', 'refund')) = (attempt_id IS NOT NULL)",
            name="attempt_unless_nobody_asked",
        ),
    )
