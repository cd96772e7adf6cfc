"""What became of each order of a bulk operation."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base, one_of


class Action(StrEnum):
    """What may be done to many orders at once."""

    RELEASE = "release"
    HOLD = "hold"
    CANCEL = "cancel"
    DELETE = "delete"
    ARCHIVE = "archive"


class ItemStatus(StrEnum):
    """An item is pending until its step has come to it."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"


class BulkItem(Base):
    """
    One order of a bulk operation, in the order in which they were named. The selection never changes.

    `subject_id` is the order's id, null for a number that named none; an order may be deleted since, so it is no key.
    """

    __tablename__ = "bulk_item"

    operation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[int | None]
    number: Mapped[str]
    status: Mapped[str]
    guard: Mapped[str | None]
    reason: Mapped[str | None]
    remedy: Mapped[str | None]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", ItemStatus), name="status_known"),
        CheckConstraint("(status = 'refused') = (guard IS NOT NULL)", name="refused_by_a_guard"),
        CheckConstraint("(status = 'pending') = (done_at IS NULL)", name="done_at_some_time"),
        Index("bulk_item_subject", "operation_id", "subject_id", unique=True),
        Index("bulk_item_refused", "operation_id", "position", postgresql_where=text("status = 'refused'")),
        ROOM_FOR_UPDATES,
    )
