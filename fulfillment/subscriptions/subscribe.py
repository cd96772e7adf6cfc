"""Subscribe, pause, resume, end: what a person does to a subscription (ST7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.read import find_order
from fulfillment.orders.states import OrderStatus
from fulfillment.subscriptions.models import Subscription
from fulfillment.subscriptions.queries import SubscriptionUnderLock, lock_subscription
from fulfillment.subscriptions.schedule import Schedule
from fulfillment.subscriptions.states import SUBSCRIPTION, SubscriptionStatus
from fulfillment.timeline.changes import Changes


def subscribe(
    session: Session, number: str, schedule: Schedule, *, token: str | None, cause: Cause, at: datetime
) -> int:
    """
    Repeat an order on a schedule, paid by this card or else unpaid; give the subscription.

    Raises NotFound, Conflict `not_placed` for a draft, Invalid for a schedule that begins in the past or ends at once.
    """
    order = find_order(session, number)
    if order["underlying_status"] == OrderStatus.DRAFT:
        remedy = f"place it: POST /v1/orders/{number}/placement"
        raise Conflict(f"order {number} is a draft", code="not_placed", guard="order_placed", remedy=remedy)
    if schedule.starts_on < at.date():
        raise Invalid("a subscription begins today or later", code="starts_in_past", remedy="send a later starts_on")
    if schedule.first_from(schedule.starts_on) is None:
        raise Invalid("the subscription ends before it begins", code="ends_too_early", remedy="send a later ends_on")
    [subscription_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(
        Subscription,
        {
            "id": subscription_id,
            "repeats_order_id": order["id"],
            "order_number": number,
            "status": SubscriptionStatus.ACTIVE,
            "unit": schedule.unit,
            "every": schedule.every,
            "starts_on": schedule.starts_on,
            "ends_on": schedule.ends_on,
            "next_due": schedule.starts_on,
            "token": token,
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    detail = {"every": schedule.every, "unit": schedule.unit, "starts_on": schedule.starts_on.isoformat()}
    changes.note("subscription", subscription_id, order["id"], "subscribe", cause, detail)
    changes.write(session)
    return subscription_id


def pause(session: Session, subscription_id: int, *, cause: Cause, at: datetime) -> None:
    """Repeat nothing until it is resumed. Raises NotFound, Conflict where it is paused or has ended."""
    _move(session, subscription_id, "pause", cause, at, problem=None)


def end(session: Session, subscription_id: int, *, cause: Cause, at: datetime) -> None:
    """Repeat nothing any more. Raises NotFound, Conflict where it has ended."""
    _move(session, subscription_id, "end", cause, at, problem=None, next_due=None)


def resume(session: Session, subscription_id: int, *, from_day: date | None = None, cause: Cause, at: datetime) -> None:
    """
    Go on: what was blocked tries the same due date again; what was paused goes on with the next one, and makes none up.

    With `from_day` it goes on with the first due date from then on. Raises NotFound, Conflict where it is active or has
    ended, or where none is left.
    """
    found = lock_subscription(session, subscription_id)
    due = found.next_due
    if from_day is not None or found.status == SubscriptionStatus.PAUSED:
        due = found.schedule.first_from(max(from_day or at.date(), found.next_due or found.schedule.starts_on))
    if due is None and SUBSCRIPTION.allows(found.status, "resume"):
        raise Conflict(
            "no due date is left",
            code="nothing_left",
            guard="due_date_left",
            remedy=f"end it: POST /v1/subscriptions/{subscription_id}/end",
        )
    _move(session, subscription_id, "resume", cause, at, found=found, problem=None, next_due=due)


def _move(
    session: Session,
    subscription_id: int,
    verb: str,
    cause: Cause,
    at: datetime,
    *,
    found: SubscriptionUnderLock | None = None,
    **columns: Any,
) -> None:
    found = found or lock_subscription(session, subscription_id)
    _, refused = SUBSCRIPTION.admit(verb, [found])
    if refused:
        raise refused[0].as_error()
    changes = Changes(at=at)
    changes.move(SUBSCRIPTION, Subscription, found, verb, cause, **columns)
    changes.write(session)
