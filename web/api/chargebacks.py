"""Chargebacks of payments: money that the customer's bank took back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.payments.chargebacks.record import ChargebackEnd, ChargedBack, end_chargeback, record_chargeback
from fulfillment.payments.read import find_chargeback, find_payment
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.currencies import in_currency
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.chargebacks import ChargebackEndIn, ChargebackIn, ChargebackOut

noun = Noun("chargebacks", "Money that the customer's bank took back.")


@noun.commands(
    "/v1/payments/<id:payment_id>/chargebacks", roles=(CSR, ADMIN), body=ChargebackIn, answer=ChargebackOut, status=201
)
@previewed
def create_chargeback(session: Session, call: Call, body: ChargebackIn, payment_id: int) -> Reply:
    """
    Enter what a bank took back of a payment; an order in work is held until it is won or somebody releases the hold.

    409 `over_chargeback` beyond what is kept of the payment.
    """
    currency = find_payment(session, payment_id).payment["currency"]
    charged = ChargedBack(body.reason, in_currency(body.amount, currency), body.reference)
    chargeback_id = record_chargeback(session, payment_id, charged, cause=call.cause, at=call.at)
    return Reply(shown_chargeback(find_chargeback(session, payment_id, chargeback_id)), 201)


@noun.commands(
    "/v1/payments/<id:payment_id>/chargebacks/<id:chargeback_id>/outcome",
    roles=(CSR, ADMIN),
    body=ChargebackEndIn,
    answer=ChargebackOut,
)
@previewed
def create_chargeback_outcome(
    session: Session, call: Call, body: ChargebackEndIn, payment_id: int, chargeback_id: int
) -> Reply:
    """
    Say how a chargeback ended.

    Won, the money is there again and the hold is lifted. Lost, it is gone, and the hold stays until it is released.
    """
    find_chargeback(session, payment_id, chargeback_id)
    end = ChargebackEnd(body.outcome == "won", body.note, body.reference)
    end_chargeback(session, chargeback_id, end, cause=call.cause, at=call.at)
    return Reply(shown_chargeback(find_chargeback(session, payment_id, chargeback_id)))


def shown_chargeback(row: RowMapping) -> dict[str, Any]:
    """Give a chargeback as it is answered."""
    as_it_is = ("id", "payment_id", "order", "status", "reason", "reference", "note", "hold_id", "opened_by")
    return {
        **{name: row[name] for name in as_it_is},
        "amount": money(row["amount"], row["currency"]),
        "opened_at": moment(row["opened_at"]),
        "ended_at": moment(row["ended_at"]),
    }
