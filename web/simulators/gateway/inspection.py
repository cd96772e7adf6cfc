"""The calls for judges, reconcilers and whoever wants a fault."""

import time
from dataclasses import asdict
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field

from web.simulators.gateway import answers
from web.simulators.gateway.faults import Armed, Plan
from web.simulators.gateway.state import state

blueprint = Blueprint("inspection", __name__)


class Page(BaseModel):
    """Which part of a list; `next` of one page is `after` of the following."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@blueprint.get("/healthz")
def health() -> Response:
    """Up, and the journal can be read."""
    state().journal.entries(after=0, limit=1)
    return answers.json({"status": "ok"}, 200)


@blueprint.get("/v1/journal")
def journal() -> Response:
    """Every decision, in order."""
    page = Page.model_validate(request.args.to_dict())
    entries = state().journal.entries(after=page.after, limit=page.limit)
    following = entries[-1].seq if len(entries) == page.limit else None
    return answers.json({"entries": [answers.operation(entry) for entry in entries], "next": following}, 200)


@blueprint.get("/v1/calls")
def calls() -> Response:
    """Every call received about a key, in order: repeats, faults and questions too."""
    page = Page.model_validate(request.args.to_dict())
    received = state().journal.calls(after=page.after, limit=page.limit)
    following = received[-1].seq if len(received) == page.limit else None
    return answers.json({"calls": [answers.call(one) for one in received], "next": following}, 200)


@blueprint.get("/v1/webhook-deliveries")
def deliveries() -> Response:
    """Every attempt to tell an event, in order, and how many are still to be made."""
    told = [{**asdict(each), "at": answers.moment(each.at)} for each in list(state().webhooks.deliveries)]
    return answers.json({"deliveries": told, "waiting": state().webhooks.waiting()}, 200)


@blueprint.get("/v1/authorizations/<reference>")
def authorization(reference: str) -> Response:
    """How much of an authorization went where."""
    found = state().journal.standing(reference, at=time.time())
    if found is None:
        return answers.problem(404, "no_such_authorization", "There is no such authorization.")
    return answers.json(answers.standing(reference, *found), 200)


@blueprint.post("/v1/faults")
def arm() -> Response:
    """Misbehave from now on, as planned."""
    return answers.json(_shown(state().faults.arm(Plan.model_validate_json(request.get_data()))), 201)


@blueprint.get("/v1/faults")
def armed() -> Response:
    """What is armed, and how often it struck."""
    return answers.json({"faults": [_shown(fault) for fault in state().faults.all()]}, 200)


@blueprint.delete("/v1/faults")
def clear() -> Response:
    """Behave again."""
    state().faults.clear()
    return Response(status=204)


def _shown(fault: Armed) -> dict[str, object]:
    return {"id": fault.id, **fault.plan.model_dump(mode="json"), "left": fault.left, "struck": fault.struck}
