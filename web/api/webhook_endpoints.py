"""Webhook endpoints: made, read, changed, tried, removed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.webhooks.read import find_delivery, find_endpoint, list_endpoints, secret_of
from fulfillment.webhooks.replay import tell_test
from fulfillment.webhooks.states import EndpointStatus
from fulfillment.webhooks.subscribe import change_endpoint, change_secret, remove_endpoint, subscribe
from web.access import ADMIN, STOREFRONT
from web.api.webhook_deliveries import shown_delivery
from web.call import Call, Reply
from web.paging import after_id, page
from web.routes import Noun
from web.schemas.base import Page, moment
from web.schemas.webhooks import (
    RemovedOut,
    SecretChangeIn,
    TestIn,
    WebhookDeliveryOut,
    WebhookEndpointChangeIn,
    WebhookEndpointIn,
    WebhookEndpointOut,
    WebhookEndpointsOut,
    WebhookEndpointWithSecretOut,
)

noun = Noun("webhook_endpoints", "Addresses that are told what happens to orders, by Standard Webhooks.")

_ALL = "/v1/webhook-endpoints"
_ONE = f"{_ALL}/<id:endpoint_id>"
_ROLES = (STOREFRONT, ADMIN)


@noun.commands(_ALL, roles=_ROLES, body=WebhookEndpointIn, answer=WebhookEndpointWithSecretOut, status=201)
def create_webhook_endpoint(session: Session, call: Call, body: WebhookEndpointIn) -> Reply:
    """Have an address told of events from now on. The answer holds its secret, and no later one does."""
    made = subscribe(
        session,
        body.url,
        body.events,
        description=body.description,
        storefront_id=call.storefront_id,
        neighbors=call.services.outward.neighbors,
        cause=call.cause,
        at=call.at,
    )
    shown = {**_found(session, call, made), "secret": secret_of(session, made)}
    return Reply(shown, 201, {"Location": f"{_ALL}/{made}"})


@noun.reads(_ALL, roles=_ROLES, answer=WebhookEndpointsOut, query=Page)
def list_webhook_endpoints(session: Session, call: Call, query: Page) -> Reply:
    """List endpoints: a storefront's own, or all."""
    after = after_id(query.cursor) or 0
    rows = list_endpoints(session, storefront_id=call.storefront_id, after=after, limit=query.limit + 1)
    shown = [_shown(row) for row in rows]
    return Reply(page("webhook_endpoints", rows, query.limit, lambda row: row["id"], shown))


@noun.reads(_ONE, roles=_ROLES, answer=WebhookEndpointOut)
def show_webhook_endpoint(session: Session, call: Call, endpoint_id: int) -> Reply:
    """Read an endpoint: whether it can be reached, and since when not."""
    return Reply(_found(session, call, endpoint_id))


@noun.changes("PATCH", _ONE, roles=_ROLES, body=WebhookEndpointChangeIn, answer=WebhookEndpointOut)
def change_webhook_endpoint(session: Session, call: Call, body: WebhookEndpointChangeIn, endpoint_id: int) -> Reply:
    """Change where it is, what it is told, or whether it is told anything."""
    change_endpoint(
        session,
        endpoint_id,
        storefront_id=call.storefront_id,
        neighbors=call.services.outward.neighbors,
        cause=call.cause,
        at=call.at,
        url=body.url,
        events=body.events,
        description=body.description,
        status=None if body.status is None else EndpointStatus(body.status),
    )
    return Reply(_found(session, call, endpoint_id))


@noun.changes("DELETE", _ONE, roles=_ROLES, answer=RemovedOut)
def delete_webhook_endpoint(session: Session, call: Call, endpoint_id: int) -> Reply:
    """Tell it nothing any more, ever. What waited for it is not sent."""
    remove_endpoint(session, endpoint_id, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return Reply({"id": endpoint_id, "removed": True})


@noun.commands(f"{_ONE}/secret", roles=_ROLES, body=SecretChangeIn, answer=WebhookEndpointWithSecretOut)
def change_webhook_secret(session: Session, call: Call, body: SecretChangeIn, endpoint_id: int) -> Reply:
    """Make a new secret. Until the overlap is over the former one signs as well."""
    overlap = timedelta(seconds=body.overlap_seconds)
    secret = change_secret(session, endpoint_id, storefront_id=call.storefront_id, at=call.at, overlap=overlap)
    return Reply({**_found(session, call, endpoint_id), "secret": secret})


def _tried(session: Session, call: Call, said: Mapping[str, Any]) -> Reply | None:
    """Look at a test until it was tried once."""
    found = find_delivery(session, said["id"], storefront_id=call.storefront_id)
    return Reply(shown_delivery(found)) if found["attempts"] else None


@noun.commands(
    f"{_ONE}/test",
    roles=_ROLES,
    body=TestIn,
    answer=WebhookDeliveryOut,
    status=202,
    also={200: WebhookDeliveryOut},
    follow=_tried,
)
def try_webhook_endpoint(session: Session, call: Call, body: TestIn, endpoint_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Send `webhook.test`, so that a receiver can be tried; with `Prefer: wait` the answer says what it answered."""
    made = tell_test(session, endpoint_id, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    found = find_delivery(session, made, storefront_id=call.storefront_id)
    return Reply(shown_delivery(found), 202, {"Location": f"/v1/webhook-deliveries/{made}"})


def _found(session: Session, call: Call, endpoint_id: int) -> dict[str, Any]:
    return _shown(find_endpoint(session, endpoint_id, storefront_id=call.storefront_id))


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    times = ("status_since", "former_secret_until", "failing_since", "paused_until", "created_at")
    return {**row, **{name: moment(row[name]) for name in times}}
