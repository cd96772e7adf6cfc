"""Manifests, and the labels on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.manifests.states import ManifestStatus


class Manifest(Base):
    """
    What a carrier took over from a warehouse on a day, in one go; a day may have several.

    `key` is the idempotency key under which the carrier is told of it, `reference` the carrier's own of one that is closed.
    `labels` says how many labels it was begun with; one that failed holds none any more. `code` and `message` are the last
    that the carrier said.
    """

    __tablename__ = "manifest"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    carrier: Mapped[str]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    day: Mapped[date]
    labels: Mapped[int]
    status: Mapped[str]
    status_since: Mapped[datetime]
    key: Mapped[str] = mapped_column(unique=True)
    sends: Mapped[int] = mapped_column(server_default="0")
    reference: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        Index("manifest_list", "created_at", "id"),
        CheckConstraint(one_of("status", ManifestStatus), name="status_known"),
        CheckConstraint("(status = 'closed') = (reference IS NOT NULL)", name="closed_has_reference"),
        CheckConstraint("labels > 0", name="holds_something"),
    )


class ManifestLabel(Base):
    """A label on a manifest; its id is the label's, so that it is on one at most."""

    __tablename__ = "manifest_label"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"), index=True)
