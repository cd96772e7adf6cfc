"""Where the money of a credit came from."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class ExchangeCredit(Base):
    """
    Where the money of a credit came from. `id` is that of the credit's payment; amounts are minor units.

    Until the goods that come back are `accepted`, what is given back of it waits with its source: `waiting` counts that, and
    the return pays it out. From then on it goes to the customer at once. A refund of good will never waits.
    """

    __tablename__ = "exchange_credit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(index=True)
    source_order_id: Mapped[int] = mapped_column(index=True)
    source_payment_id: Mapped[int]
    return_id: Mapped[int] = mapped_column(index=True)
    accepted: Mapped[bool] = mapped_column(server_default="false")
    waiting: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("waiting >= 0", name="waiting_not_negative"),
        CheckConstraint("id <> source_payment_id AND order_id <> source_order_id", name="between_two_orders"),
    )
