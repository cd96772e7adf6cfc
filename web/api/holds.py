"""Holds of an order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.orders.cancel import Cancellation
from fulfillment.orders.hold import hold, release_hold
from fulfillment.orders.read import find_order, hold_of
from web.access import ADMIN, CSR
from web.api.orders import shown_hold, shown_order
from web.call import Call, Reply
from web.preview import previewed
from web.routes import Noun
from web.schemas.orders import HoldIn, HoldOut, HoldReleaseIn, OrderOut

noun = Noun("holds", "Reasons why an order must not move on.")


@noun.commands("/v1/orders/<name:number>/holds", roles=(CSR, ADMIN), body=HoldIn, answer=HoldOut, status=201)
def create_hold(session: Session, call: Call, body: HoldIn, number: str) -> Reply:
    """Hold an order. While any hold is open nothing is released, picked, packed, shipped or canceled."""
    order = find_order(session, number)
    hold_id = hold(session, order["id"], reason=body.reason, note=body.note, cause=call.cause, at=call.at)
    return Reply(shown_hold(hold_of(session, order["id"], hold_id)), 201)


@noun.commands(
    "/v1/orders/<name:number>/holds/<id:hold_id>/release", roles=(CSR, ADMIN), body=HoldReleaseIn, answer=OrderOut
)
@previewed
def end_hold(session: Session, call: Call, body: HoldReleaseIn, number: str, hold_id: int) -> Reply:
    """
    End a hold; where it was the last, the order goes on.

    `then: cancel` cancels it in the same transaction, so that a fraudulent order cannot slip out between.
    """
    hold_of(session, find_order(session, number)["id"], hold_id)
    cancellation = None
    if body.reason is not None and body.notify_customer is not None:
        cancellation = Cancellation(body.reason, body.notify_customer)
    release_hold(session, hold_id, cause=call.cause, at=call.at, then=body.then, cancellation=cancellation)
    return shown_order(session, call, number)
