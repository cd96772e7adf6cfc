"""What was told of parcels, and where they are by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.shipments.states import DeliveryState


class TrackingEvent(Base):
    """
    Something that was told of a parcel by its carrier or by a person, or by a person of one item. Append-only.

    A row per parcel that it is about; without an order while nobody here knows its tracking number: it is told to the parcel
    as soon as one has that number. `event_id` is the carrier's, known again when it is told again. `occurred_at` is the time
    at which it happened, never later than that at which we heard of it.
    """

    __tablename__ = "tracking_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"))
    shipment_id: Mapped[int | None]
    parcel_id: Mapped[int | None]
    line_id: Mapped[int | None]
    carrier: Mapped[str | None]
    event_id: Mapped[str | None]
    tracking_number: Mapped[str | None]
    status: Mapped[str]
    description: Mapped[str | None]
    location: Mapped[str | None]
    actor: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "tracking_event_once",
            "carrier",
            "event_id",
            "parcel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("carrier IS NOT NULL"),
        ),
        Index("tracking_event_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("tracking_event_unmatched", "tracking_number", postgresql_where=text("order_id IS NULL")),
        CheckConstraint(one_of("status", DeliveryState), name="status_known"),
        CheckConstraint("(carrier IS NULL) = (event_id IS NULL)", name="told_by_a_carrier_with_its_id"),
        CheckConstraint("carrier IS NULL OR tracking_number IS NOT NULL", name="carriers_tell_of_a_number"),
        CheckConstraint("(order_id IS NULL) = (shipment_id IS NULL)", name="of_a_shipment_of_its_order"),
        CheckConstraint("order_id IS NULL OR (parcel_id IS NULL) <> (line_id IS NULL)", name="of_a_parcel_or_an_item"),
        CheckConstraint("occurred_at <= received_at", name="heard_of_afterwards"),
    )


class ParcelDelivery(Base):
    """
    Where a parcel is on its way; its id is the parcel's. Without a row nothing was told of it yet.

    It outlives a parcel that is undone. `delivered_at` is the carrier's time, null unless it is delivered now.
    """

    __tablename__ = "parcel_delivery"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"), index=True)
    status: Mapped[str]
    status_since: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", DeliveryState), name="status_known"),
        CheckConstraint("(status = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_at_a_time"),
    )
