"""Transfers and their lines."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.transfers.states import TransferStatus


class Transfer(Base):
    """What goes from one warehouse to another."""

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    to_warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    status: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    shipped_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", TransferStatus), name="status_known"),
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="goes_elsewhere"),
        Index("transfer_created", "created_at", "id"),
    )


class TransferLine(Base):
    """Pieces of one product: in transit are those that were shipped and neither received, nor returned, nor lost."""

    __tablename__ = "transfer_line"

    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)
    requested: Mapped[int]
    shipped: Mapped[int] = mapped_column(server_default="0")
    received: Mapped[int] = mapped_column(server_default="0")
    returned: Mapped[int] = mapped_column(server_default="0")
    lost: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("requested > 0", name="requested_positive"),
        CheckConstraint("shipped BETWEEN 0 AND requested", name="shipped_at_most_requested"),
        CheckConstraint(
            "received >= 0 AND returned >= 0 AND lost >= 0 AND received + returned + lost <= shipped",
            name="arrived_at_most_shipped",
        ),
    )
