"""Carts become orders: by checkout, or by hand."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.carts.convert import convert
from fulfillment.carts.queries import lock_cart
from fulfillment.payments.adding.add import add_payment
from fulfillment.payments.attempts.request import Asked
from fulfillment.payments.models import Method
from web.access import ADMIN, CSR, STOREFRONT
from web.api.checkouts import answer_to, follow_authorization
from web.api.orders import shown_order
from web.call import Call, Reply
from web.currencies import one_currency
from web.routes import Noun
from web.schemas.carts import CartCheckoutIn, ConversionIn
from web.schemas.checkouts import CheckoutOut
from web.schemas.orders import OrderOut

noun = Noun("conversions", "Carts become orders, each once: by its checkout, or by the hand of customer service.")


@noun.commands(
    "/v1/carts/<id:cart_id>/checkout",
    roles=(STOREFRONT, CSR, ADMIN),
    body=CartCheckoutIn,
    answer=CheckoutOut,
    status=202,
    also={200: OrderOut},
    follow=follow_authorization,
)
def check_out_cart(session: Session, call: Call, body: CartCheckoutIn, cart_id: int) -> Reply:
    """
    Make an order of a cart, at the prices of now; of several checkouts of one cart a single one does.

    202 as soon as the order is kept; with `Prefer: wait=5` 200 with the whole order once its payment is decided. 409
    `cart_converted` names the order that the cart has become, `total_changed` what it costs now.
    """
    _one_currency(session, call, cart_id, body)
    placed = convert(
        session,
        cart_id,
        payments=body.as_payments(),
        expected_total=None if body.total is None else body.total.amount,
        storefront_id=call.storefront_id,
        cause=call.cause,
        at=call.at,
    )
    status, answer, headers = answer_to(body, placed)
    return Reply(answer, status, headers)


@noun.commands("/v1/carts/<id:cart_id>/conversion", roles=(CSR, ADMIN), body=ConversionIn, answer=OrderOut, status=201)
def convert_cart(session: Session, call: Call, body: ConversionIn, cart_id: int) -> Reply:
    """
    Make an order of a cart by hand: it is in progress and unpaid, but for the payment that is recorded with it.

    Further payments are added to the order: `POST /v1/orders/{number}/payments`.
    """
    _one_currency(session, call, cart_id, body)
    placed = convert(
        session,
        cart_id,
        expected_total=None if body.total is None else body.total.amount,
        storefront_id=None,
        cause=call.cause,
        at=call.at,
    )
    if body.manual_payment is not None:
        asked = Asked(client_id=call.key.id, cause=call.cause, at=call.at)
        add_payment(
            session, placed.id, method=Method.MANUAL, token=None, amount=body.manual_payment.amount, asked=asked
        )
    order = shown_order(session, call, placed.number)
    return Reply(order.body, 201, {**order.headers, "Location": f"/v1/orders/{placed.number}"})


def _one_currency(session: Session, call: Call, cart_id: int, body: CartCheckoutIn | ConversionIn) -> None:
    cart = lock_cart(session, cart_id, storefront_id=call.storefront_id)
    named = {each.currency for each in body.moneys() if each is not None}
    one_currency(call.services, cart.content.market, named)
