"""Give a credit: what an order keeps of goods that come back pays for another order. Amounts are minor units. (EX2)"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from fulfillment.catalog.markets import payment_turns
from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.progress import cover
from fulfillment.payments.adding.rows import payment_row
from fulfillment.payments.amounts.money import Money
from fulfillment.payments.amounts.order_money import write_order_money
from fulfillment.payments.amounts.spread import in_turn, spread
from fulfillment.payments.credits.models import ExchangeCredit
from fulfillment.payments.credits.queries import credits_by_id
from fulfillment.payments.guards import most_to_refund
from fulfillment.payments.ledger.enter import TransferKind, enter_transfer
from fulfillment.payments.models import Method, Payment
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.timeline.changes import Changes


def give_credit(
    session: Session,
    changes: Changes,
    source: Money,
    target: Money,
    amount: int,
    *,
    return_id: int,
    cause: Cause,
) -> None:
    """
    Let `amount` of what the source order keeps pay for the target order: nothing moves at a gateway.

    Each of the source's payments that bears a part of it, in the turn of refunds, makes a credit of its own. An order that is
    covered by it is set going. A credit of the source itself moves on only once the goods that pay for it were accepted: if they
    do not come, it is taken back where it stands. Raises Conflict `over_credit` where the source does not keep so much.
    """
    firm = _firm(session, source)
    if (refusal := refusal_to_credit(source, firm, amount)) is not None:
        raise refusal.as_error()
    turn = payment_turns(session, [source.order.market_id])[source.order.market_id].refund
    shares = spread(amount, in_turn(firm, turn), lambda payment: payment.refundable)
    was_covered = target.order.covered
    for credit_id, (payment, share) in zip(take_ids(session, len(shares)), shares, strict=True):
        _move_out(changes, payment, share)
        target.payments.append(_move_in(changes, target, credit_id, share))
        origin = {"source_order_id": source.order.id, "source_payment_id": payment.id, "return_id": return_id}
        changes.insert(ExchangeCredit, {"id": credit_id, "order_id": target.order.id, **origin})
    said = {"amount": amount, "return_id": return_id}
    changes.note(
        "order", source.order.id, source.order.id, "give_credit", cause, {**said, "order": target.order.number}
    )
    entry = changes.note(
        "order", target.order.id, target.order.id, "receive_credit", cause, {**said, "order": source.order.number}
    )
    if amount and target.order.is_open and target.order.covered and not was_covered:
        cover(changes, target.order, target.shipments, cause, because=entry)
    write_credited(changes, target)


def refusal_to_credit(source: Money, firm: Sequence[PaymentUnderLock], amount: int) -> Refusal | None:
    """Say why an order cannot pay so much for another one: it does not keep it, or not for certain, by the `firm` payments."""
    most = most_to_refund(firm)
    if 0 <= amount <= most:
        return None
    order = source.order
    if amount <= (kept := most_to_refund(source.payments)):
        return Refusal(
            order.id,
            guard="over_credit",
            reason=f"{printed(kept - most, order.currency)} of what order {order.number} keeps is the credit of goods that are"
            " not accepted yet",
            remedy="settle the exchange that this order belongs to first: GET /v1/exchanges",
            members={"most": most},
        )
    return Refusal(
        order.id,
        guard="over_credit",
        reason=f"{printed(most, order.currency)} is kept of the payments of order {order.number}",
        remedy="wait until what has shipped is captured"
        if order.open_authorized
        else "refund what came back, and let the customer pay for the other order",
        members={"most": most},
    )


def _firm(session: Session, source: Money) -> list[PaymentUnderLock]:
    """Give the payments but for credits that may still be taken back."""
    credits_ = [payment.id for payment in source.payments if payment.method == Method.CREDIT]
    given = credits_by_id(session, credits_) if credits_ else {}
    return [each for each in source.payments if each.id not in given or given[each.id].accepted]


def write_credited(changes: Changes, account: Money) -> None:
    """Write what an order has of credits, and its other money."""
    changes.set(PurchaseOrder, account.order.id, credited=account.order.credited)
    write_order_money(changes, account.order, account.payments)


def _move_out(changes: Changes, payment: PaymentUnderLock, amount: int) -> None:
    payment.exchanged += amount
    changes.set(Payment, payment.id, exchanged=payment.exchanged)
    _enter(changes, TransferKind.EXCHANGE_OUT, payment, amount)


def _move_in(changes: Changes, target: Money, credit_id: int, amount: int) -> PaymentUnderLock:
    order = target.order
    position = max((each.position for each in target.payments), default=0) + 1
    row = payment_row(order, credit_id, position, Method.CREDIT, None, amount, changes.at)
    changes.insert(Payment, row)
    order.credited += amount
    credit = PaymentUnderLock.to_be({**row, "renews_payment_id": None})
    _enter(changes, TransferKind.CREDIT, credit, amount)
    return credit


def _enter(changes: Changes, kind: TransferKind, payment: PaymentUnderLock, amount: int) -> None:
    enter_transfer(
        changes, kind, order_id=payment.order_id, payment_id=payment.id, amount=amount, currency=payment.currency
    )
