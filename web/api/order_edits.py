"""Orders are edited while they are in progress."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.editing.edit import edit
from fulfillment.kernel.errors import Invalid
from fulfillment.orders.read import find_order
from web.access import ADMIN, CSR
from web.api.orders import shown_order
from web.call import Call, Reply
from web.preview import previewed
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import MOST_AMOUNT, money
from web.schemas.order_edits import OrderEditIn
from web.schemas.orders import OrderOut

noun = Noun("order_edits", "Addresses, shipping methods, lines and discounts of orders in progress.")


@noun.changes(
    "PATCH", "/v1/orders/<name:number>", roles=(CSR, ADMIN), body=OrderEditIn, answer=OrderOut, most_bytes=LARGE_BODY
)
@previewed
def edit_order(session: Session, call: Call, body: OrderEditIn, number: str) -> Reply:
    """
    Change an order while it is in progress: all that is sent, or nothing.

    Stock follows at once: fewer pieces are free for others, more are assigned anew; a shipment that was released is withdrawn
    first, one that is being packed refuses. A higher total asks the newest card for the difference, a lower one gives back
    what is too much. Refused on hold, and once a part has shipped.
    """
    order = find_order(session, number)
    if other := sorted({each.currency for each in body.moneys()} - {order["currency"]}):
        raise Invalid(
            f"order {number} is in {order['currency']}, not in {', '.join(other)}",
            code="currency_mismatch",
            members={"currency": order["currency"]},
        )
    edit(session, order["id"], body.as_edit(), cause=call.cause, at=call.at)
    reply = shown_order(session, call, number)
    if reply.body["total"]["amount"] > MOST_AMOUNT:
        raise Invalid(
            "the order would cost more than can be paid",
            code="total_too_large",
            remedy="place what is too much as another order",
            members={"most": money(MOST_AMOUNT, order["currency"])},
        )
    return reply
