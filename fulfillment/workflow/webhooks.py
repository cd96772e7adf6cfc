"""
The step `webhooks.deliver`: post what waits for endpoints, with no transaction open, and write down what came of it.

A receiver cannot be asked what it knows: it is told at least once, under a webhook-id that stays the same, and again only when
a process dies between posting and writing down. Whoever answers well is told first; who failed or was slow the last
time comes after them, one thing at a time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from fulfillment.dispatch.claims import Claim, read
from fulfillment.network.post import Post
from fulfillment.webhooks.payload import body_of, headers_of, webhook_id
from fulfillment.webhooks.schedule import is_taken, is_unreachable
from fulfillment.webhooks.settle import Sent, settle
from fulfillment.webhooks.take import Delivery, Line, LineKey, let_go, take
from fulfillment.wiring import Services

_BEGIN_WITHIN_SECONDS: Final = 20.0
"""A run begins no post after this, so that it is through before the time limit of its task."""

_CHANCE: Final = random.Random()  # noqa: S311 - it spreads attempts over time, and is no secret


def deliver_webhooks(services: Services, _: str, claims: Sequence[Claim]) -> None:
    """Send the deliveries of a set of dispatch rows, those of one order and endpoint one after the other."""
    with services.transaction() as session:
        rows = read(session, claims)
        lines = take(session, rows, at=services.clock(), busy_seconds=services.settings.lease_seconds)
    ends = time.monotonic() + _BEGIN_WITHIN_SECONDS
    try:
        for suspects in (False, True):
            if part := [line for line in lines if line.is_suspect == suspects]:
                sent = _send(services, part, ends=ends)
                with services.transaction() as session:
                    settle(session, part, sent, at=services.clock(), chance=_CHANCE)
    except Exception:
        with services.transaction() as session:
            let_go(session, lines)
        raise


def _send(services: Services, lines: Sequence[Line], *, ends: float) -> dict[LineKey, list[Sent]]:
    cut_off: set[int] = set()

    def send_line(post: Post, line: Line) -> list[Sent]:
        sent: list[Sent] = []
        for delivery in line.deliveries:
            if time.monotonic() > ends or line.endpoint.id in cut_off:
                break
            at = services.clock()
            answer = post(line.endpoint.url, *_signed(line.endpoint, delivery, at))
            sent.append(Sent(delivery, at, answer))
            if is_unreachable(answer.status):
                cut_off.add(line.endpoint.id)
            if not is_taken(answer.status):
                break
        return sent

    answers = services.outward.each(send_line, lines)
    return {line.key: sent for line, sent in zip(lines, answers, strict=True) if sent}


def _signed(endpoint: Any, delivery: Delivery, at: datetime) -> tuple[bytes, dict[str, str]]:
    body = body_of(delivery.event, delivery.happened_at, delivery.data)
    secrets = [endpoint.secret]
    if endpoint.former_secret is not None and endpoint.former_secret_until > at:
        secrets.append(endpoint.former_secret)
    return body, headers_of(secrets, webhook_id(delivery.event_id, delivery.position), body, at=at)
