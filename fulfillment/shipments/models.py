"""The floor's papers: picklists and what was picked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.shipments.states import DeliveryState, PicklistStatus


class Picklist(Base):
    """
    A set of shipments of one warehouse that somebody picks in one go.

    It is `claimed_by` whoever picks it, until `claimed_until`; then somebody else may take it.
    """

    __tablename__ = "picklist"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    status: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    completed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    wave_id: Mapped[int | None]

    __table_args__ = (
        Index("picklist_created", "created_at", "id"),
        Index("picklist_wave", "wave_id", postgresql_where=text("wave_id IS NOT NULL")),
        CheckConstraint(one_of("status", PicklistStatus), name="status_known"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claimed_for_a_time"),
    )


class Pick(Base):
    """
    Pieces of one line taken from the shelf, or (negative) put back. Append-only.

    It outlives its line: one that was put back and then edited away is still told of.
    """

    __tablename__ = "pick"

    id: Mapped[int] = mapped_column(primary_key=True)
    picklist_id: Mapped[int] = mapped_column(ForeignKey("picklist.id"), index=True)
    line_id: Mapped[int] = mapped_column(index=True)
    quantity: Mapped[int]
    actor: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("quantity <> 0", name="moves_pieces"),)


class ItemDelivery(Base):
    """Where a line item is on its way to the customer; its id is the line's. Without a row it is nowhere yet (SH7)."""

    __tablename__ = "item_delivery"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"), index=True)
    status: Mapped[str]
    status_since: Mapped[datetime]

    __table_args__ = (CheckConstraint(one_of("status", DeliveryState), name="status_known"),)
