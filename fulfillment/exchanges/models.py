"""Exchanges: which return pays for which order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.exchanges.states import ExchangePolicy, ExchangeStatus


class Exchange(Base):
    """
    What comes back by `return_id` to `order_id` pays for `new_order_id`. Amounts are minor units.

    `expected` is what the announced pieces are worth, `credit` what of that the new order took; `worth` is what the pieces that
    were accepted turned out to be worth, and `paid_back` what of it went to the customer. The new order waits under `hold_id`.
    """

    __tablename__ = "exchange"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(index=True)
    return_id: Mapped[int] = mapped_column(unique=True)
    new_order_id: Mapped[int] = mapped_column(unique=True)
    status: Mapped[str]
    policy: Mapped[str]
    hold_id: Mapped[int | None]
    notify_customer: Mapped[bool]
    expected: Mapped[int]
    credit: Mapped[int]
    worth: Mapped[int | None]
    paid_back: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", ExchangeStatus), name="status_known"),
        CheckConstraint(one_of("policy", ExchangePolicy), name="policy_known"),
        CheckConstraint("order_id <> new_order_id", name="between_two_orders"),
        CheckConstraint("credit BETWEEN 0 AND expected", name="credit_at_most_expected"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_unless_open"),
        CheckConstraint(
            "num_nonnulls(worth, paid_back) = CASE status WHEN 'settled' THEN 2 ELSE 0 END", name="worth_when_settled"
        ),
        CheckConstraint("worth >= 0 AND paid_back BETWEEN 0 AND worth", name="paid_back_at_most_worth"),
        Index("exchange_open", "created_at", "id", postgresql_where=text("status = 'open'")),
    )
