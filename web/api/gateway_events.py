"""What the payment gateway tells by itself: a hint where to look, never a fact."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import request

from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.webhook import NotSigned
from fulfillment.payments.gateway import EventReader
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.hint import take_hint
from fulfillment.wiring import Services
from web.access import PUBLIC
from web.call import Reply
from web.errors import RequestError
from web.headers import request_id
from web.routes import Noun
from web.schemas.payment_sync import ReceivedOut

noun = Noun("gateway_events", "What the payment gateway tells by itself.")

MOST_BYTES: Final = 64 * 1024


@noun.receives("/v1/gateway-events", roles=PUBLIC, answer=ReceivedOut, most_bytes=MOST_BYTES)
def receive_event(services: Services, body: bytes) -> Reply:
    """
    Take an event of the gateway, signed by it: its order is compared with the gateway's books, at once and once.

    Told again, late or out of order it changes nothing. An event that is not signed is refused before anything is read or written.
    """
    at = services.clock()
    hint = _read(services.gateway_events, body, at)
    cause = Cause(CauseKind.REQUEST, request_id() or "", "gateway")
    with services.transaction() as session:
        is_new = take_hint(session, hint, cause=cause, at=at)
    return Reply({"received": True, "new": is_new})


def _read(reader: EventReader | None, body: bytes, at: datetime) -> Hint:
    if reader is None:
        raise _refused("no secret is set")
    try:
        return reader.read({name.lower(): value for name, value in request.headers}, body, at=at)
    except NotSigned as unsigned:
        raise _refused(str(unsigned)) from None


def _refused(why: str) -> RequestError:
    return RequestError(
        401,
        "not_signed",
        f"this is not an event of our payment gateway: {why}",
        remedy="sign it with the secret that is set as GATEWAY_WEBHOOK_SECRET, and now",
    )
