"""Parcels, and the pieces in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class Parcel(Base):
    """
    A box of one shipment. It may be packed and unpacked until its shipment is handed over.

    `position` counts the parcels of a shipment from 1; a parcel that is unpacked leaves its number unused. A parcel has
    a tracking number of its own where the carrier gives one per box.
    """

    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"), index=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id", ondelete="CASCADE"))
    position: Mapped[int]
    weight_grams: Mapped[int | None]
    tracking_number: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        UniqueConstraint("shipment_id", "position"),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        Index("parcel_tracking", "tracking_number", postgresql_where=text("tracking_number IS NOT NULL")),
    )


class ParcelItem(Base):
    """Pieces of one line in a parcel. `line_item.packed` repeats their sum; `fulfillment check` compares the two."""

    __tablename__ = "parcel_item"

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line_item.id", ondelete="CASCADE"), primary_key=True)
    quantity: Mapped[int]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)
