"""Subscriptions and the orders they made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.subscriptions.schedule import Unit
from fulfillment.subscriptions.states import SubscriptionStatus


class Subscription(Base):
    """
    An order that is repeated on a schedule. `token` is the card that pays, if one does.

    `repeats_order_id` is no foreign key: an order that was deleted blocks its subscription when it is due, and a person decides.
    `problem` says why the order could not be repeated: code, reason, remedy.
    """

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    repeats_order_id: Mapped[int] = mapped_column(index=True)
    order_number: Mapped[str]
    status: Mapped[str]
    unit: Mapped[str]
    every: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    next_due: Mapped[date | None]
    token: Mapped[str | None]
    problem: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        CheckConstraint(one_of("status", SubscriptionStatus), name="status_known"),
        CheckConstraint(one_of("unit", Unit), name="unit_known"),
        CheckConstraint("every > 0", name="every_positive"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("(status = 'ended') = (next_due IS NULL)", name="due_until_ended"),
        CheckConstraint("(status = 'blocked') = (problem IS NOT NULL)", name="blocked_by_a_problem"),
        CheckConstraint("next_due BETWEEN starts_on AND coalesce(ends_on, next_due)", name="due_within_schedule"),
        Index("subscription_due", "next_due", "id", postgresql_where=text("status = 'active'")),
    )


class SubscriptionOrder(Base):
    """The order that a subscription made for one due date: there is one at most."""

    __tablename__ = "subscription_order"

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    made_order_id: Mapped[int] = mapped_column(unique=True)
    order_number: Mapped[str]
    at: Mapped[datetime]
