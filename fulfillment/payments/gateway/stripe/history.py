"""History: everything that happened to one PaymentIntent, whoever did it. Amounts are our minor units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.port import Answer, History, Result, Transaction, TransactionKind
from fulfillment.payments.gateway.stripe import ask
from fulfillment.payments.gateway.stripe.amounts import from_stripe
from fulfillment.payments.gateway.stripe.refusals import from_error
from fulfillment.payments.gateway.stripe.said import VOID_MARK, BalanceTransaction, Dispute, Intent, Refund, moment

if TYPE_CHECKING:
    from stripe import StripeClient

_EXPAND: Final = ["latest_charge.balance_transaction"]
_PAGE: Final = 100
_MOVED: Final = ("succeeded", "pending")
"""A refund under way has left the account; one that fails comes back, and is then told of no more."""


def history_of(client: StripeClient, reference: str) -> History | Answer:
    """Tell what happened to a PaymentIntent; refused only where Stripe says that there is none."""
    try:
        intent = ask.retrieve(client, reference, expand=_EXPAND)
        refunds = client.v1.refunds.list({"payment_intent": intent.id, "limit": _PAGE}).auto_paging_iter()
        given_back = [Refund.model_validate(each.to_dict()) for each in refunds]
        disputes: list[Dispute] = []
        if intent.latest_charge is not None and intent.latest_charge.disputed:
            listed = client.v1.disputes.list({"payment_intent": intent.id, "limit": _PAGE}).auto_paging_iter()
            disputes = [Dispute.model_validate(each.to_dict()) for each in listed]
        moved = [*_moved(intent), *_refunded(given_back), *_charged_back(disputes)]
    except Exception as error:  # noqa: BLE001  one member must not fail its set
        answer = from_error(error)
        if answer.result is Result.FAILED and answer.code == "no_such_authorization":
            return answer
        return wire.unknown(answer.code or "refused", answer.message)
    ordered = sorted(moved, key=lambda each: each.at)  # stable: what has one time stays in the order of its becoming
    return History(reference, intent.currency, intent.metadata.get("order"), tuple(ordered), intent.expires_at)


def _moved(intent: Intent) -> Iterator[Transaction]:
    charge = intent.latest_charge
    if charge is None or not intent.was_authorized:
        return
    began = moment(charge.created)
    amount = from_stripe(intent.amount, intent.currency)
    yield Transaction(TransactionKind.AUTHORIZE, intent.id, intent.metadata.get("key"), amount, began)
    # Stripe tells of one time only, however many captures there were.
    taken_at = (
        moment(charge.balance_transaction.created)
        if isinstance(charge.balance_transaction, BalanceTransaction)
        else began
    )
    marks = intent.captured_by()
    elsewhere = intent.taken - sum(marks.values())
    for key, part in marks.items():
        yield Transaction(TransactionKind.CAPTURE, charge.id, key, part, taken_at)
    if elsewhere > 0:
        yield Transaction(TransactionKind.CAPTURE, charge.id, None, elsewhere, taken_at)
    if intent.let_go:
        yield _let_go(intent, taken_at)


def _let_go(intent: Intent, taken_at: datetime) -> Transaction:
    key = next((name.removeprefix(VOID_MARK) for name in intent.metadata if name.startswith(VOID_MARK)), None)
    kind = TransactionKind.EXPIRE if key is None and intent.ran_out else TransactionKind.VOID
    at = moment(intent.canceled_at) if intent.canceled_at else taken_at
    return Transaction(kind, f"{intent.id}:released", key, intent.let_go, at, by_capture=intent.let_go_by_capture > 0)


def _refunded(refunds: list[Refund]) -> Iterator[Transaction]:
    for each in reversed(refunds):  # Stripe lists the newest first.
        # Without a balance transaction nothing was given back that had been taken: it was let go.
        if each.status in _MOVED and each.balance_transaction is not None:
            amount = from_stripe(each.amount, each.currency)
            yield Transaction(TransactionKind.REFUND, each.id, each.metadata.get("key"), amount, moment(each.created))


def _charged_back(disputes: list[Dispute]) -> Iterator[Transaction]:
    """A dispute takes the money when it opens, and gives it again when it is won; a mere question moves none."""
    for each in reversed(disputes):
        amount = from_stripe(each.amount, each.currency)
        for booked in each.balance_transactions:
            kind = TransactionKind.CHARGEBACK if booked.amount < 0 else TransactionKind.CHARGEBACK_REVERSED
            yield Transaction(kind, f"{each.id}:{booked.id}", None, amount, moment(booked.created))
