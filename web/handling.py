"""What happens around every handler: who calls, which version is meant, the wait for what follows, the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from fulfillment.wiring import Services
from web import json
from web.access import KeyRing, caller
from web.call import Call, Reply
from web.headers import ROUTE_PLACE, header, request_id
from web.preconditions import hold_to, versions_expected
from web.preview import refuse_preview
from web.route import ROUTES, Route
from web.waiting import seconds_to_wait, wait_for

if TYPE_CHECKING:
    from web.rate_limits import RateLimits

Follow = Callable[[Session, Call, Mapping[str, Any]], "Reply | None"]
"""Looks at what a 202 led to: gives the final answer, or None while it is not decided."""


def services() -> Services:
    """Give the parts this process works with."""
    found: Services = current_app.extensions["fulfillment"]
    return found


def call_of(route: Route) -> Call:
    """Find out who calls. Raises 401 and 403, 429 where that is too often, and 422 for a dry run of what has none."""
    request.environ[ROUTE_PLACE] = route.name
    ring: KeyRing = current_app.extensions["fulfillment.keys"]
    rates: RateLimits | None = current_app.extensions["fulfillment.rates"]
    if rates is not None:
        rates.count_address()
    wired = services()
    if route.method != "GET" and not ROUTES[request.endpoint or ""].previews:
        refuse_preview()
    key = caller(ring, route.roles)
    if rates is not None:
        rates.count_key(key)
    return Call(wired, key, request_id() or "", wired.clock())


def guarded(
    route: Route, call: Call, path: Mapping[str, Any], act: Callable[[Session], Reply]
) -> Callable[[Session], Reply]:
    """Hold what is done to an order or a cart to the version that If-Match names (RO2). Raises 428 or 400 at once."""
    if not (route.needs_version or (route.of_a_version and header("IF_MATCH"))):
        return act
    versions = versions_expected(required=route.needs_version)

    def hold_and_act(session: Session) -> Reply:
        hold_to(session, call, path, versions)
        return act(session)

    return hold_and_act


def followed(call: Call, reply: Reply, follow: Follow | None) -> Reply:
    """Wait for what a 202 led to, where the client will; also when the command itself was a repeat."""
    if follow is None or reply.status != 202 or not (seconds := seconds_to_wait()):  # noqa: PLR2004 - Accepted
        return reply

    def look() -> Reply | None:
        with call.services.autocommit() as session:
            return follow(session, call, reply.body)

    decided = wait_for(look, seconds)
    if decided is None:
        return reply
    return Reply(decided.body, decided.status, {**reply.headers, **decided.headers}, reply.replayed)


class _Whole(Response):
    """An answer with its headers as they go out: none of ours needs to be looked through and written anew."""

    def get_wsgi_headers(self, environ: object) -> Headers:  # noqa: ARG002 - the framework's signature
        return self.headers


def written(reply: Reply) -> Response:
    """Write an answer as JSON."""
    response = _Whole(json.dumps(reply.body), reply.status, reply.headers, mimetype="application/json")
    if reply.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
