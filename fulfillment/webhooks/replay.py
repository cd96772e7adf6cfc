"""Replay: what was told, refused or kept back is told again, under its old webhook-id; and a test that tells nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_change_id, take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.timeline.changes import Changes
from fulfillment.webhooks.announce import Event, delivery_row
from fulfillment.webhooks.models import WebhookDelivery
from fulfillment.webhooks.states import DELIVERY, EndpointStatus
from fulfillment.webhooks.subscribe import EndpointUnderLock, lock_endpoint
from fulfillment.webhooks.take import Delivery
from fulfillment.webhooks.wanted import TEST

MOST_AT_ONCE: Final = 1000

_COLUMNS = "id, endpoint_id, order_id, event, event_id, position, data, happened_at, attempts, attempts_before, status"
_LINES = text("""
SELECT order_id FROM dispatch
 WHERE step = 'webhooks.deliver' AND lane = :lane AND order_id = ANY (CAST(:order_ids AS bigint[])) ORDER BY id FOR UPDATE
""")
_WHICH = text("SELECT endpoint_id FROM webhook_delivery WHERE id = :id")
_ONE = text(f"SELECT {_COLUMNS} FROM webhook_delivery WHERE id = :id FOR UPDATE")  # noqa: S608 - our own names
_SINCE = text(f"""
SELECT {_COLUMNS} FROM webhook_delivery
 WHERE endpoint_id = :endpoint_id AND happened_at >= :since AND status = ANY (CAST(:statuses AS text[]))
 ORDER BY event_id, position LIMIT :most FOR UPDATE
""")  # noqa: S608 - our own names


def replay(session: Session, delivery_id: int, *, storefront_id: int | None, cause: Cause, at: datetime) -> None:
    """Tell one event again. Raises NotFound, or Conflict where it waits already or its endpoint is disabled."""
    endpoint_id = session.execute(_WHICH, {"id": delivery_id}).scalar()
    if endpoint_id is None:
        raise _no_delivery(delivery_id)
    endpoint = _enabled(lock_endpoint(session, endpoint_id, storefront_id=storefront_id))
    row = session.execute(_ONE, {"id": delivery_id}).one_or_none()
    if row is None:
        raise _no_delivery(delivery_id)
    delivery = Delivery(*row)
    _, refused = DELIVERY.admit("replay", [delivery])
    if refused:
        raise refused[0].as_error()
    _tell_again(session, endpoint, [delivery], cause=cause, at=at)


def replay_since(
    session: Session,
    endpoint_id: int,
    since: datetime,
    statuses: Sequence[str],
    *,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
) -> int:
    """
    Tell an endpoint again what happened since a time and stands in one of these states; give how many events.

    They are a thousand at most, the oldest first: ask again for the rest. Raises Invalid where there is no such
    endpoint, or Conflict where it is disabled.
    """
    try:
        endpoint = _enabled(lock_endpoint(session, endpoint_id, storefront_id=storefront_id))
    except NotFound as none:
        raise Invalid(none.detail, remedy="name one of GET /v1/webhook-endpoints") from none
    parameters = {"endpoint_id": endpoint_id, "since": since, "statuses": list(statuses), "most": MOST_AT_ONCE}
    found = [Delivery(*row) for row in session.execute(_SINCE, parameters)]
    _tell_again(session, endpoint, found, cause=cause, at=at)
    return len(found)


def tell_test(session: Session, endpoint_id: int, *, storefront_id: int | None, cause: Cause, at: datetime) -> int:
    """Tell an endpoint something that did not happen, so that its receiver can be tried; give the delivery."""
    endpoint = _enabled(lock_endpoint(session, endpoint_id, storefront_id=storefront_id))
    [row_id] = take_ids(session, 1)
    event = Event(TEST, endpoint.id, take_change_id(session), 1, 0, at, cause)
    changes = Changes(at=at)
    changes.insert(
        WebhookDelivery, delivery_row(row_id, endpoint.id, event, {"endpoint": endpoint.id}, at=at, waits=True)
    )
    changes.publish("webhook.due", endpoint.id, cause, sublane=endpoint.id)
    changes.write(session)
    return row_id


def _tell_again(
    session: Session, endpoint: EndpointUnderLock, deliveries: Iterable[Delivery], *, cause: Cause, at: datetime
) -> None:
    deliveries = list(deliveries)
    orders = {each.of_order for each in deliveries}
    on_their_way = _on_their_way(session, endpoint.id, orders)
    changes = Changes(at=at)
    for delivery in deliveries:
        changes.move(
            DELIVERY,
            WebhookDelivery,
            delivery,
            "replay",
            cause,
            status_since=at,
            attempts_before=delivery.attempts,
        )
    for order_id in sorted(orders - on_their_way, key=lambda each: each or 0):
        changes.publish("webhook.due", endpoint.id, cause, order_id=order_id, sublane=endpoint.id)
    changes.write(session)


def _on_their_way(session: Session, endpoint_id: int, orders: Iterable[int | None]) -> set[int | None]:
    """Give the orders of which something is on its way to the endpoint already; their rows are locked, and see more of it."""
    wanted = sorted(order for order in orders if order is not None)
    found: Iterable[Row[Any]] = session.execute(_LINES, {"lane": f"webhooks:{endpoint_id}", "order_ids": wanted})
    return {row.order_id for row in found}


def _enabled(endpoint: EndpointUnderLock) -> EndpointUnderLock:
    if endpoint.status != EndpointStatus.ENABLED:
        raise Conflict(
            f"webhook endpoint {endpoint.id} is disabled",
            code="endpoint_disabled",
            remedy=f'enable it: PATCH /v1/webhook-endpoints/{endpoint.id} {{"status": "enabled"}}',
        )
    return endpoint


def _no_delivery(delivery_id: int) -> NotFound:
    return NotFound(f"no webhook delivery {delivery_id}", remedy="list them: GET /v1/webhook-deliveries")
