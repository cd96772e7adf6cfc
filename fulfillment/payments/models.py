"""A means of payment, and what became of it. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base, one_of


class Method(StrEnum):
    """How a payment is made."""

    CARD = "card"
    MANUAL = "manual"
    CREDIT = "credit"
    """What was paid for goods that come back, moved on to the order of those that they are exchanged for."""


class ReceivedAs(StrEnum):
    """How money came that a person received (PY7)."""

    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"
    TELEPHONE = "telephone"
    CHECK = "check"
    OTHER = "other"


class Payment(Base):
    """
    One means of payment on an order, and what became of it. `reference` is the gateway's; of money received by hand what a person
    noted (a bank's booking, a receipt), and `received_as` how it came.

    `adopts` is the gateway's id of an authorization that the storefront made itself, and that stands in place of a token.
    `*_pending` are the amounts of attempts whose outcome is not known yet: they count against the limits, so two
    attempts at once can never exceed them. `exchanged` has moved on to credits of other orders. What was authorized can be captured until `expires_at`, by the gateway's word. One
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
    exchanged: Mapped[int] = mapped_column(server_default="0")
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
            " AND refunded >= 0 AND charged_back >= 0 AND exchanged >= 0"
            " AND capture_pending >= 0 AND void_pending >= 0 AND refund_pending >= 0",
            name="counters_not_negative",
        ),
        CheckConstraint(
            "method <> 'card' OR captured + voided + expired + capture_pending + void_pending <= authorized",
            name="captured_at_most_authorized",
        ),
        CheckConstraint(
            "refunded + charged_back + exchanged + refund_pending <= captured", name="refunded_at_most_captured"
        ),
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
