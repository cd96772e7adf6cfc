"""Subscribe: an address is told of events from now on; what may be said about that later is here as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.kernel.machine import OfNoOrder
from fulfillment.kernel.webhook import new_secret
from fulfillment.network.outward import Neighbors, refuse_url
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.listeners import LISTENERS
from fulfillment.webhooks.models import WebhookEndpoint
from fulfillment.webhooks.schedule import OVERLAP
from fulfillment.webhooks.states import ENDPOINT, EndpointStatus
from fulfillment.webhooks.wanted import refuse_unknown

MOST_ENDPOINTS: Final = 20
"""Of one storefront, and of those that are told of all: each event is a row for each of them."""

_LOCK: Final = text("""
SELECT id, storefront_id, url, status, secret FROM webhook_endpoint
 WHERE id = :id AND status <> 'removed' AND (CAST(:storefront_id AS bigint) IS NULL OR storefront_id = :storefront_id)
   FOR UPDATE
""")
_COUNT: Final = text("""
SELECT count(*) FROM webhook_endpoint WHERE status <> 'removed' AND storefront_id IS NOT DISTINCT FROM CAST(:storefront_id AS bigint)
""")
assert WebhookEndpoint.__tablename__ == LISTENERS


@dataclass(slots=True)
class EndpointUnderLock(OfNoOrder):
    """An endpoint whose row is locked, as a subject of its machine."""

    id: int
    storefront_id: int | None
    url: str
    status: str
    secret: str


def subscribe(
    session: Session,
    url: str,
    events: Sequence[str],
    *,
    storefront_id: int | None,
    neighbors: Neighbors,
    cause: Cause,
    at: datetime,
    description: str | None = None,
) -> int:
    """
    Have an address told of events from now on; give the id of the endpoint. Its secret is made up here.

    `storefront_id`: of that storefront's orders alone. Raises AddressRefused, Invalid for events that there are not, Conflict
    where there are too many endpoints.
    """
    refuse_url(url, neighbors)
    refuse_unknown(events)
    if session.execute(_COUNT, {"storefront_id": storefront_id}).scalar_one() >= MOST_ENDPOINTS:
        raise Conflict(
            f"there are {MOST_ENDPOINTS} endpoints already",
            code="too_many_endpoints",
            remedy="remove one that is not needed any more, or let one receiver take more events",
        )
    [endpoint_id] = take_ids(session, 1)
    changes = Changes(at=at)
    row: dict[str, Any] = {
        "id": endpoint_id,
        "storefront_id": storefront_id,
        "url": url,
        "events": sorted(set(events)),
        "description": description,
        "status": EndpointStatus.ENABLED,
        "status_since": at,
        "secret": new_secret(),
        "failures": 0,
        "created_at": at,
        "created_by": cause.actor,
    }
    changes.insert(WebhookEndpoint, row)
    changes.write(session)
    return endpoint_id


def change_endpoint(
    session: Session,
    endpoint_id: int,
    *,
    storefront_id: int | None,
    neighbors: Neighbors,
    cause: Cause,
    at: datetime,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    status: EndpointStatus | None = None,
) -> None:
    """
    Change what is given; what waits goes to the new address. Enabled again it begins without a failure.

    What it was not told while it was disabled is told by a replay. Raises NotFound, AddressRefused, Invalid, Conflict.
    """
    endpoint = lock_endpoint(session, endpoint_id, storefront_id=storefront_id)
    changes = Changes(at=at)
    columns: dict[str, Any] = {}
    if url is not None:
        refuse_url(url, neighbors)
        columns["url"] = url
    if events is not None:
        refuse_unknown(events)
        columns["events"] = sorted(set(events))
    if description is not None:
        columns["description"] = description
    if status is not None and status != endpoint.status:
        _switch(changes, endpoint, status, cause)
    if columns:
        changes.set(WebhookEndpoint, endpoint.id, **columns)
    changes.write(session)


def _switch(changes: Changes, endpoint: EndpointUnderLock, status: EndpointStatus, cause: Cause) -> None:
    enabled = status == EndpointStatus.ENABLED
    afresh: dict[str, Any] = {"failures": 0, "failing_since": None, "paused_until": None}
    changes.move(
        ENDPOINT,
        WebhookEndpoint,
        endpoint,
        "enable" if enabled else "disable",
        cause,
        status_since=changes.at,
        disabled_because=None if enabled else "asked",
        **(afresh if enabled else {}),
    )


def remove_endpoint(
    session: Session, endpoint_id: int, *, storefront_id: int | None, cause: Cause, at: datetime
) -> None:
    """Tell an endpoint nothing any more, ever. Raises NotFound."""
    endpoint = lock_endpoint(session, endpoint_id, storefront_id=storefront_id)
    changes = Changes(at=at)
    changes.move(ENDPOINT, WebhookEndpoint, endpoint, "remove", cause, status_since=at, disabled_because=None)
    changes.write(session)


def change_secret(
    session: Session, endpoint_id: int, *, storefront_id: int | None, at: datetime, overlap: timedelta = OVERLAP
) -> str:
    """
    Make up a new secret and give it; for the time of `overlap` the former one signs as well.

    Raises NotFound.
    """
    endpoint = lock_endpoint(session, endpoint_id, storefront_id=storefront_id)
    secret = new_secret()
    changes = Changes(at=at)
    former = (endpoint.secret, at + overlap) if overlap else (None, None)
    changes.set(WebhookEndpoint, endpoint.id, secret=secret, former_secret=former[0], former_secret_until=former[1])
    changes.write(session)
    return secret


def lock_endpoint(session: Session, endpoint_id: int, *, storefront_id: int | None) -> EndpointUnderLock:
    """Lock an endpoint, of a storefront where one is named. Raises NotFound."""
    row = session.execute(_LOCK, {"id": endpoint_id, "storefront_id": storefront_id}).one_or_none()
    if row is None:
        raise NotFound(f"no webhook endpoint {endpoint_id}", remedy="list them: GET /v1/webhook-endpoints")
    return EndpointUnderLock(*row)
