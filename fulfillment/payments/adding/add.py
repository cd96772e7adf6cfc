"""Add a payment: a card is authorized by a step, money received by hand counts at once (PY1, PY6, PY7). Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.catalog.markets import expect_payment_method
from fulfillment.db.ids import take_ids
from fulfillment.kernel.errors import Invalid
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.progress import cover
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.payments.adding.hand_in import refuse_used
from fulfillment.payments.adding.rows import payment_row
from fulfillment.payments.amounts.excess import excess
from fulfillment.payments.amounts.order_money import write_order_money
from fulfillment.payments.attempts.request import Asked
from fulfillment.payments.by_hand.refused_captures import end_refused_captures, hold_refused_captures
from fulfillment.payments.guards import most_to_add, refusal_to_add_payment
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.models import Method, Payment, ReceivedAs
from fulfillment.payments.queries import PaymentUnderLock, payments_of
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps


@dataclass(frozen=True, slots=True)
class Received:
    """How money came that a person received, and what it is known by (PY7)."""

    received_as: ReceivedAs
    reference: str | None = None


def add_payment(
    session: Session,
    order_id: int,
    *,
    method: Method,
    token: str | None,
    amount: int | None,
    asked: Asked,
    reference: str | None = None,
    received: Received | None = None,
) -> tuple[int, int | None]:
    """
    Add a payment to an order: a card is authorized by a step, a manual one counts at once (PY1, PY6, PY7).

    `reference` hands in an authorization that the storefront made itself, in place of a token. Without an `amount` it takes
    what is missing. Gives the ids of the payment and of the operation (none for a manual
    payment). It may also pay for goods that have left. Raises Conflict where nothing is missing, Invalid for a card without a
    token.
    """
    by_hand = method == Method.MANUAL
    refused = hold_refused_captures(session, order_id) if by_hand else []  # Dispatch rows before orders, as all do.
    order = lock_order(session, order_id)
    payments = payments_of(session, [order.id])[order.id]
    if amount is None:
        amount = most_to_add(order, payments, by_hand=by_hand)
    if (refusal := refusal_to_add_payment(order, payments, amount, by_hand=by_hand)) is not None:
        raise refusal.as_error()
    expect_payment_method(session, order.market_id, method)
    refuse_used(session, [reference] if reference is not None else [])
    if method == Method.CARD and not (token or reference):
        raise Invalid("a card needs the gateway's token", code="no_token")
    [payment_id] = take_ids(session, 1)
    changes = Changes(at=asked.at)
    changes.raise_version(PurchaseOrder, order)
    row = payment_row(order, payment_id, len(payments) + 1, method, token, amount, asked.at)
    if by_hand:
        if received is not None:
            row |= {"received_as": received.received_as, "reference": received.reference}
        _count_manual(session, changes, order, payments, row, asked, refused)
        return payment_id, None
    changes.insert(Payment, {**row, "adopts": reference})
    detail = {"payment_id": payment_id, "amount": amount}
    changes.note("order", order.id, order.id, "add_payment", asked.cause, detail)
    return payment_id, _ask_for(session, changes, payment_id, order.id, asked)


def _ask_for(session: Session, changes: Changes, payment_id: int, order_id: int, asked: Asked) -> int:
    """Ask for a card to be authorized; give the operation."""
    return request_steps(
        session,
        "payment.added",
        [(payment_id, order_id)],
        kind="payment",
        client_id=asked.client_id,
        cause=asked.cause,
        at=asked.at,
        result={"payment_id": payment_id},
        changes=changes,
    )


def _count_manual(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    payments: Sequence[PaymentUnderLock],
    row: dict[str, Any],
    asked: Asked,
    refused: Sequence[int],
) -> None:
    """Enter money that was received by hand, and set the order going if that covers it; one that is done may be paid now."""
    changes.insert(Payment, row)
    enter_transfer(
        changes,
        TransferKind.MANUAL,
        order_id=order.id,
        payment_id=row["id"],
        amount=row["amount"],
        currency=order.currency,
    )
    was_covered = order.covered
    order.manual += row["amount"]
    detail = {name: row[name] for name in ("amount", "received_as", "reference") if row.get(name) is not None}
    detail |= {"payment_id": row["id"]}
    entry = changes.note("order", order.id, order.id, "receive_manual_payment", asked.cause, detail)
    if order.is_open and order.covered and not was_covered:
        cover(changes, order, shipments_of(session, [order.id])[order.id], asked.cause, because=entry)
    if order.is_open and excess(order, payments):
        changes.publish("order.overpaid", order.id, asked.cause, order_id=order.id, because=entry)
    write_order_money(changes, order, payments)
    end_refused_captures(session, changes, order, refused, asked.cause, because=entry)
    changes.write(session)
