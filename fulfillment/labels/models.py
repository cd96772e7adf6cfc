"""Labels, and the papers they came with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.labels.states import LabelStatus


class Label(Base):
    """
    The purchase of one label for a parcel; it outlives a parcel that is unpacked.

    `key` is the idempotency key under which it is bought, `services` those it may go by, `service` the one that was chosen.
    What is asked for is kept as it was asked: `weight_grams` and both addresses. Nobody wants it any more from `unwanted_at`
    on: then it is given back as soon as it is known to be bought. `amount` is what it costs, in minor units of `currency`.
    `code` and `message` are the last that the carrier said.
    """

    __tablename__ = "label"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id", ondelete="CASCADE"), index=True)
    shipment_id: Mapped[int]
    parcel_id: Mapped[int]
    position: Mapped[int]
    dispatch_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str]
    services: Mapped[list[Any]]
    service: Mapped[str | None]
    weight_grams: Mapped[int]
    ship_from: Mapped[dict[str, Any]]
    ship_to: Mapped[dict[str, Any]]
    status: Mapped[str]
    status_since: Mapped[datetime]
    sends: Mapped[int] = mapped_column(server_default="0")
    unwanted_at: Mapped[datetime | None]
    reference: Mapped[str | None]
    tracking_number: Mapped[str | None]
    amount: Mapped[int | None]
    currency: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        CheckConstraint(one_of("status", LabelStatus), name="status_known"),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint(
            "status IN ('new', 'sending', 'unknown', 'failed') OR (reference IS NOT NULL AND tracking_number IS NOT NULL)",
            name="bought_has_number",
        ),
        CheckConstraint("status = 'new' OR status = 'failed' OR service IS NOT NULL", name="sent_by_a_service"),
        CheckConstraint("status NOT IN ('voiding', 'voided', 'kept') OR unwanted_at IS NOT NULL", name="void_unwanted"),
        # One parcel has one label that somebody wants.
        Index(
            "label_wanted_once",
            "parcel_id",
            unique=True,
            postgresql_where=text("unwanted_at IS NULL AND status <> 'failed'"),
        ),
        # What a carrier has sold: by it manifests and parcels of which it tells nothing are looked for.
        Index("label_bought", "status_since", "carrier", postgresql_where=text("status = 'bought'")),
        # What is not through yet: few.
        Index("label_open", "id", postgresql_where=text("status IN ('new', 'sending', 'unknown', 'voiding')")),
    )


class LabelDocument(Base):
    """The paper of a label as the carrier made it, PDF; its id is the label's."""

    __tablename__ = "label_document"

    id: Mapped[int] = mapped_column(ForeignKey("label.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    order_id: Mapped[int]
    content: Mapped[bytes]
