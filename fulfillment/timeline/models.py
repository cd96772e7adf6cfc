"""What happened to an order, who did it, and because of what. Append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base


class TimelineEntry(Base):
    """
    One change. `cause_*` and `actor` name the request, schedule or person that began the chain.

    `parent_id` is the entry that called for the step which made this one; `before` and `after` are states, null for an
    entry that moves none. Ids of one order rise in the order of its changes. `version` is the version of the order that a
    person made of it by this change; null for what steps do.

    Rows that are only ever added name what they belong to without a foreign key: the check of one costs more than the
    row, and takes a lock on what it names. `fulfillment check` looks for rows that name nothing (docs/decisions/0011).
    """

    __tablename__ = "timeline"

    id: Mapped[int] = mapped_column(autoincrement=False)
    order_id: Mapped[int]
    subject: Mapped[str]
    subject_id: Mapped[int]
    verb: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
    version: Mapped[int | None]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    actor: Mapped[str]
    step: Mapped[str | None]
    dispatch_id: Mapped[int | None]
    parent_id: Mapped[int | None]
    at: Mapped[datetime]

    __table_args__ = (PrimaryKeyConstraint("order_id", "id"),)
