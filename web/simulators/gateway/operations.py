"""The calls that move money, and the questions what became of one and what happened to an authorization."""

import hashlib
import time
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.simulators import misbehave
from web.simulators.answers import json, problem
from web.simulators.faults import Plan
from web.simulators.gateway import answers
from web.simulators.gateway.entries import Asked, Entry, Pending
from web.simulators.gateway.events import tell
from web.simulators.gateway.faults import Target
from web.simulators.gateway.rules import ACTION_TOKEN, SLOW_TOKEN, Operation
from web.simulators.gateway.state import state

SLOW_TOKEN_SECONDS = 2.0

blueprint = Blueprint("operations", __name__)

Amount = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000_000)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
KEY = r"^[\x21-\x7e]{1,200}$"


class Header(BaseModel):
    """The one header that every operation needs."""

    key: Annotated[str, StringConstraints(pattern=KEY)] = Field(alias="Idempotency-Key")


class FollowUp(BaseModel):
    """What a capture or a refund says. Amounts are in minor units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Amount
    currency: Currency
    merchant_reference: Text


class Void(FollowUp):
    """What a void says; without an amount it takes the remainder, whatever it is."""

    amount: Amount | None = None  # type: ignore[assignment]  # a void alone may leave it out


class Acted(BaseModel):
    """What the customer did."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirmed: bool


class Authorization(FollowUp):
    """What an authorization says."""

    token: Text


@blueprint.post("/v1/authorizations")
def authorize() -> Response:
    """Set money aside."""
    return _operate(Operation.AUTHORIZE, Authorization.model_validate_json(request.get_data()), None)


@blueprint.post("/v1/authorizations/<reference>/captures")
def capture(reference: str) -> Response:
    """Take money that was set aside, all or some; again and again until nothing is open."""
    return _operate(Operation.CAPTURE, FollowUp.model_validate_json(request.get_data()), reference)


@blueprint.post("/v1/authorizations/<reference>/voids")
def void(reference: str) -> Response:
    """Let go of all that is still open."""
    return _operate(Operation.VOID, Void.model_validate_json(request.get_data()), reference)


@blueprint.post("/v1/authorizations/<reference>/refunds")
def refund(reference: str) -> Response:
    """Give back what was captured; the reference is the authorization's, or that of one of its captures."""
    return _operate(Operation.REFUND, FollowUp.model_validate_json(request.get_data()), reference)


@blueprint.get("/v1/operations/<path:key>")
def find(key: str) -> Response:
    """What became of a key. 404: it was surely never acted on."""
    fault = _received(key, Target.QUERY)
    if (broken := misbehave.instead(fault)) is not None:
        return broken
    if state().running.has(key):
        return problem(409, "still_running", "A call with this key has not been decided yet.", key=key)
    if (pending := state().journal.pending("key", key, at=time.time())) is not None:
        return answers.waiting(pending, request.host_url)
    entry = state().journal.latest(key)
    if entry is None:
        return problem(404, "no_such_operation", "This key was never acted on.", key=key)
    return json(answers.operation(entry), 200)


@blueprint.get("/v1/authorizations/<path:reference>/transactions")
def history(reference: str) -> Response:
    """Everything that happened to an authorization."""
    fault = _received(reference, Target.HISTORY)
    if (broken := misbehave.instead(fault)) is not None:
        return broken
    found = state().journal.standing(reference, at=time.time())
    if found is None:
        return problem(404, "no_such_authorization", "There is no such authorization.")
    return json(answers.history(reference, found[1]), 200)


def _operate(operation: Operation, said: FollowUp, parent: str | None) -> Response:
    header = Header.model_validate(dict(request.headers))
    fault = _received(header.key, Target(operation.value))
    with state().running.hold(header.key):
        if (broken := misbehave.before(fault)) is not None:
            return broken
        token = said.token if isinstance(said, Authorization) else ""
        if token == SLOW_TOKEN:
            time.sleep(SLOW_TOKEN_SECONDS)
        asked = Asked(
            key=header.key,
            fingerprint=_fingerprint(operation, parent, said),
            operation=operation,
            parent=parent,
            amount=said.amount,
            currency=said.currency,
            token=token,
            merchant_reference=said.merchant_reference,
        )
        if operation is Operation.VOID:
            _tell_if(state().journal.act(parent or "", "canceled", at=time.time()))
        if token == ACTION_TOKEN:
            found = state().journal.pend(asked, at=time.time())
            if isinstance(found, Pending):
                return misbehave.after(fault) or answers.waiting(found, request.host_url)
            entry, replayed = found, True
        else:
            entry, replayed = state().journal.perform(asked, at=time.time())
        if not replayed:
            _tell_if(entry)
    if (broken := misbehave.after(fault)) is not None:
        return broken
    return answers.decided(entry, replayed=replayed)


@blueprint.post("/v1/actions/<reference>")
def act(reference: str) -> Response:
    """What the customer does at their bank: confirm, or refuse."""
    acted = Acted.model_validate_json(request.get_data())
    entry = state().journal.act(reference, None if acted.confirmed else "action_refused", at=time.time())
    if entry is None:
        return problem(404, "no_such_action", "Nothing waits for a customer by this reference.")
    _tell_if(entry)
    return json(answers.operation(entry), 200)


def _tell_if(entry: Entry | None) -> None:
    if entry is not None:
        tell(entry)


def _received(key: str, target: Target) -> Plan | None:
    """Count the call before anything can go wrong with it, and see whether something is to."""
    fault = state().faults.draw(target)
    state().journal.count(key, target, None if fault is None else fault.kind, at=time.time())
    return fault


def _fingerprint(operation: Operation, parent: str | None, said: FollowUp) -> str:
    return hashlib.sha256(f"{operation} {parent} {said.model_dump_json()}".encode()).hexdigest()
