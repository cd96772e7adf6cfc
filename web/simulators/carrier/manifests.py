"""Manifests: which parcels were handed over together."""

import time
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.simulators import misbehave
from web.simulators.answers import json, moment, problem
from web.simulators.carrier.entries import Manifest
from web.simulators.carrier.faults import Target
from web.simulators.carrier.operations import Header, received
from web.simulators.carrier.rules import REFUSALS
from web.simulators.carrier.state import state
from web.simulators.faults import Kind

blueprint = Blueprint("manifests", __name__)

_Reference = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]


class Wanted(BaseModel):
    """The labels of parcels that were handed over together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    references: Annotated[list[_Reference], Field(min_length=1, max_length=2_000)]


@blueprint.post("/v1/manifests")
def close() -> Response:
    """Close a manifest, once per key."""
    said = Wanted.model_validate_json(request.get_data())
    header = Header.model_validate(dict(request.headers))
    fault = received(header.key, Target.MANIFEST)
    with state().running.hold(header.key):
        if (broken := misbehave.before(fault)) is not None:
            return broken
        on_request = "refused" if fault is not None and fault.kind is Kind.REFUSE else None
        found = state().journal.close_manifest(header.key, said.references, on_request, at=time.time())
    if (broken := misbehave.after(fault)) is not None:
        return broken
    return _decided(found)


@blueprint.get("/v1/manifests/<path:key>")
def find(key: str) -> Response:
    """What became of a key. 404: it was surely never acted on."""
    if (broken := misbehave.instead(received(key, Target.QUERY))) is not None:
        return broken
    if state().running.has(key):
        return problem(409, "still_running", "A call with this key has not been decided yet.", key=key)
    found = state().journal.manifest(key)
    if found is None:
        return problem(404, "no_such_manifest", "This key was never acted on.", key=key)
    return _decided(found)


@blueprint.get("/v1/manifests")
def listed() -> Response:
    """Every manifest, with the references of its labels."""
    return json({"manifests": [_shown(each) for each in state().journal.manifests()]}, 200)


def _decided(found: Manifest) -> Response:
    if found.code is not None:
        return problem(422, found.code, REFUSALS[found.code], manifest=_shown(found))
    return json(_shown(found), 201)


def _shown(found: Manifest) -> dict[str, object]:
    references = found.labels.split(" ")
    return {
        "key": found.key,
        "status": "failed" if found.code else "closed",
        "code": found.code,
        "message": None if found.code is None else REFUSALS[found.code],
        "reference": found.reference,
        "labels": len(references),
        "references": references,
        "at": moment(found.at),
    }
