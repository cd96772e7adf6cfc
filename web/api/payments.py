"""Payments of an order: read, add, capture, refund, void."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.kernel.errors import Denied
from fulfillment.orders.queries import read_orders
from fulfillment.orders.read import find_order
from fulfillment.payments.adding.add import Received, add_payment
from fulfillment.payments.amounts.pieces import RefundedLine
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.attempts.request import (
    Asked,
    RefundWanted,
    request_capture,
    request_refund,
    request_void,
)
from fulfillment.payments.expiry.expiring import expiring_payments
from fulfillment.payments.history import kept_of, open_of, state_of
from fulfillment.payments.models import Method, ReceivedAs
from fulfillment.payments.queries import COUNTERS, order_of_payment
from fulfillment.payments.read import PaymentView, find_payment
from web.access import ADMIN, CSR, STOREFRONT
from web.api.operations import accepted, leads_to_operation
from web.call import Call, Reply
from web.currencies import in_currency
from web.limits import refuse_beyond_limit
from web.paging import after_moment, moment_and_id, page
from web.preview import previewed
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.payments import (
    CaptureIn,
    ExpiringOut,
    ExpiringQuery,
    NewPaymentIn,
    OrderCaptureIn,
    OrderRefundIn,
    PaymentOut,
    RefundIn,
    VoidIn,
)

noun = Noun("payments", "The money of an order: every payment and every transaction.")


@leads_to_operation(
    noun,
    "/v1/orders/<name:number>/payments",
    roles=(STOREFRONT, CSR, ADMIN),
    body=NewPaymentIn,
    also={201: PaymentOut},
)
def create_payment(session: Session, call: Call, body: NewPaymentIn, number: str) -> Reply:
    """
    Add a payment to an order; without an amount it takes what is missing.

    A card is authorized by a step (202). Money received by hand counts at once (201, the payment); a storefront cannot
    receive any.
    """
    order = find_order(session, number, storefront_id=call.storefront_id)
    if body.method == "manual" and call.key.role == Role.STOREFRONT:
        raise Denied("a storefront receives no money by hand", code="role", guard="role", remedy="ask customer service")
    amount = in_currency(body.amount, order["currency"])
    received = None if body.received_as is None else Received(ReceivedAs(body.received_as), body.reference)
    payment_id, operation_id = add_payment(
        session,
        order["id"],
        method=Method(body.method),
        token=body.token,
        reference=body.reference if body.method == "card" else None,
        amount=amount,
        asked=_asked(call),
        received=received,
    )
    if operation_id is None:
        return Reply(shown_payment(find_payment(session, payment_id)), 201, {"Location": f"/v1/payments/{payment_id}"})
    return accepted(session, call, operation_id)


@noun.reads("/v1/payments", roles=(CSR, ADMIN), answer=ExpiringOut, query=ExpiringQuery)
def list_expiring_payments(session: Session, call: Call, query: ExpiringQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """
    List the authorizations of orders in work that end before a moment, the next to end first.

    They are renewed in time without a hand; where that was declined, the order is on hold and `renewed_by` is declined.
    """
    after = after_moment(query.cursor)
    rows = expiring_payments(session, before=query.expires_before, after=after, limit=query.limit + 1)
    return Reply(page("payments", rows, query.limit, _place, [_expiring(row) for row in rows]))


@leads_to_operation(noun, "/v1/payments/<id:payment_id>/captures", roles=(CSR, ADMIN), body=CaptureIn)
@previewed
def capture_payment(session: Session, call: Call, body: CaptureIn, payment_id: int) -> Reply:
    """Take authorized money, all that is due or some of it."""
    return _capture(session, call, body, order_of_payment(session, payment_id), [payment_id])


@leads_to_operation(noun, "/v1/orders/<name:number>/captures", roles=(CSR, ADMIN), body=OrderCaptureIn)
@previewed
def capture_order(session: Session, call: Call, body: OrderCaptureIn, number: str) -> Reply:
    """Take authorized money of an order, all that is due or some of it, from one card after the other."""
    return _capture(session, call, body, find_order(session, number)["id"], body.payments)


@leads_to_operation(
    noun, "/v1/payments/<id:payment_id>/refunds", roles=(CSR, ADMIN), body=RefundIn, most_bytes=LARGE_BODY
)
@previewed
def refund_payment(session: Session, call: Call, body: RefundIn, payment_id: int) -> Reply:
    """Pay captured money back: an amount, pieces of lines at what was paid for them, or all that is kept."""
    return _refund(session, call, body, order_of_payment(session, payment_id), [payment_id])


@leads_to_operation(
    noun, "/v1/orders/<name:number>/refunds", roles=(CSR, ADMIN), body=OrderRefundIn, most_bytes=LARGE_BODY
)
@previewed
def refund_order(session: Session, call: Call, body: OrderRefundIn, number: str) -> Reply:
    """Pay back what is kept of an order, all of it, some, or what pieces of its lines cost, one payment after the other."""
    return _refund(session, call, body, find_order(session, number)["id"], body.payments)


def _capture(session: Session, call: Call, body: CaptureIn, order_id: int, payments: Sequence[int]) -> Reply:
    currency = read_orders(session, [order_id])[order_id].currency
    amount = in_currency(body.amount, currency)
    requested = request_capture(session, order_id, amount=amount, payments=payments, asked=_asked(call))
    refuse_beyond_limit(session, call, order_id, AttemptKind.CAPTURE, requested, currency)
    return accepted(session, call, requested.operation_id)


def _refund(session: Session, call: Call, body: RefundIn, order_id: int, payments: Sequence[int]) -> Reply:
    currency = read_orders(session, [order_id])[order_id].currency
    lines = [RefundedLine(line.line_id, line.quantity) for line in body.lines]
    wanted = RefundWanted(body.reason, in_currency(body.amount, currency), lines, body.with_shipping)
    requested = request_refund(session, order_id, wanted, payments=payments, asked=_asked(call))
    refuse_beyond_limit(session, call, order_id, AttemptKind.REFUND, requested, currency)
    return accepted(session, call, requested.operation_id)


@leads_to_operation(noun, "/v1/payments/<id:payment_id>/voids", roles=(CSR, ADMIN), body=VoidIn)
@previewed
def void_payment(session: Session, call: Call, body: VoidIn, payment_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Give back what is authorized and not captured."""
    return accepted(session, call, request_void(session, payment_id, asked=_asked(call)).operation_id)


