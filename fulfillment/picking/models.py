"""What a scanner has said, and which tote holds which shipment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class PickScan(Base):
    """A scan that was counted, by the id its scanner gave it, with its answer: sent twice, it is answered the same."""

    __tablename__ = "pick_scan"

    picklist_id: Mapped[int] = mapped_column(ForeignKey("picklist.id"), primary_key=True)
    scan_id: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    actor: Mapped[str]
    at: Mapped[datetime]


class Wave(Base):
    """
    Many shipments that were put on picklists together. `asked` is how they were chosen and the lists cut.

    Its operation tells what became of each shipment, its picklists how far they are.
    """

    __tablename__ = "wave"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    asked: Mapped[dict[str, Any]]
    shipments: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (CheckConstraint("shipments > 0", name="shipments_positive"),)


class Tote(Base):
    """
    The tote of a warehouse into which a shipment of a picklist is picked.

    It is free again once its shipment is no longer being packed.
    """

    __tablename__ = "tote"

    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    picklist_id: Mapped[int] = mapped_column(ForeignKey("picklist.id"), index=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
