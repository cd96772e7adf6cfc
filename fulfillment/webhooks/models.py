"""Endpoints of webhooks, what they are told, and every attempt to tell it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base, one_of
from fulfillment.webhooks.states import DeliveryStatus, EndpointStatus


class WebhookEndpoint(Base):
    """
    Where events go. While this table is empty, changes write nothing for webhooks (timeline/listeners.py).

    An endpoint of a storefront is told of that storefront's orders alone; one without is told of all. `former_secret` signs beside
    `secret` until its time is over. `failing_since` is the first failure after the last success; until `paused_until`
    nothing is tried, and until `busy_until` another process is at it.
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    storefront_id: Mapped[int | None] = mapped_column(ForeignKey("storefront.id"))
    url: Mapped[str]
    events: Mapped[list[str]]
    description: Mapped[str | None]
    status: Mapped[str]
    disabled_because: Mapped[str | None]
    status_since: Mapped[datetime]
    secret: Mapped[str]
    former_secret: Mapped[str | None]
    former_secret_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    last_milliseconds: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        CheckConstraint(one_of("status", EndpointStatus), name="status_known"),
        CheckConstraint("(status = 'disabled') = (disabled_because IS NOT NULL)", name="disabled_for_a_reason"),
        CheckConstraint("(former_secret IS NULL) = (former_secret_until IS NULL)", name="former_secret_ends"),
        CheckConstraint("failures >= 0 AND (failures = 0) = (failing_since IS NULL)", name="failing_since_a_failure"),
        ROOM_FOR_UPDATES,
    )


class WebhookDelivery(Base):
    """
    One event for one endpoint. `event_id` and `position` name the event, and rise in the order of an order's events.

    What waits of one endpoint and order has one dispatch row, and is sent one after the other. `data` is what is told beside the
    event's name and time; an `order_id` of null is that of a test. A replay counts from `attempts_before` anew.
    """

    __tablename__ = "webhook_delivery"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int]
    order_id: Mapped[int | None]
    event: Mapped[str]
    event_id: Mapped[int]
    position: Mapped[int]
    data: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    status: Mapped[str]
    status_since: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    attempts_before: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint(one_of("status", DeliveryStatus), name="status_known"),
        CheckConstraint("attempts_before BETWEEN 0 AND attempts", name="attempts_before_are_attempts"),
        Index("webhook_delivery_once", "endpoint_id", "event_id", "position", unique=True),
        Index("webhook_delivery_order", "order_id", "endpoint_id", "event_id", "position"),
        Index("webhook_delivery_old", "status_since", postgresql_where=text("status <> 'waiting'")),
        ROOM_FOR_UPDATES,
    )


class WebhookAttempt(Base):
    """One try: the status that came back, or why none did, how long it took, and the first bytes that were said."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_delivery.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    answered: Mapped[int | None]
    code: Mapped[str | None]
    said: Mapped[str]
    milliseconds: Mapped[int]

    __table_args__ = (
        CheckConstraint("(answered IS NULL) = (code IS NOT NULL)", name="answered_or_not"),
        CheckConstraint("number > 0 AND milliseconds >= 0", name="counts_not_negative"),
    )