def shown_payment(view: PaymentView) -> dict[str, Any]:
    """Give a payment as it is answered. The token is not shown: whoever reads an order need not be able to charge it."""
    payment, currency = view.payment, view.payment["currency"]
    return {
        "id": payment["id"],
        "order": payment["order_number"],
        "position": payment["position"],
        "method": payment["method"],
        "received_as": payment["received_as"],
        "reference": payment["reference"],
        "status": state_of(payment),
        "declined": payment["declined"],
        "open": money(open_of(payment), currency),
        "kept": money(kept_of(payment), currency),
        **{name: money(payment[name], currency) for name in ("amount", *COUNTERS)},
        "expires_at": moment(payment["expires_at"]),
        "renews": payment["renews_payment_id"],
        "action": payment["action"],
        "created_at": moment(payment["created_at"]),
        "transactions": [_attempt(dict(attempt), currency) for attempt in view.attempts],
    }


def _place(row: RowMapping) -> str:
    return moment_and_id(row["expires_at"], row["id"])


def _expiring(row: RowMapping) -> dict[str, Any]:
    renewal = None if row["renewal_id"] is None else {"id": row["renewal_id"], "declined": row["renewal_declined"]}
    return {
        "id": row["id"],
        "order": row["number"],
        "open": money(row["open"], row["currency"]),
        "expires_at": moment(row["expires_at"]),
        "on_hold": row["on_hold"],
        "renewed_by": renewal,
    }


def _attempt(attempt: dict[str, Any], currency: str) -> dict[str, Any]:
    as_it_is = ("id", "kind", "status", "shipment_id", "reference", "code", "message", "reason", "lines")
    return {
        **{name: attempt[name] for name in as_it_is},
        "amount": money(attempt["amount"], currency),
        "created_at": moment(attempt["created_at"]),
        "decided_at": moment(attempt["decided_at"]),
    }


def _asked(call: Call) -> Asked:
    return Asked(client_id=call.key.id, cause=call.cause, at=call.at)
