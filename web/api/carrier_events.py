"""What carriers tell of parcels by themselves: signed facts, which move the delivery state alone."""

from __future__ import annotations

from typing import Final

from flask import request

from fulfillment.carriers.events import TrackingEvent
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.webhook import NotSigned
from fulfillment.tracking.take import take_event
from fulfillment.wiring import Services
from web.access import PUBLIC
from web.call import Reply
from web.errors import RequestError
from web.headers import request_id
from web.routes import Noun
from web.schemas.payment_sync import ReceivedOut

noun = Noun("carrier_events", "What carriers tell of parcels by themselves.")

MOST_BYTES: Final = 64 * 1024


@noun.receives("/webhooks/carriers/<name:carrier>", roles=PUBLIC, answer=ReceivedOut, most_bytes=MOST_BYTES)
def receive_tracking(services: Services, body: bytes, carrier: str) -> Reply:
    """
    Take a tracking event, signed by its carrier: the parcel and its items are where it says, by the carrier's own time.

    Told again, late or out of order it is history at most. One whose tracking number nobody here knows yet is kept for it.
    An event that is not signed is refused before anything is read or written.
    """
    at = services.clock()
    event = _read(services, carrier, body)
    is_new = False
    if event is not None:
        cause = Cause(CauseKind.REQUEST, request_id() or "", f"carrier:{carrier}")
        with services.transaction() as session:
            is_new = take_event(session, carrier, event, cause=cause, at=at)
    return Reply({"received": True, "new": is_new})


def _read(services: Services, carrier: str, body: bytes) -> TrackingEvent | None:
    reader = services.tracking_events.get(carrier)
    if reader is None:
        raise _refused(f"no secret is set for a carrier {carrier}")
    try:
        return reader.read({name.lower(): value for name, value in request.headers}, body, at=services.clock())
    except NotSigned as unsigned:
        raise _refused(str(unsigned)) from None


def _refused(why: str) -> RequestError:
    return RequestError(
        401,
        "not_signed",
        f"this is not an event of a carrier of ours: {why}",
        remedy="sign it with the secret that is set as CARRIER_WEBHOOK_SECRET, and now",
    )
