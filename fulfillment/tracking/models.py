"""What was told of parcels, and where they are by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.shipments.states import DeliveryState
from fulfillment.tracking.states import ProblemKind, ProblemStatus, Resolution


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


class ParcelProblem(Base):
    """
    Why a parcel needs a person, since when, and what was done about it. One is open per parcel at most.

    `hold_id` keeps back what was still to ship of its order, `return_id` is the return that was opened for what comes back,
    `reship_id` the shipment that went out in its place.
    """

    __tablename__ = "parcel_problem"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"), index=True)
    parcel_id: Mapped[int]
    kind: Mapped[str]
    status: Mapped[str]
    opened_at: Mapped[datetime]
    hold_id: Mapped[int | None]
    return_id: Mapped[int | None]
    resolution: Mapped[str | None]
    note: Mapped[str | None]
    reship_id: Mapped[int | None] = mapped_column(unique=True)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        Index("parcel_problem_open", "parcel_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("parcel_problem_list", "opened_at", "id", postgresql_where=text("status = 'open'")),
        CheckConstraint(one_of("kind", ProblemKind), name="kind_known"),
        CheckConstraint(one_of("status", ProblemStatus), name="status_known"),
        CheckConstraint(one_of("resolution", Resolution), name="resolution_known"),
        CheckConstraint("(status = 'resolved') = (resolution IS NOT NULL)", name="resolved_by_something"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="open_until_ended"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        CheckConstraint("reship_id IS NULL OR resolution = 'reship'", name="reshipped_by_resolution"),
    )
