"""Settle: what became of what was sent, in the log, on the endpoint, and in the row that sends what is left."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.claims import Claim, close, lock, postpone
from fulfillment.kernel.machine import OfNoOrder
from fulfillment.network.post import Answer
from fulfillment.timeline.changes import Changes
from fulfillment.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from fulfillment.webhooks.refuse import refuse
from fulfillment.webhooks.schedule import (
    is_given_up,
    is_gone,
    is_taken,
    is_unreachable,
    pause_after,
    wait_after,
)
from fulfillment.webhooks.states import DELIVERY, ENDPOINT, EndpointStatus
from fulfillment.webhooks.take import Delivery, Line, LineKey, waiting

_ENDPOINTS = text("""
SELECT id, status, failures, failing_since, last_milliseconds FROM webhook_endpoint
 WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE
""")
_AT_ONCE = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery that was tried, when, and what came of it."""

    delivery: Delivery
    at: datetime
    answer: Answer


@dataclass(slots=True)
class _Endpoint(OfNoOrder):
    """An endpoint whose row is locked, as a subject of its machine."""

    id: int
    status: str
    failures: int
    failing_since: datetime | None
    last_milliseconds: int | None


@dataclass(slots=True)
class _Books:
    """What is being written down."""

    session: Session
    changes: Changes
    endpoints: Mapping[int, _Endpoint]
    chance: random.Random

    @property
    def at(self) -> datetime:
        """When."""
        return self.changes.at


def settle(
    session: Session,
    lines: Sequence[Line],
    sent: Mapping[LineKey, Sequence[Sent]],
    *,
    at: datetime,
    chance: random.Random,
) -> None:
    """
    Write down what came of each line whose row is still ours; let go of the endpoints.

    A line goes on with what is left; after a failure it waits by the schedule, and what was refused often enough is passed.
    """
    ids = sorted({line.endpoint.id for line in lines})
    endpoints = {row.id: _Endpoint(*row) for row in session.execute(_ENDPOINTS, {"ids": ids})}
    ours = {each.claim for each in lock(session, [line.claim for line in lines], waiting=True)}
    books = _Books(session, Changes(at=at), endpoints, chance)
    _note_how_it_went(books, lines, sent)
    left = waiting(session, [line.key for line in lines])
    for line in lines:
        if line.claim in ours:
            _settle_line(books, line, sent.get(line.key, ()), left.get(line.key, []))
    books.changes.write(session)


def _note_how_it_went(books: _Books, lines: Sequence[Line], sent: Mapping[LineKey, Sequence[Sent]]) -> None:
    """Keep on each endpoint whether it can be reached, and how long it takes."""
    heard: dict[int, list[Sent]] = defaultdict(list)
    for line in lines:
        heard[line.endpoint.id] += sent.get(line.key, ())
    causes = {line.endpoint.id: line.job.cause for line in lines}
    for endpoint in books.endpoints.values():
        news = sorted(heard[endpoint.id], key=lambda each: each.at)
        columns: dict[str, Any] = {"busy_until": None}
        if news:
            columns |= _standing(endpoint, news, books.at)
        reason = _reason_to_disable(endpoint, news, books.at)
        if reason is not None and endpoint.status == EndpointStatus.ENABLED:
            books.changes.move(
                ENDPOINT,
                WebhookEndpoint,
                endpoint,
                "disable",
                causes[endpoint.id],
                disabled_because=reason,
                status_since=books.at,
            )
        books.changes.set(WebhookEndpoint, endpoint.id, **columns)


def _standing(endpoint: _Endpoint, news: Sequence[Sent], at: datetime) -> dict[str, Any]:
    endpoint.last_milliseconds = max(each.answer.milliseconds for each in news)
    if any(is_taken(each.answer.status) for each in news):
        endpoint.failures, endpoint.failing_since = 0, None
    if not is_taken(news[-1].answer.status):
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or at
    cut_off = endpoint.failures and is_unreachable(news[-1].answer.status)
    return {
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "last_milliseconds": endpoint.last_milliseconds,
        "paused_until": at + timedelta(seconds=pause_after(endpoint.failures)) if cut_off else None,
    }


def _reason_to_disable(endpoint: _Endpoint, news: Sequence[Sent], at: datetime) -> str | None:
    if any(is_gone(each.answer.status) for each in news):
        return "gone"
    return "failing" if is_given_up(endpoint.failing_since, at) else None


def _settle_line(books: _Books, line: Line, sent: Sequence[Sent], left: Sequence[Delivery]) -> None:
    there = {delivery.id: delivery for delivery in left}
    wait: float | None = _AT_ONCE
    for each in sent:
        if (delivery := there.get(each.delivery.id)) is not None:
            _log(books, delivery, each)
            wait = _judge(books, line, delivery, each)
            if wait is None:
                del there[delivery.id]
    endpoint = books.endpoints.get(line.endpoint.id)
    if endpoint is None or endpoint.status != EndpointStatus.ENABLED:
        for delivery in there.values():
            books.changes.move(DELIVERY, WebhookDelivery, delivery, "disable", line.job.cause, status_since=books.at)
        there = {}
    _go_on(books, line, is_left=bool(there), wait=wait, was_tried=bool(sent))


def _log(books: _Books, delivery: Delivery, each: Sent) -> None:
    delivery.attempts += 1
    books.changes.insert(
        WebhookAttempt,
        {
            "delivery_id": delivery.id,
            "number": delivery.attempts,
            "at": each.at,
            "answered": each.answer.status,
            "code": each.answer.code,
            "said": each.answer.said,
            "milliseconds": each.answer.milliseconds,
        },
    )
    books.changes.set(WebhookDelivery, delivery.id, attempts=delivery.attempts)


def _judge(books: _Books, line: Line, delivery: Delivery, each: Sent) -> float | None:
    """Give how long this delivery waits for its next attempt; None when it is through."""
    cause = line.job.cause
    if is_taken(each.answer.status):
        books.changes.move(DELIVERY, WebhookDelivery, delivery, "deliver", cause, status_since=books.at)
        return None
    wait = wait_after(delivery.attempts - delivery.attempts_before, chance=books.chance)
    if wait is None:
        refuse(books.changes, delivery, cause)
    return wait


def _go_on(books: _Books, line: Line, *, is_left: bool, wait: float | None, was_tried: bool) -> None:
    """Close the row; what is left gets a fresh one at once, or, after a failure, this one when its time comes."""
    if not is_left:
        close(books.session, [line.claim])
    elif wait is None:
        close(books.session, [line.claim])
        books.changes.publish(
            "webhook.due",
            line.endpoint.id,
            line.job.cause,
            order_id=line.job.order_id,
            sublane=line.endpoint.id,
        )
    else:
        _postpone(books, line.claim, wait, was_tried=was_tried)


def _postpone(books: _Books, claim: Claim, wait: float, *, was_tried: bool) -> None:
    error = "the endpoint did not take it" if was_tried else "there was no time left to try it"
    postpone(books.session, [claim], seconds=wait, error=error)
