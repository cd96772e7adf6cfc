"""The gateway's own desk: what a person there, or a bank, does to an authorization without the merchant's system."""

import time
from types import MappingProxyType
from typing import Annotated
from uuid import uuid4

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import NotFound

from web.simulators.answers import problem
from web.simulators.gateway import answers
from web.simulators.gateway.entries import Asked
from web.simulators.gateway.events import tell
from web.simulators.gateway.rules import Operation
from web.simulators.gateway.state import state

blueprint = Blueprint("desk", __name__)

NOUNS = MappingProxyType(
    {
        "captures": Operation.CAPTURE,
        "voids": Operation.VOID,
        "refunds": Operation.REFUND,
        "expiries": Operation.EXPIRE,
        "chargebacks": Operation.CHARGEBACK,
        "chargeback-reversals": Operation.CHARGEBACK_REVERSED,
    }
)


class Done(BaseModel):
    """What is done at the desk; without an amount all that can be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000_000)] | None = None


@blueprint.post("/v1/desk/authorizations/<reference>/<noun>")
def do(reference: str, noun: str) -> Response:
    """Capture, void, refund, expire or charge back here."""
    if (operation := NOUNS.get(noun)) is None:
        raise NotFound
    done = Done.model_validate_json(request.get_data() or b"{}")
    found = state().journal.standing(reference, at=time.time())
    if found is None:
        return problem(404, "no_such_authorization", "There is no such authorization.")
    key = f"desk-{uuid4().hex}"
    asked = Asked(
        key=key,
        fingerprint=key,
        operation=operation,
        parent=reference,
        amount=done.amount,
        currency=found[0].currency,
        token="",
        merchant_reference=found[1][0].merchant_reference,
        at_desk=True,
    )
    entry, _ = state().journal.perform(asked, at=time.time())
    tell(entry)
    return answers.decided(entry, replayed=False)
