"""Announce: the events of an order become deliveries, one for each endpoint that wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Job, Outcome
from fulfillment.timeline.changes import Changes
from fulfillment.webhooks.models import WebhookDelivery
from fulfillment.webhooks.states import DeliveryStatus, EndpointStatus
from fulfillment.webhooks.wanted import wants

_ENDPOINTS = text(
    "SELECT id, storefront_id, events, status FROM webhook_endpoint WHERE status <> 'removed' ORDER BY id"
)
_ORDERS = text("SELECT id, number, storefront_id FROM purchase_order WHERE id = ANY (CAST(:ids AS bigint[]))")
_SUBJECTS: Final = {
    "shipment": text("SELECT id, number FROM shipment WHERE id = ANY (CAST(:ids AS bigint[]))"),
    "return": text("SELECT id, number FROM return_order WHERE id = ANY (CAST(:ids AS bigint[]))"),
    "parcel": text(
        "SELECT p.id, s.number FROM parcel p JOIN shipment s ON s.id = p.shipment_id WHERE p.id = ANY (CAST(:ids AS bigint[]))"
    ),
}
# Whoever writes down what became of the deliveries of an order holds its row: then nothing is added that nobody would see.
_LINES = text("""
SELECT order_id, subject_id FROM dispatch
 WHERE step = 'webhooks.deliver' AND order_id = ANY (CAST(:order_ids AS bigint[])) ORDER BY id FOR UPDATE
""")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order."""

    name: str
    subject_id: int
    id: int
    position: int
    order_id: int
    at: datetime
    cause: Cause

    @property
    def kind(self) -> str:
        """What it happened to: order, payment, shipment, parcel or return."""
        return self.name.split(".", maxsplit=1)[0]


def announce(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Write down who is to be told of these events. What is disabled is told nothing, and may ask for it later."""
    events = [event for job in jobs for event in _events(job)]
    endpoints = session.execute(_ENDPOINTS).all()
    orders = {row.id: row for row in session.execute(_ORDERS, {"ids": [event.order_id for event in events]})}
    told = [
        (endpoint, event)
        for event in events
        for endpoint in endpoints
        if event.order_id in orders
        and endpoint.storefront_id in (None, orders[event.order_id].storefront_id)
        and wants(endpoint.events, event.name)
    ]
    numbers = _numbers(session, {event for _, event in told})
    lines = {(row.subject_id, row.order_id) for row in session.execute(_LINES, {"order_ids": list(orders)})}
    changes = Changes(at=at)
    for row_id, (endpoint, event) in zip(take_ids(session, len(told)), told, strict=True):
        waits = endpoint.status == EndpointStatus.ENABLED
        data = data_of(event, orders[event.order_id].number, numbers)
        changes.insert(WebhookDelivery, delivery_row(row_id, endpoint.id, event, data, at=at, waits=waits))
        if waits and (endpoint.id, event.order_id) not in lines:
            lines.add((endpoint.id, event.order_id))
            changes.publish("webhook.due", endpoint.id, event.cause, order_id=event.order_id, sublane=endpoint.id)
    changes.write(session)
    return Outcome(done=[job.subject_id for job in jobs])


def data_of(event: Event, order: str, numbers: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    """Say what an event is about, by number: who wants to know more asks for it, with a key."""
    data: dict[str, Any] = {"order": order, "links": {"order": f"/v1/orders/{order}"}}
    if (number := numbers.get((event.kind, event.subject_id))) is not None:
        if event.kind == "parcel":
            data |= {"parcel": {"id": event.subject_id}, "shipment": {"number": number}}
        else:
            data |= {event.kind: {"id": event.subject_id, "number": number}}
    return data


def delivery_row(
    row_id: int, endpoint_id: int, event: Event, data: Mapping[str, Any], *, at: datetime, waits: bool
) -> dict[str, Any]:
    """Make up the row of one event for one endpoint."""
    return {
        "id": row_id,
        "endpoint_id": endpoint_id,
        "order_id": event.order_id or None,
        "event": event.name,
        "event_id": event.id,
        "position": event.position,
        "data": dict(data),
        "happened_at": event.at,
        "status": DeliveryStatus.WAITING if waits else DeliveryStatus.DISABLED,
        "status_since": at,
        "attempts": 0,
        "attempts_before": 0,
    }


def _events(job: Job) -> Iterable[Event]:
    told: Any = job.argument
    at = datetime.fromisoformat(told["at"])
    assert job.cause.dispatch_id is not None
    assert job.order_id is not None
    for position, (name, subject_id) in enumerate(told["events"], start=1):
        yield Event(name, subject_id, job.cause.dispatch_id, position, job.order_id, at, job.cause)


def _numbers(session: Session, events: Iterable[Event]) -> dict[tuple[str, int], str]:
    """Give the numbers of what the events are about, by kind and id."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        if event.kind in _SUBJECTS:
            wanted.setdefault(event.kind, set()).add(event.subject_id)
    return {
        (kind, row.id): row.number
        for kind, ids in sorted(wanted.items())
        for row in session.execute(_SUBJECTS[kind], {"ids": sorted(ids)})
    }
