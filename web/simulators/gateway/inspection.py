"""The calls for judges and reconcilers."""

import time

from flask import Blueprint, Response, request

from web.simulators.answers import json, problem
from web.simulators.gateway import answers
from web.simulators.gateway.state import state
from web.simulators.inspection import Page

blueprint = Blueprint("inspection", __name__)


@blueprint.get("/healthz")
def health() -> Response:
    """Up, and the journal can be read."""
    state().journal.entries(after=0, limit=1)
    return json({"status": "ok"}, 200)


@blueprint.get("/v1/journal")
def journal() -> Response:
    """Every decision, in order."""
    page = Page.model_validate(request.args.to_dict())
    entries = state().journal.entries(after=page.after, limit=page.limit)
    following = entries[-1].seq if len(entries) == page.limit else None
    return json({"entries": [answers.operation(entry) for entry in entries], "next": following}, 200)


@blueprint.get("/v1/calls")
def calls() -> Response:
    """Every call received about a key, in order: repeats, faults and questions too."""
    page = Page.model_validate(request.args.to_dict())
    received = state().journal.calls(after=page.after, limit=page.limit)
    following = received[-1].seq if len(received) == page.limit else None
    return json({"calls": [answers.call(one) for one in received], "next": following}, 200)


@blueprint.get("/v1/authorizations/<reference>")
def authorization(reference: str) -> Response:
    """How much of an authorization went where."""
    found = state().journal.standing(reference, at=time.time())
    if found is None:
        return problem(404, "no_such_authorization", "There is no such authorization.")
    return json(answers.standing(reference, *found), 200)
