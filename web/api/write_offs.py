"""What is given up of the money of an order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.orders.read import find_order
from fulfillment.payments.by_hand.write_off import write_off
from web.access import ADMIN
from web.api.orders import shown_order
from web.call import Call, Reply
from web.currencies import in_currency
from web.preview import previewed
from web.routes import Noun
from web.schemas.orders import OrderOut
from web.schemas.payments import WriteOffIn

noun = Noun("write_offs", "What is given up of the money of an order.")


@noun.commands("/v1/orders/<name:number>/write-offs", roles=(ADMIN,), body=WriteOffIn, answer=OrderOut)
@previewed
def create_write_off(session: Session, call: Call, body: WriteOffIn, number: str) -> Reply:
    """
    Give up what a completed order still owes for goods that have left: it is not due any more.

    Before that: replay the refused capture, or record money that was received otherwise. 409 `nothing_owed` for an order that
    owes nothing or is not completed.
    """
    order = find_order(session, number)
    amount = in_currency(body.amount, order["currency"])
    write_off(session, order["id"], reason=body.reason, cause=call.cause, at=call.at, amount=amount)
    return shown_order(session, call, number)
