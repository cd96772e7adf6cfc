"""The calls of the merchant's system: services, rates, a label, what became of one, and giving it back."""

import base64
import hashlib
import json as plain_json
import time
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.simulators import misbehave
from web.simulators.answers import json, moment, problem
from web.simulators.carrier.entries import Asked, Entry
from web.simulators.carrier.faults import Target
from web.simulators.carrier.paper import paper
from web.simulators.carrier.rules import CURRENCY, REFUSALS, SERVICES, price, rates, refuse
from web.simulators.carrier.state import state
from web.simulators.faults import Kind, Plan

blueprint = Blueprint("operations", __name__)

Text = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
KEY = r"^[\x21-\x7e]{1,200}$"


class Header(BaseModel):
    """The one header that a sale needs."""

    key: Annotated[str, StringConstraints(pattern=KEY)] = Field(alias="Idempotency-Key")


class Place(BaseModel):
    """Where a parcel comes from or goes to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    country: Country
    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None


class Parcel(BaseModel):
    """A parcel of which the price is asked; its weight in grams."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight_grams: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    origin: Place = Field(alias="from")
    target: Place = Field(alias="to")


class Label(Parcel):
    """A parcel for which a label is bought."""

    service: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
    merchant_reference: Text


@blueprint.get("/v1/services")
def services() -> Response:
    """Every service."""
    fault = received("", Target.SERVICES)
    if (broken := misbehave.instead(fault)) is not None:
        return broken
    shown = [{"code": each.code, "name": each.name, "days": each.days} for each in SERVICES.values()]
    return json({"services": shown}, 200)


@blueprint.post("/v1/rates")
def rate() -> Response:
    """What each service that takes a parcel would cost."""
    asked = Parcel.model_validate_json(request.get_data())
    if (broken := misbehave.instead(received("", Target.RATES))) is not None:
        return broken
    found = rates(asked.weight_grams, asked.origin.country, asked.target.country)
    shown = [
        {"service": service.code, "amount": amount, "currency": CURRENCY, "days": service.days}
        for service, amount in found
    ]
    return json({"rates": shown}, 200)


@blueprint.post("/v1/labels")
def sell() -> Response:
    """Sell a label, once per key."""
    said = Label.model_validate_json(request.get_data())
    header = Header.model_validate(dict(request.headers))
    fault = received(header.key, Target.SALE)
    with state().running.hold(header.key):
        if (broken := misbehave.before(fault)) is not None:
            return broken
        on_request = "refused" if fault is not None and fault.kind is Kind.REFUSE else None
        entry, replayed = state().journal.sell(_asked(header.key, said, on_request), at=time.time())
    if (broken := misbehave.after(fault)) is not None:
        return broken
    return _decided(entry, replayed=replayed)


@blueprint.get("/v1/operations/<path:key>")
def find(key: str) -> Response:
    """What became of a key. 404: it was surely never acted on."""
    if (broken := misbehave.instead(received(key, Target.QUERY))) is not None:
        return broken
    if state().running.has(key):
        return problem(409, "still_running", "A call with this key has not been decided yet.", key=key)
    entry = state().journal.sold(key=key)
    if entry is None:
        return problem(404, "no_such_operation", "This key was never acted on.", key=key)
    return json(shown(entry, with_paper=True), 200)


@blueprint.post("/v1/labels/<reference>/voids")
def void(reference: str) -> Response:
    """Take a label back, until its parcel is handed over. Again and again: it is taken back once."""
    fault = received(reference, Target.VOID)
    if (broken := misbehave.before(fault)) is not None:
        return broken
    entry, code = state().journal.void(reference, at=time.time())
    if (broken := misbehave.after(fault)) is not None:
        return broken
    if entry is None or code is not None:
        refusal = code or "no_such_label"
        return problem(404 if code == "no_such_label" else 422, refusal, REFUSALS[refusal], reference=reference)
    return json(shown(entry), 200)


def shown(entry: Entry, *, with_paper: bool = False) -> dict[str, object]:
    """A sale, or a label that was given back, as JSON; with its paper where that is wanted and there is one."""
    void = entry.kind == "void" or state().journal.is_void(entry.reference)
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "key": entry.key,
        "status": "failed" if entry.code else "voided" if void else "sold",
        "code": entry.code,
        "message": None if entry.code is None else REFUSALS[entry.code],
        "reference": entry.reference,
        "tracking_number": entry.tracking_number,
        "service": entry.service,
        "weight_grams": entry.weight_grams,
        "amount": entry.amount,
        "currency": entry.currency,
        "merchant_reference": entry.merchant_reference,
        "at": moment(entry.at),
        "document": base64.b64encode(paper(entry)).decode() if with_paper and entry.code is None else None,
    }


def _asked(key: str, said: Label, on_request: str | None) -> Asked:
    content = said.model_dump_json(by_alias=True)
    has_address = said.target.line1 is not None and said.target.city is not None
    grams, target = said.weight_grams, said.target.country
    code = on_request or refuse(said.service, grams, target, has_address=has_address)
    amount = 0 if code else price(SERVICES[said.service], grams, said.origin.country, target)
    return Asked(
        key=key,
        fingerprint=hashlib.sha256(content.encode()).hexdigest(),
        service=said.service,
        weight_grams=grams,
        amount=amount,
        currency=CURRENCY,
        merchant_reference=said.merchant_reference,
        asked=plain_json.dumps(said.model_dump(mode="json", by_alias=True, include={"origin", "target"})),
        code=code,
    )


def _decided(entry: Entry, *, replayed: bool) -> Response:
    """The answer to a sale. A repeat gets the same one, and is told so in a header only."""
    if entry.code is None:
        response = json(shown(entry, with_paper=True), 201)
    else:
        response = problem(422, entry.code, REFUSALS[entry.code], label=shown(entry))
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def received(key: str, target: Target) -> Plan | None:
    """Count the call before anything can go wrong with it, and see whether something is to."""
    fault = state().faults.draw(target)
    state().journal.count(key, target, None if fault is None else fault.kind, at=time.time())
    return fault
