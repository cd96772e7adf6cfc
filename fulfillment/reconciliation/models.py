"""Runs of reconciliation, and what each found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.reconciliation.states import DriftClass, ItemStatus


class Reconciliation(Base):
    """
    One look at everything, or at some `classes`. With `repairs` it also repairs what it finds.

    It is asked for by a person or by the schedule, and begun by whoever comes first; `begun_at` is renewed with each class.
    `looked_at` are the classes that are through, `errors` names the classes that could not be looked at, and why.
    """

    __tablename__ = "reconciliation"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    classes: Mapped[list[str]]
    looked_at: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    repairs: Mapped[bool]
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    errors: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    actor: Mapped[str]

    __table_args__ = (
        CheckConstraint("finished_at IS NULL OR begun_at IS NOT NULL", name="finished_after_it_began"),
        CheckConstraint("jsonb_array_length(classes) > 0", name="looks_at_something"),
        Index("reconciliation_open", "id", postgresql_where=text("finished_at IS NULL")),
    )


class DriftItem(Base):
    """
    One thing that had drifted. `place` names it by ids, `facts` is how it was found, `after` how its repair left it.

    `refusal` says why it was not repaired when somebody tried last.
    """

    __tablename__ = "drift_item"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"), index=True)
    drift: Mapped[str]
    rule: Mapped[str]
    order_id: Mapped[int | None]
    place: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    status: Mapped[str]
    found_at: Mapped[datetime]
    refusal: Mapped[str | None]
    after: Mapped[dict[str, Any] | None]
    repaired_at: Mapped[datetime | None]
    repaired_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(one_of("drift", DriftClass), name="drift_known"),
        CheckConstraint(one_of("status", ItemStatus), name="status_known"),
        CheckConstraint(
            "(status = 'repaired') = (num_nonnulls(after, repaired_at, repaired_by) = 3)", name="repaired_by_somebody"
        ),
        Index("drift_item_open", "drift", "id", postgresql_where=text("status = 'open'")),
        Index("drift_item_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )
