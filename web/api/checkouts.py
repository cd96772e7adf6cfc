"""A whole checkout in one post: the hot path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fulfillment.checkout.place import Answered
from fulfillment.checkout.placed import Placed
from fulfillment.kernel.errors import Invalid
from fulfillment.orders.states import OrderStatus, PaymentStatus
from fulfillment.payments.read import authorization_is_open
from fulfillment.workflow.checkout import place_checkout
from web.access import ADMIN, CSR, STOREFRONT
from web.api.orders import shown_order
from web.call import Call, Reply
from web.currencies import one_currency
from web.idempotency import refuse_while_running, replay
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import money
from web.schemas.checkouts import CheckoutIn, CheckoutOut, PaidIn
from web.schemas.orders import OrderOut

noun = Noun("checkouts", "Carts become orders.")


def follow_authorization(session: Session, call: Call, body: Mapping[str, Any]) -> Reply | None:
    """A checkout's outcome is that its authorization is decided."""
    if authorization_is_open(session, body["number"]):
        return None
    return shown_order(session, call, body["number"])


@noun.commands(
    "/v1/checkouts",
    roles=(STOREFRONT, CSR, ADMIN),
    body=CheckoutIn,
    answer=CheckoutOut,
    status=202,
    most_bytes=LARGE_BODY,
    also={200: OrderOut},
    follow=follow_authorization,
    claims_itself=True,
)
def create_checkout(call: Call, body: CheckoutIn) -> Reply:
    """
    Place an order.

    202 as soon as the order is kept; with `Prefer: wait=5` 200 with the whole order once its payment is decided.
    409 `out_of_stock` where a product denies a shortage.
    """
    one_currency(call.services, body.market, body.currencies())
    answered = Answered(_claim(call), lambda placed: answer_to(body, placed))
    try:
        placed = place_checkout(
            call.services,
            body.as_checkout(),
            storefront_id=call.storefront_id,
            cause=call.cause,
            answered=answered,
        )
    except OperationalError as error:
        refuse_while_running(error)
        raise
    if placed is None:
        with call.services.autocommit() as session:
            return replay(session, _claim(call))
    status, answer, headers = answer_to(body, placed)
    return Reply(answer, status, headers)


def _claim(call: Call) -> Any:
    assert call.claim is not None
    return call.claim


def answer_to(body: PaidIn, placed: Placed) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
    """Make up the answer before anything is written: it is kept with the idempotency key in the same statement."""
    _payments_add_up(body, placed)
    answer = {
        "number": placed.number,
        "status": "on_hold" if placed.held_for else OrderStatus.IN_PROGRESS,
        "payment_status": PaymentStatus.UNPAID if placed.total else PaymentStatus.PAID,
        "total": money(placed.total, placed.currency),
        "shipments": [
            {"id": shipment.id, "number": shipment.number, "needs_shipping": shipment.needs_shipping}
            for shipment in placed.shipments
        ],
    }
    return 202, answer, {"Location": f"/v1/orders/{placed.number}"}


def _payments_add_up(body: PaidIn, placed: Placed) -> None:
    """Refuse payments below the total, unless one of them takes the rest. (None at all: it is paid by telephone.)"""
    if not body.payments or any(payment.amount is None for payment in body.payments):
        return
    paid = sum(payment.amount.amount for payment in body.payments if payment.amount is not None)
    if paid != placed.total:
        raise Invalid(
            "the payments do not add up to what the order costs",
            code="payments_do_not_add_up",
            remedy="leave the amount of a single payment out, or add a manual payment for what is paid later",
            members={"total": money(placed.total, placed.currency), "payments": money(paid, placed.currency)},
        )
