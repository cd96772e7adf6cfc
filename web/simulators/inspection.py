"""The calls for judges and whoever wants a fault, the same at every simulator."""

from dataclasses import asdict
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field

from web.simulators import answers
from web.simulators.faults import Armed, Plan
from web.simulators.parts import parts


class Page(BaseModel):
    """Which part of a list; `next` of one page is `after` of the following."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


def inspection(plan: type[Plan]) -> Blueprint:
    """Give the routes by which faults are armed, and events are looked at. `plan` says what faults there are."""
    blueprint = Blueprint("simulator", __name__)
    blueprint.add_url_rule("/v1/faults", "arm", lambda: _arm(plan), methods=["POST"])
    blueprint.add_url_rule("/v1/faults", "armed", _armed, methods=["GET"])
    blueprint.add_url_rule("/v1/faults", "clear", _clear, methods=["DELETE"])
    blueprint.add_url_rule("/v1/webhook-deliveries", "deliveries", _deliveries, methods=["GET"])
    return blueprint


def _arm(plan: type[Plan]) -> Response:
    """Misbehave from now on, as planned."""
    return answers.json(_shown(parts().faults.arm(plan.model_validate_json(request.get_data()))), 201)


def _armed() -> Response:
    """What is armed, and how often it struck."""
    return answers.json({"faults": [_shown(fault) for fault in parts().faults.all()]}, 200)


def _clear() -> Response:
    """Behave again."""
    parts().faults.clear()
    return Response(status=204)


def _deliveries() -> Response:
    """Every attempt to tell an event, in order, and how many are still to be made."""
    told = [{**asdict(each), "at": answers.moment(each.at)} for each in list(parts().webhooks.deliveries)]
    return answers.json({"deliveries": told, "waiting": parts().webhooks.waiting()}, 200)


def _shown(fault: Armed) -> dict[str, object]:
    return {"id": fault.id, **fault.plan.model_dump(mode="json"), "left": fault.left, "struck": fault.struck}
