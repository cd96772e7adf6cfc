"""Webhook endpoints and what they are told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from fulfillment.webhooks.states import DeliveryStatus
from web.schemas.base import Answer, Id, Moment, Page, Reference, Sent, Text

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
EventFilter = Annotated[str, StringConstraints(min_length=1, max_length=60)]
EventFilters = Annotated[list[EventFilter], Field(min_length=1, max_length=50)]
_A_WEEK = 7 * 24 * 3600


class WebhookEndpointIn(Sent):
    """
    An address to be told of events, by https. `events` are names (`shipment.shipped`), all of a kind (`shipment.*`), or `*`.

    A storefront is told of its own orders.
    """

    url: Url
    events: EventFilters = ["*"]  # noqa: RUF012 - pydantic copies it
    description: Text | None = None


class WebhookEndpointChangeIn(Sent):
    """What is to be different. What was not told while it was disabled is told by a replay."""

    url: Url | None = None
    events: EventFilters | None = None
    description: Text | None = None
    status: Literal["enabled", "disabled"] | None = None


class SecretChangeIn(Sent):
    """For how long (seconds) the former secret signs beside the new one: time enough to change the receiver."""

    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=_A_WEEK)] = 24 * 3600


class TestIn(Sent):
    """Nothing is to be said about it."""


class ReplaysIn(Sent):
    """Which events are told again: of one endpoint, that happened since a time, and stand in one of these states."""

    endpoint_id: Id
    since: Moment
    statuses: Annotated[list[Literal["delivered", "refused", "disabled"]], Field(min_length=1, max_length=3)] = [  # noqa: RUF012 - pydantic copies it
        "refused",
        "disabled",
    ]


class ReplayOneIn(Sent):
    """Nothing is to be said about it."""


class WebhookDeliveriesQuery(Page):
    """Of which endpoint, which order, and in which state."""

    endpoint_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    order: Reference | None = None
    status: DeliveryStatus | None = None


class WebhookEndpointOut(Answer):
    """
    An endpoint. `disabled_because`: `asked`, `gone` (it answered 410) or `failing` (it took nothing for three days).

    Nothing is tried until `paused_until`, because it could not be reached.
    """

    id: int
    storefront: str | None
    url: str
    events: list[str]
    description: str | None
    status: str
    status_since: str
    disabled_because: str | None
    former_secret_until: str | None
    failures: int
    failing_since: str | None
    paused_until: str | None
    created_at: str
    created_by: str


class WebhookEndpointWithSecretOut(WebhookEndpointOut):
    """An endpoint, with the secret that what it is told is signed with. It is shown this once."""

    secret: str


class WebhookEndpointsOut(Answer):
    """A page of endpoints, by id."""

    webhook_endpoints: list[WebhookEndpointOut]
    next: str | None


class RemovedOut(Answer):
    """What is told nothing any more."""

    id: int
    removed: bool


class WebhookDeliveryOut(Answer):
    """
    One event for one endpoint. `answered` is the HTTP status of the last attempt, or `code` says why there was none:
    `timeout`, `connection`, `address_refused`, `broken` (a fault of ours). `said` are the first bytes of the answer.
    """

    id: int
    endpoint_id: int
    webhook_id: str
    event: str
    order: str | None
    happened_at: str
    status: str
    status_since: str
    attempts: int
    next_attempt_at: str | None
    answered: int | None
    code: str | None
    said: str | None


class WebhookAttemptOut(Answer):
    """One try to tell an event."""

    number: int
    at: str
    answered: int | None
    code: str | None
    said: str
    milliseconds: int


class WebhookDeliveryWithAttemptsOut(WebhookDeliveryOut):
    """One event for one endpoint, with what was told and every attempt."""

    payload: dict[str, Any]
    log: list[WebhookAttemptOut]


class WebhookDeliveriesOut(Answer):
    """A page of deliveries, the latest first."""

    webhook_deliveries: list[WebhookDeliveryOut]
    next: str | None


class ReplaysOut(Answer):
    """How many events are told again."""

    replayed: int
