"""
Previews: with `dry_run=true` a command answers what it would do, and does nothing.

The answer brings a token. The same command with the header `Plan-Token` does exactly what was shown, or is refused with
409 `plan_changed`, what has changed since, and the plan as it would be now. A handler takes part by one line: `@previewed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from flask import Flask, Response, request
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.read import find_order
from fulfillment.timeline.read import entries_of
from fulfillment.workflow.foresee import foresee
from fulfillment.workflow.plan import PARTS, Plan, entry_seen, parts_that_differ
from web import json
from web.amounts import told_to
from web.call import Call, Reply
from web.errors import RequestError
from web.headers import header
from web.schemas.base import moment

_MOST_CHARACTERS: Final = 200
_MOST_ENTRIES: Final = 100

_PREVIEWED: Final[set[Callable[..., Reply]]] = set()
"""The handlers that were declared `@previewed`."""

# A warehouse sees no money and no e-mail addresses.
_ON_THE_FLOOR: Final = ("shipment", "line")
_AMOUNTS: Final = ("amount", "shipping_amount", "price", "list_price", "discount", "tax")


class Foreseen(Exception):
    """What a dry run found. It leaves the transaction as a refusal does, so that nothing stays, not even the key."""

    def __init__(self, plan: Plan, role: Role) -> None:
        """`role` is who is told."""
        super().__init__("a dry run")
        self.plan = plan
        self.role = role


def previewed(handler: Callable[..., Reply]) -> Callable[..., Reply]:
    """Let a handler that is given a session in a transaction be asked what it would do, and be held to what it said."""

    @wraps(handler)
    def act(session: Session, call: Call, *arguments: Any, **path: Any) -> Reply:
        token = header("PLAN_TOKEN")
        dry = is_dry_run()
        if not (dry or token):
            return handler(session, call, *arguments, **path)
        savepoint = session.begin_nested()
        reply, plan = foresee(call.services, session, lambda: handler(session, call, *arguments, **path), at=call.at)
        if dry:
            raise Foreseen(plan, call.key.role)
        if differing := _differing(plan, token):
            savepoint.rollback()
            raise _changed(session, call, plan, token, differing)
        return reply

    _PREVIEWED.add(act)
    return act


def has_preview(handler: Callable[..., Any]) -> bool:
    """Tell whether a handler was declared `@previewed`."""
    return handler in _PREVIEWED


def is_dry_run() -> bool:
    """Tell whether only the plan is asked for. Raises 422 for anything but true and false."""
    if "dry_run" not in request.environ.get("QUERY_STRING", ""):
        return False
    said = request.args.getlist("dry_run")
    if said not in ([], ["true"], ["false"]):
        raise RequestError(
            422, "bad_dry_run", "dry_run is true or false", remedy="send dry_run=true once, or leave it out"
        )
    return said == ["true"]


def refuse_preview() -> None:
    """Raise 422 where a preview is asked of what has none: to do it instead would be the worst of answers."""
    if is_dry_run() or header("PLAN_TOKEN"):
        raise RequestError(
            422, "no_preview", "this command has no preview", remedy="send it without dry_run and Plan-Token"
        )


def register(app: Flask) -> None:
    """Answer dry runs."""
    app.register_error_handler(Foreseen, _shown)


def _shown(foreseen: Foreseen) -> Response:
    body = {"dry_run": True, "plan": _plan(foreseen.plan, foreseen.role), "token": foreseen.plan.token}
    return Response(json.dumps(body), 200, mimetype="application/json")


def _plan(plan: Plan, role: Role) -> dict[str, Any]:
    parts = {name: plan.part(name) for name in PARTS}
    if role != Role.WAREHOUSE:
        return parts
    seen = [each for each in plan.changes if each["subject"] in _ON_THE_FLOOR and each["field"] not in _AMOUNTS]
    refused = [told_to(role, each) for each in plan.refused]
    return {**parts, "changes": seen, "money": [], "emails": [], "refused": refused}


def _differing(plan: Plan, token: str) -> list[str]:
    try:
        return parts_that_differ(plan, token[:_MOST_CHARACTERS])
    except ValueError:
        raise RequestError(
            400, "plan_token_malformed", "Plan-Token is none that was given", remedy="ask again with dry_run=true"
        ) from None


def _changed(session: Session, call: Call, plan: Plan, token: str, differing: list[str]) -> Conflict:
    """Say what is different now, what happened to the orders since, and what the plan would be."""
    tells = call.key.role in (Role.CSR, Role.ADMIN)
    since = [entry for number in plan.versions for entry in _since(session, number, token)] if tells else []
    return Conflict(
        f"the plan has changed since it was shown: {', '.join(differing)}",
        code="plan_changed",
        guard="plan",
        remedy="look at the plan as it is now, and send the command with its token",
        members={"differing": differing, "changed": since, "plan": _plan(plan, call.key.role), "token": plan.token},
    )


def _since(session: Session, number: str, token: str) -> list[Mapping[str, Any]]:
    order = find_order(session, number)
    return [_told(entry) for entry in entries_of(session, order["id"], after=entry_seen(token), limit=_MOST_ENTRIES)]


def _told(entry: RowMapping) -> dict[str, Any]:
    names = ("subject", "subject_id", "verb", "before", "after", "actor", "detail")
    return {**{name: entry[name] for name in names}, "at": moment(entry["at"])}
