"""Repeat: an order that is due is repeated and placed, in one transaction, once per due date (ST7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.checkout.placed import Placed
from fulfillment.drafts.place import place_draft
from fulfillment.drafts.reorder import reorder
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, FulfillmentError, Invalid, NotFound
from fulfillment.subscriptions.models import Subscription, SubscriptionOrder
from fulfillment.subscriptions.queries import SubscriptionUnderLock, lock_subscription
from fulfillment.subscriptions.states import SUBSCRIPTION, SubscriptionStatus
from fulfillment.timeline.changes import Changes

_NOT_WITHOUT_A_PERSON: Final = frozenset({"item_gone", "price_gone", "method_gone"})
"""What nobody has agreed to: an order without the item, or shipped another way. Another price is today's price."""


def repeat_due(session: Session, subscription_id: int, *, cause: Cause, at: datetime) -> bool:
    """
    Repeat the order of a subscription that is due, and put the next due date down; tell whether it was due.

    Where the order cannot be repeated as it is, or placing it is refused, nothing of it is kept and the subscription is
    blocked: it shows the problem, and goes on from the same due date once a person has resumed it.
    """
    found = lock_subscription(session, subscription_id)
    due = found.next_due
    if found.status != SubscriptionStatus.ACTIVE or due is None or due > at.date():
        return False  # another beat was here first, or a person
    changes = Changes(at=at)
    try:
        with session.begin_nested():
            placed = _repeat(session, found, cause, at)
    except (Conflict, Invalid, NotFound) as refused:
        changes.move(SUBSCRIPTION, Subscription, found, "block", cause, problem=_problem(refused, due))
    else:
        _put_down(changes, found, placed, due, cause)
    changes.write(session)
    return True


def _repeat(session: Session, found: SubscriptionUnderLock, cause: Cause, at: datetime) -> Placed:
    order_id, notices = reorder(session, found.order_number, cause=cause, at=at)
    if left_out := [notice for notice in notices if notice.code in _NOT_WITHOUT_A_PERSON]:
        raise Conflict(
            "; ".join(notice.reason for notice in left_out),
            code=left_out[0].code,
            remedy=f"mend it and POST /v1/subscriptions/{found.id}/resume, or end it and subscribe to another order",
        )
    payments = [CheckoutPayment(found.token)] if found.token is not None else []
    return place_draft(session, order_id, payments, cause=cause, at=at)


def _put_down(changes: Changes, found: SubscriptionUnderLock, placed: Placed, due: date, cause: Cause) -> None:
    made = {"subscription_id": found.id, "due_on": due, "made_order_id": placed.id, "order_number": placed.number}
    changes.insert(SubscriptionOrder, {**made, "at": changes.at})
    told = {"subscription_id": found.id, "due_on": due.isoformat()}
    changes.note("order", placed.id, placed.id, "repeat_by_subscription", cause, told)
    if (following := found.schedule.after(due)) is None:
        changes.move(SUBSCRIPTION, Subscription, found, "end", cause, next_due=None)
    else:
        changes.set(Subscription, found.id, next_due=following)


def _problem(refused: FulfillmentError, due: date) -> dict[str, str | None]:
    return {
        "code": refused.reason,
        "reason": refused.detail,
        "remedy": refused.remedy,
        "due_on": due.isoformat(),
    }
