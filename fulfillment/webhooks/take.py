"""Take: what is to be sent now, of endpoints that nobody else is at; what must wait, and what is not to be sent at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.dispatch.claims import Claim, ClaimedJob, close, postpone
from fulfillment.kernel.machine import OfNoOrder
from fulfillment.timeline.changes import Changes
from fulfillment.webhooks.models import WebhookDelivery
from fulfillment.webhooks.schedule import SLOW_MILLISECONDS
from fulfillment.webhooks.states import DELIVERY, EndpointStatus

_BUSY_SECONDS = 1.0
MOST_IN_A_ROW = 10
"""Events of one order that are sent in one run."""

_TAKE = text("""
UPDATE webhook_endpoint SET busy_until = :until
 WHERE id = ANY (ARRAY(SELECT id FROM webhook_endpoint
                        WHERE id = ANY (CAST(:ids AS bigint[])) AND status = 'enabled'
                          AND coalesce(busy_until, :at) <= :at AND coalesce(paused_until, :at) <= :at
                        ORDER BY id FOR UPDATE SKIP LOCKED))
RETURNING id, url, secret, former_secret, former_secret_until, failures, last_milliseconds, busy_until
""")
_LET_GO = text(
    "UPDATE webhook_endpoint SET busy_until = NULL WHERE id = ANY (CAST(:ids AS bigint[])) AND busy_until = :until"
)
_STANDING = text("SELECT id, status, paused_until FROM webhook_endpoint WHERE id = ANY (CAST(:ids AS bigint[]))")
_WAITING = text("""
SELECT w.id, w.endpoint_id, w.order_id, w.event, w.event_id, w.position, w.data, w.happened_at, w.attempts, w.attempts_before, w.status
  FROM unnest(CAST(:endpoint_ids AS bigint[]), CAST(:order_ids AS bigint[])) AS line(endpoint_id, order_id)
  JOIN webhook_delivery w ON w.endpoint_id = line.endpoint_id AND w.status = 'waiting'
   AND (w.order_id = line.order_id OR w.order_id IS NULL AND line.order_id IS NULL)
 ORDER BY w.event_id, w.position, w.id
""")
LineKey = tuple[int, int | None]


@dataclass(slots=True)
class Delivery(OfNoOrder):
    """
    One event on its way, as a subject of its machine.

    Its moves stand in the log of deliveries: on the order's timeline they would be as many as all others.
    """

    id: int
    endpoint_id: int
    of_order: int | None
    event: str
    event_id: int
    position: int
    data: dict[str, Any]
    happened_at: datetime
    attempts: int
    attempts_before: int
    status: str


@dataclass(slots=True)
class Line:
    """What waits for one endpoint of one order, first things first, and the row under which it is sent."""

    claim: Claim
    job: Any
    endpoint: Row[Any]
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def key(self) -> LineKey:
        """Which endpoint, and which order."""
        return self.endpoint.id, self.job.order_id

    @property
    def most(self) -> int:
        """How many events may go in this run: one alone where an earlier hand-out came to nothing, so that it is known which broke it."""
        return MOST_IN_A_ROW if self.claim.fence == 1 else 1

    @property
    def is_suspect(self) -> bool:
        """Whether the endpoint failed the last time, or took long: it is told one thing at a time."""
        return bool(self.endpoint.failures) or (self.endpoint.last_milliseconds or 0) > SLOW_MILLISECONDS


def take(session: Session, rows: Sequence[ClaimedJob], *, at: datetime, busy_seconds: float) -> list[Line]:
    """
    Give what to send; the endpoints are ours for some seconds. All other rows are put off or closed.

    One process at a time is at an endpoint, so that a slow one holds up one of them at most.
    """
    ids = sorted({row.job.subject_id for row in rows})
    until = at + timedelta(seconds=busy_seconds)
    taken = {row.id: row for row in session.execute(_TAKE, {"ids": ids, "at": at, "until": until})}
    lines = [Line(row.claim, row.job, taken[row.job.subject_id]) for row in rows if row.job.subject_id in taken]
    found = waiting(session, [line.key for line in lines])
    for line in lines:
        line.deliveries = found.pop(line.key, [])[: line.most]
    _put_off(session, [row for row in rows if row.job.subject_id not in taken], at=at)
    return _one_thing_at_a_time(session, lines)


def let_go(session: Session, lines: Sequence[Line]) -> None:
    """Leave the endpoints of these lines to others; one that somebody else is at by now is left alone."""
    for until in {line.endpoint.busy_until for line in lines}:
        ids = sorted({line.endpoint.id for line in lines if line.endpoint.busy_until == until})
        session.execute(_LET_GO, {"ids": ids, "until": until})


def waiting(session: Session, keys: Iterable[LineKey]) -> dict[LineKey, list[Delivery]]:
    """Give what waits for endpoints, of each order, first things first."""
    found: dict[LineKey, list[Delivery]] = {}
    wanted = list(keys)
    parameters = {"endpoint_ids": [endpoint for endpoint, _ in wanted], "order_ids": [order for _, order in wanted]}
    for row in session.execute(_WAITING, parameters) if wanted else ():
        found.setdefault((row.endpoint_id, row.order_id), []).append(Delivery(*row))
    return found


def _one_thing_at_a_time(session: Session, lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    suspects: set[int] = set()
    for line in lines:
        if line.is_suspect:
            if line.endpoint.id in suspects:
                postpone(session, [line.claim], seconds=_BUSY_SECONDS, error="its endpoint is told one thing at a time")
                continue
            suspects.add(line.endpoint.id)
            line.deliveries = line.deliveries[:1]
        kept.append(line)
    return kept


def _put_off(session: Session, rows: Sequence[ClaimedJob], *, at: datetime) -> None:
    """Leave alone who is paused or busy; what is for an endpoint that is disabled or gone is not sent any more."""
    standing = {
        row.id: row for row in session.execute(_STANDING, {"ids": sorted({row.job.subject_id for row in rows})})
    }
    given_up = []
    for row in rows:
        endpoint = standing.get(row.job.subject_id)
        if endpoint is None or endpoint.status != EndpointStatus.ENABLED:
            given_up.append(row)
        elif endpoint.paused_until is not None and endpoint.paused_until > at:
            seconds = (endpoint.paused_until - at).total_seconds()
            postpone(session, [row.claim], seconds=seconds, error="its endpoint could not be reached a moment ago")
        else:
            postpone(session, [row.claim], seconds=_BUSY_SECONDS, error="its endpoint is being told something else")
    _give_up(session, given_up, at=at)


def _give_up(session: Session, rows: Sequence[ClaimedJob], *, at: datetime) -> None:
    changes = Changes(at=at)
    causes = {(row.job.subject_id, row.job.order_id): row.job.cause for row in rows}
    for key, deliveries in waiting(session, causes).items():
        for delivery in deliveries:
            changes.move(DELIVERY, WebhookDelivery, delivery, "disable", causes[key], status_since=at)
    changes.write(session)
    close(session, [row.claim for row in rows])
