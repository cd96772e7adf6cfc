"""Refuse: an event that is not told any more, unless by a replay; what comes after it has its turn."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.dead_letters import take_off
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes
from fulfillment.webhooks.models import WebhookAttempt, WebhookDelivery
from fulfillment.webhooks.states import DELIVERY
from fulfillment.webhooks.take import Delivery, waiting

BROKEN: Final = "broken"
"""The code of an attempt that failed by a fault of ours."""

_STEP: Final = "webhooks.deliver"

# Whoever tells an endpoint something again holds its row, and so knows whether something is on its way there already.
_LOCK = text(f"""
SELECT id FROM webhook_endpoint WHERE id IN (SELECT subject_id FROM dispatch WHERE dead AND step = '{_STEP}')
 ORDER BY id FOR NO KEY UPDATE
""")  # noqa: S608 - our own name


def refuse(changes: Changes, delivery: Delivery, cause: Cause) -> None:
    """Give an event up, with an entry on its order's timeline."""
    changes.move(DELIVERY, WebhookDelivery, delivery, "refuse", cause, status_since=changes.at)
    if delivery.of_order is not None:
        told = {"endpoint_id": delivery.endpoint_id, "event": delivery.event, "delivery_id": delivery.id}
        changes.note("order", delivery.of_order, delivery.of_order, "webhook_refused", cause, told)


def pass_over_broken(session: Session, *, at: datetime) -> int:
    """
    Give up the events on which the sending itself broke for good, so that later ones of their orders are told; give how many.

    A row that was handed out before sends one event at a time (take.py): what it broke on is the first that waits.
    """
    endpoints = session.execute(_LOCK).scalars().all()
    dead = take_off(session, _STEP, endpoints) if endpoints else []
    lines = waiting(session, {(each.job.subject_id, each.job.order_id) for each in dead})
    changes = Changes(at=at)
    for each in dead:
        if not (line := lines.get((each.job.subject_id, each.job.order_id))):
            continue
        broken = line.pop(0)
        _log(changes, broken)
        refuse(changes, broken, each.job.cause)
        if line:
            changes.publish(
                "webhook.due",
                each.job.subject_id,
                each.job.cause,
                order_id=each.job.order_id,
                sublane=each.job.subject_id,
            )
    changes.write(session)
    return len(dead)


def _log(changes: Changes, delivery: Delivery) -> None:
    """Leave a trace for the subscriber; what went wrong stands in our own log, by the id of the row."""
    attempt = {"delivery_id": delivery.id, "number": delivery.attempts + 1, "at": changes.at, "answered": None}
    said = {"code": BROKEN, "said": "it could not be sent, by a fault of ours", "milliseconds": 0}
    changes.insert(WebhookAttempt, {**attempt, **said})
    changes.set(WebhookDelivery, delivery.id, attempts=delivery.attempts + 1)
