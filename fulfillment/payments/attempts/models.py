"""Attempts to move money, and what a customer has to do before one succeeds. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.payments.states import AttemptStatus


class AttemptKind(StrEnum):
    """What an attempt asks of the gateway."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class PaymentAttempt(Base):
    """
    One intention to move money. The row is committed before the first byte goes out, with its idempotency `key`.

    `lines` of a refund says which pieces it pays back: a list of {line_id, quantity}. Of a refund that is spread over several
    payments one attempt bears the pieces; all of them name the first of them in `beside_id`.
    """

    __tablename__ = "payment_attempt"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    order_id: Mapped[int] = mapped_column(index=True)
    shipment_id: Mapped[int | None]
    dispatch_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    amount: Mapped[int]
    status: Mapped[str]
    sends: Mapped[int] = mapped_column(server_default="0")
    reference: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    reason: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]] | None]
    beside_id: Mapped[int | None]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", AttemptKind), name="kind_known"),
        CheckConstraint(one_of("status", AttemptStatus), name="status_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        # A payment is authorized once; an authorization is voided by one attempt at a time.
        Index(
            "payment_attempt_one_authorization",
            "payment_id",
            unique=True,
            postgresql_where=text("kind = 'authorize' AND status <> 'failed'"),
        ),
        Index(
            "payment_attempt_one_live_void",
            "payment_id",
            unique=True,
            postgresql_where=text("kind = 'void' AND status IN ('new', 'sending', 'unknown')"),
        ),
        # Once at a time: a further part is asked for only when a capture that was counted on beside it was refused.
        Index(
            "payment_attempt_one_live_capture_per_shipment",
            "payment_id",
            "shipment_id",
            unique=True,
            postgresql_where=text(
                "kind = 'capture' AND shipment_id IS NOT NULL AND status IN ('new', 'sending', 'unknown')"
            ),
        ),
        # What a person is to do.
        Index("payment_attempt_by_hand", "id", postgresql_where=text("status = 'by_hand'")),
        # What is not decided, for the row that is to decide it.
        Index(
            "payment_attempt_undecided", "dispatch_id", postgresql_where=text("status IN ('new', 'sending', 'unknown')")
        ),
    )


class PaymentAction(Base):
    """What a customer has to do before a card is authorized (3-D Secure). It counts as long as that attempt is undecided."""

    __tablename__ = "payment_action"

    payment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(index=True)
    attempt_id: Mapped[int]
    reference: Mapped[str | None]
    client_secret: Mapped[str | None]
    url: Mapped[str | None]
    asked_at: Mapped[datetime]
