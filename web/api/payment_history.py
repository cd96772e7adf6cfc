"""The current status and the whole history of payments (PY2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.orders.read import find_order
from fulfillment.payments.history import PaymentPast, kept_of, open_of, past_of_payment
from fulfillment.payments.models import Method
from fulfillment.payments.read import find_payment, payments_of_order
from web.access import ADMIN, CSR, STOREFRONT
from web.api.chargebacks import shown_chargeback
from web.api.payments import shown_payment
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.payment_history import PaymentHistoryOut, PaymentsOut

noun = Noun("payment_history", "Where the money of an order stands, and all that happened to it.")


@noun.reads("/v1/orders/<name:number>/payments", roles=(STOREFRONT, CSR, ADMIN), answer=PaymentsOut)
def list_payments(session: Session, call: Call, number: str) -> Reply:
    """Read the payments of an order with their transactions, and what they amount to together."""
    order = find_order(session, number, storefront_id=call.storefront_id)
    views = payments_of_order(session, order["id"])
    return Reply(
        {
            "payment_status": order["payment_status"],
            "books": _books([view.payment for view in views], order["currency"]),
            "payments": [shown_payment(view) for view in views],
        }
    )


@noun.reads("/v1/payments/<id:payment_id>", roles=(CSR, ADMIN), answer=PaymentHistoryOut)
def show_payment(session: Session, call: Call, payment_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read where a payment stands and all that happened to it: attempts, ledger, chargebacks, what syncs found."""
    view = find_payment(session, payment_id)
    past = past_of_payment(session, view.payment["order_id"], payment_id)
    return Reply({**shown_payment(view), **_past(past, view.payment["currency"])})


def _books(payments: Sequence[RowMapping], currency: str) -> dict[str, Any]:
    cards = [each for each in payments if each["method"] == Method.CARD]
    by_hand = [each for each in payments if each["method"] == Method.MANUAL]
    amounts = {
        **{name: sum(each[name] for each in cards) for name in ("authorized", "captured", "voided", "expired")},
        "open": sum(map(open_of, cards)),
        "manual": sum(each["captured"] for each in by_hand),
        "credited": sum(each["captured"] for each in payments if each["method"] == Method.CREDIT),
        **{name: sum(each[name] for each in payments) for name in ("refunded", "charged_back", "exchanged")},
        "kept": sum(map(kept_of, payments)),
    }
    return {name: money(amount, currency) for name, amount in amounts.items()}


def _past(past: PaymentPast, currency: str) -> dict[str, Any]:
    return {
        "ledger": [_transfer(each, currency) for each in past.ledger],
        "chargebacks": [shown_chargeback(each) for each in past.chargebacks],
        "syncs": [
            {
                "at": moment(each["at"]),
                "actor": each["actor"],
                "cause": each["cause"],
                "applied": _found(each["applied"], currency),
                "left": _found(each["left"], currency),
            }
            for each in past.syncs
        ],
        "differences": _found(past.differences, currency),
    }


def _transfer(row: RowMapping, currency: str) -> dict[str, Any]:
    as_it_is = ("id", "kind", "debit", "credit", "attempt_id")
    return {
        **{name: row[name] for name in as_it_is},
        "amount": money(row["amount"], currency),
        "at": moment(row["at"]),
    }


def _found(differences: Iterable[Mapping[str, Any]], currency: str) -> list[dict[str, Any]]:
    names = ("kind", "what", "reference", "attempt_id")
    return [{**{name: each[name] for name in names}, "amount": money(each["amount"], currency)} for each in differences]
