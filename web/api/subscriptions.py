"""Subscriptions: made, read, paused, resumed, ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.subscriptions.read import SubscriptionView, find_subscription, list_subscriptions
from fulfillment.subscriptions.subscribe import end, pause, resume, subscribe
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.paging import after_id, page
from web.routes import Noun
from web.schemas.base import day, moment
from web.schemas.subscriptions import (
    EndIn,
    PauseIn,
    ResumptionIn,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionsOut,
    SubscriptionsQuery,
)

noun = Noun("subscriptions", "Orders that are repeated on a schedule.")

_ONE = "/v1/subscriptions/<id:subscription_id>"


@noun.commands("/v1/subscriptions", roles=(CSR, ADMIN), body=SubscriptionIn, answer=SubscriptionOut, status=201)
def create_subscription(session: Session, call: Call, body: SubscriptionIn) -> Reply:
    """Repeat an order at an interval, at the prices of each day; the first time on `starts_on`."""
    made = subscribe(session, body.order, body.as_schedule(), token=body.token, cause=call.cause, at=call.at)
    return Reply(_shown(find_subscription(session, made)), 201, {"Location": f"/v1/subscriptions/{made}"})


@noun.reads("/v1/subscriptions", roles=(CSR, ADMIN), answer=SubscriptionsOut, query=SubscriptionsQuery)
def list_all_subscriptions(session: Session, call: Call, query: SubscriptionsQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List subscriptions; `status=blocked` are those that somebody must look at."""
    after = after_id(query.cursor) or 0
    views = list_subscriptions(
        session, status=query.status, order_number=query.order, after=after, limit=query.limit + 1
    )
    shown = [_shown(view) for view in views]
    return Reply(page("subscriptions", views, query.limit, lambda view: view.head["id"], shown))


@noun.reads(_ONE, roles=(CSR, ADMIN), answer=SubscriptionOut)
def show_subscription(session: Session, call: Call, subscription_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read a subscription with the orders it made."""
    return Reply(_shown(find_subscription(session, subscription_id)))


@noun.commands(f"{_ONE}/pause", roles=(CSR, ADMIN), body=PauseIn, answer=SubscriptionOut)
def pause_subscription(session: Session, call: Call, body: PauseIn, subscription_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Repeat nothing until it is resumed."""
    pause(session, subscription_id, cause=call.cause, at=call.at)
    return Reply(_shown(find_subscription(session, subscription_id)))


@noun.commands(f"{_ONE}/resume", roles=(CSR, ADMIN), body=ResumptionIn, answer=SubscriptionOut)
def resume_subscription(session: Session, call: Call, body: ResumptionIn, subscription_id: int) -> Reply:
    """Go on: what was blocked tries its due date again, what was paused goes on with the next; `from` leaves out more."""
    resume(session, subscription_id, from_day=body.from_day, cause=call.cause, at=call.at)
    return Reply(_shown(find_subscription(session, subscription_id)))


@noun.commands(f"{_ONE}/end", roles=(CSR, ADMIN), body=EndIn, answer=SubscriptionOut)
def end_subscription(session: Session, call: Call, body: EndIn, subscription_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Repeat nothing any more. Orders that were made stay as they are."""
    end(session, subscription_id, cause=call.cause, at=call.at)
    return Reply(_shown(find_subscription(session, subscription_id)))


def _shown(view: SubscriptionView) -> dict[str, Any]:
    head = view.head
    return {
        "id": head["id"],
        "order": head["order_number"],
        "status": head["status"],
        "every": {head["unit"]: head["every"]},
        "starts_on": day(head["starts_on"]),
        "ends_on": day(head["ends_on"]),
        "next_due": day(head["next_due"]),
        "paid_by_card": head["paid_by_card"],
        "problem": head["problem"],
        "orders": [
            {"due_on": day(made["due_on"]), "order": made["order_number"], "placed_at": moment(made["at"])}
            for made in view.orders
        ],
        "created_at": moment(head["created_at"]),
        "created_by": head["created_by"],
    }
