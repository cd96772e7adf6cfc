"""Attempts to move money that wait for a person: what is to be paid out, and what nobody can ask the gateway about any more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.kernel.errors import Denied
from fulfillment.payments.by_hand.settle_by_hand import Settlement, settle_by_hand
from fulfillment.payments.by_hand.waiting import attempts_by_hand, find_attempt
from fulfillment.payments.models import Method
from fulfillment.payments.read import find_payment
from web.access import ADMIN, CSR
from web.api.payments import shown_payment
from web.call import Call, Reply
from web.paging import after_id, page
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.payment_attempts import AttemptShownOut, AttemptsQuery, OutcomeIn, WaitingAttemptsOut
from web.schemas.payments import PaymentOut

noun = Noun("payment_attempts", "Attempts to move money, and those that wait for a person.")


@noun.reads("/v1/payment-attempts", roles=(CSR, ADMIN), answer=WaitingAttemptsOut, query=AttemptsQuery)
def list_payment_attempts(session: Session, call: Call, query: AttemptsQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List what waits for a person, oldest first: pay-outs to make, and outcomes to find out in the gateway's own records."""
    after = after_id(query.cursor) or 0
    rows = attempts_by_hand(session, status=query.status, after=after, limit=query.limit + 1)
    return Reply(page("attempts", rows, query.limit, lambda row: row["id"], [_shown(row) for row in rows]))


@noun.reads("/v1/payment-attempts/<id:attempt_id>", roles=(CSR, ADMIN), answer=AttemptShownOut)
def show_payment_attempt(session: Session, call: Call, attempt_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read one attempt to move money: what was asked under which key, what was answered, and what waits for it."""
    row = find_attempt(session, attempt_id)
    as_it_is = {name: row[name] for name in ("reference", "shipment_id", "lines")}
    return Reply({**_shown(row), **as_it_is, "decided_at": moment(row["decided_at"])})


@noun.commands("/v1/payment-attempts/<id:attempt_id>/outcome", roles=(CSR, ADMIN), body=OutcomeIn, answer=PaymentOut)
@previewed
def create_attempt_outcome(session: Session, call: Call, body: OutcomeIn, attempt_id: int) -> Reply:
    """
    Say what became of a pay-out, or of an attempt that nobody can ask the gateway about any more.

    Customer service confirms pay-outs or gives them up; what became of a card's money an administrator decides. 409
    `still_asked` while the gateway still knows the key: then it is found out without a person.
    """
    if find_attempt(session, attempt_id)["method"] == Method.CARD and call.key.role != Role.ADMIN:
        raise Denied(
            "what the gateway did is decided by an administrator",
            code="role",
            guard="role",
            remedy="ask an administrator to compare with the gateway's own records",
        )
    said = Settlement(body.outcome == "succeeded", body.note, body.reference)
    payment_id = settle_by_hand(session, attempt_id, said, cause=call.cause, at=call.at)
    return Reply(shown_payment(find_payment(session, payment_id)))


def _shown(row: RowMapping) -> dict[str, Any]:
    as_it_is = (
        "id",
        "payment_id",
        "order",
        "kind",
        "status",
        "method",
        "received_as",
        "payment_reference",
        "key",
        "sends",
        "code",
        "message",
        "reason",
        "dead_letter_id",
    )
    return {
        **{name: row[name] for name in as_it_is},
        "amount": money(row["amount"], row["currency"]),
        "error": row["last_error"],
        "created_at": moment(row["created_at"]),
    }
