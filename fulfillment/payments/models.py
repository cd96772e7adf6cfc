"""Money: payments, attempts to move it, and the double-entry ledger of what moved. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base, one_of
from fulfillment.payments.states import AttemptStatus, ChargebackStatus


class Method(StrEnum):
    """How a payment is made."""

    CARD = "card"
    MANUAL = "manual"


class ReceivedAs(StrEnum):
    """How money came that a person received (PY7)."""

    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"
    TELEPHONE = "telephone"
    CHECK = "check"
    OTHER = "other"


class AttemptKind(StrEnum):
    """What an attempt asks of the gateway."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Account(StrEnum):
    """
    The accounts of the ledger, each kept per payment.

    Money moves from `credit` to `debit`: authorized = open + taken + voided + expired;
    taken = refunded + charged back + kept.
    """

    CUSTOMER = "customer"
    """The other side: what the customer's bank has set aside or given."""
    OPEN = "open"
    """Authorized and not yet captured, voided or expired."""
    TAKEN = "taken"
    """Captured, or received by hand; what refunds and chargebacks leave of it is kept."""


class Payment(Base):
    """
    One means of payment on an order, and what became of it. `reference` is the gateway's; of money received by hand what a person
    noted (a bank's booking, a receipt), and `received_as` how it came.

    `adopts` is the gateway's id of an authorization that the storefront made itself, and that stands in place of a token.
    `*_pending` are the amounts of attempts whose outcome is not known yet: they count against the limits, so two
    attempts at once can never exceed them. What was authorized can be captured until `expires_at`, by the gateway's word. One
    that takes the place of an authorization before that ends names it: `renews_payment_id`.
    """

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    position: Mapped[int]
    method: Mapped[str]
    token: Mapped[str | None]
    amount: Mapped[int]
    currency: Mapped[str]
    reference: Mapped[str | None]
    received_as: Mapped[str | None]
    declined: Mapped[str | None]
    authorized: Mapped[int] = mapped_column(server_default="0")
    captured: Mapped[int] = mapped_column(server_default="0")
    voided: Mapped[int] = mapped_column(server_default="0")
    expired: Mapped[int] = mapped_column(server_default="0")
    refunded: Mapped[int] = mapped_column(server_default="0")
    charged_back: Mapped[int] = mapped_column(server_default="0")
    capture_pending: Mapped[int] = mapped_column(server_default="0")
    void_pending: Mapped[int] = mapped_column(server_default="0")
    refund_pending: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime | None]
    renews_payment_id: Mapped[int | None]
    adopts: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("method", Method), name="method_known"),
        CheckConstraint(f"received_as IS NULL OR {one_of('received_as', ReceivedAs)}", name="received_as_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "authorized >= 0 AND captured >= 0 AND voided >= 0 AND expired >= 0"
            " AND refunded >= 0 AND charged_back >= 0"
            " AND capture_pending >= 0 AND void_pending >= 0 AND refund_pending >= 0",
            name="counters_not_negative",
        ),
        CheckConstraint(
            "method = 'manual' OR captured + voided + expired + capture_pending + void_pending <= authorized",
            name="captured_at_most_authorized",
        ),
        CheckConstraint("refunded + charged_back + refund_pending <= captured", name="refunded_at_most_captured"),
        # An authorization that a storefront made itself pays for one thing.
        Index(
            "payment_adopted_once",
            "adopts",
            unique=True,
            postgresql_where=text("adopts IS NOT NULL AND declined IS NULL"),
        ),
        # An authorization is renewed once: where that is declined, a person is next.
        Index(
            "payment_one_renewal",
            "renews_payment_id",
            unique=True,
            postgresql_where=text("renews_payment_id IS NOT NULL"),
        ),
        ROOM_FOR_UPDATES,
    )


class PaymentAttempt(Base):
    """
    One intention to move money. The row is committed before the first byte goes out, with its idempotency `key`.

    `lines` of a refund says which pieces it pays back: a list of {line_id, quantity}.
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


class GatewayEvent(Base):
    """An event that a gateway told us of, so that one which is told again is known."""

    __tablename__ = "gateway_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]


class MoneyTransfer(Base):
    """
    One movement of money between two accounts of a payment. One per attempt; the database refuses to change or delete any.

    What nobody asked of a gateway has no attempt: money received by hand, what expired, and chargebacks.
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
            " ('chargeback_reversed', 'taken', 'customer'))",
            name="kind_fits_accounts",
        ),
        CheckConstraint(
            "(kind IN ('manual', 'expire', 'chargeback', 'chargeback_reversed')) = (attempt_id IS NULL)",
            name="attempt_unless_nobody_asked",
        ),
    )
