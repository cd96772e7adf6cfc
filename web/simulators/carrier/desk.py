"""The carrier's own side: what happens to a parcel on its way, told to the merchant by a signed event; and the books."""

import json as plain_json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from web.simulators.answers import json, moment, problem
from web.simulators.carrier.operations import shown
from web.simulators.carrier.state import state
from web.simulators.inspection import Page

blueprint = Blueprint("desk", __name__)

Text = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Status(StrEnum):
    """Where a parcel can be."""

    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNED_TO_SENDER = "returned_to_sender"


class Happened(BaseModel):
    """What happens to a parcel; without `occurred_at` it happens now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Status
    occurred_at: AwareDatetime | None = None
    description: Text | None = Field(None)
    location: Text | None = None


@blueprint.post("/v1/parcels/<tracking_number>/events")
def happen(tracking_number: str) -> Response:
    """Let something happen to a parcel, and tell it to the merchant."""
    said = Happened.model_validate_json(request.get_data())
    sold = state().journal.sold(tracking_number=tracking_number)
    if sold is None or state().journal.is_void(sold.reference):
        return problem(404, "no_such_parcel", "No parcel goes by this number.")
    at = (said.occurred_at or datetime.now(UTC)).astimezone(UTC)
    event = state().journal.happen(tracking_number, said.status, at=at.timestamp())
    data = {
        "tracking_number": tracking_number,
        "status": said.status,
        "occurred_at": moment(at.timestamp()),
        "description": said.description,
        "location": said.location,
    }
    state().webhooks.tell(event, plain_json.dumps({"type": "tracking.updated", "data": data}).encode())
    return json({"id": event, **data}, 201)


@blueprint.get("/v1/journal")
def journal() -> Response:
    """Every decision, in order."""
    page = Page.model_validate(request.args.to_dict())
    entries = state().journal.entries(after=page.after, limit=page.limit)
    following = entries[-1].seq if len(entries) == page.limit else None
    return json({"entries": [shown(entry) for entry in entries], "next": following}, 200)


@blueprint.get("/v1/calls")
def calls() -> Response:
    """Every call received, in order: repeats, faults and questions too."""
    page = Page.model_validate(request.args.to_dict())
    received = state().journal.calls(after=page.after, limit=page.limit)
    following = received[-1].seq if len(received) == page.limit else None
    return json({"calls": [{**asdict(one), "at": moment(one.at)} for one in received], "next": following}, 200)


@blueprint.get("/healthz")
def health() -> Response:
    """Up, and the journal can be read."""
    state().journal.calls(after=int(time.time()), limit=1)
    return json({"status": "ok"}, 200)
