"""Webhook deliveries: what was told to whom, what they answered, and telling it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.webhooks.payload import body_of, webhook_id
from fulfillment.webhooks.read import attempts_of, data_of_delivery, find_delivery, list_deliveries
from fulfillment.webhooks.replay import replay, replay_since
from web import json
from web.access import ADMIN, STOREFRONT
from web.call import Call, Reply
from web.paging import after_moment, moment_and_id, page
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.webhooks import (
    ReplayOneIn,
    ReplaysIn,
    ReplaysOut,
    WebhookDeliveriesOut,
    WebhookDeliveriesQuery,
    WebhookDeliveryOut,
    WebhookDeliveryWithAttemptsOut,
)

noun = Noun("webhook_deliveries", "What was told to webhook endpoints, with every attempt; kept for 30 days.")

_ALL = "/v1/webhook-deliveries"
_ONE = f"{_ALL}/<id:delivery_id>"
_ROLES = (STOREFRONT, ADMIN)


@noun.reads(_ALL, roles=_ROLES, answer=WebhookDeliveriesOut, query=WebhookDeliveriesQuery)
def list_webhook_deliveries(session: Session, call: Call, query: WebhookDeliveriesQuery) -> Reply:
    """List deliveries, the latest first."""
    rows = list_deliveries(
        session,
        storefront_id=call.storefront_id,
        endpoint_id=query.endpoint_id,
        order_number=query.order,
        status=query.status,
        before=after_moment(query.cursor),
        limit=query.limit + 1,
    )
    shown = [shown_delivery(row) for row in rows]
    last = page(
        "webhook_deliveries", rows, query.limit, lambda row: moment_and_id(row["happened_at"], row["id"]), shown
    )
    return Reply(last)


@noun.reads(_ONE, roles=_ROLES, answer=WebhookDeliveryWithAttemptsOut)
def show_webhook_delivery(session: Session, call: Call, delivery_id: int) -> Reply:
    """Read a delivery: what is told, and every attempt with its answer."""
    row = find_delivery(session, delivery_id, storefront_id=call.storefront_id)
    data = data_of_delivery(session, delivery_id)
    log = [{**each, "at": moment(each["at"])} for each in attempts_of(session, delivery_id)]
    payload = json.loads(body_of(row["event"], row["happened_at"], data))
    return Reply({**shown_delivery(row), "payload": payload, "log": log})


@noun.commands(f"{_ONE}/replay", roles=_ROLES, body=ReplayOneIn, answer=WebhookDeliveryOut)
def replay_webhook_delivery(session: Session, call: Call, body: ReplayOneIn, delivery_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Tell one event again, under the same webhook-id."""
    replay(session, delivery_id, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return Reply(shown_delivery(find_delivery(session, delivery_id, storefront_id=call.storefront_id)))


@noun.commands(f"{_ALL}/replays", roles=_ROLES, body=ReplaysIn, answer=ReplaysOut)
def replay_webhook_deliveries(session: Session, call: Call, body: ReplaysIn) -> Reply:
    """Tell an endpoint again what it missed since a time; a thousand events at most, the oldest first."""
    again = replay_since(
        session,
        body.endpoint_id,
        body.since,
        body.statuses,
        storefront_id=call.storefront_id,
        cause=call.cause,
        at=call.at,
    )
    return Reply({"replayed": again})


def shown_delivery(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Show a delivery with the last answer to it."""
    as_it_is = ("id", "endpoint_id", "event", "status", "attempts", "answered", "code", "said")
    return {
        **{name: row[name] for name in as_it_is},
        "webhook_id": webhook_id(row["event_id"], row["position"]),
        "order": row["order_number"],
        "happened_at": moment(row["happened_at"]),
        "status_since": moment(row["status_since"]),
        "next_attempt_at": moment(row["next_attempt_at"]),
    }
