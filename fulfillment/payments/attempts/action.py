"""Action: a card that its customer has to confirm (3-D Secure). Handed to the storefront, and given up with the order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.payments.gateway.port import REQUIRES_ACTION, Answer, Gateway, Operation, Request, Result
from fulfillment.payments.queries import Attempt

_KEEP = text("""
INSERT INTO payment_action (payment_id, order_id, attempt_id, reference, client_secret, url, asked_at)
VALUES (:payment_id, :order_id, :attempt_id, :reference, :client_secret, :url, :at)
ON CONFLICT (payment_id) DO UPDATE
   SET attempt_id = excluded.attempt_id, reference = excluded.reference, client_secret = excluded.client_secret, url = excluded.url
""")
# An attempt that was lost sight of before the gateway said so says from now on what it waits for.
_SAY = text(
    "UPDATE payment_attempt SET code = :code, message = :message WHERE id = :id AND code IS DISTINCT FROM :code"
)


def keep_actions(session: Session, unclear: Sequence[tuple[Attempt, Answer]], *, at: datetime) -> None:
    """Keep what customers have to do, for whoever shows it to them."""
    for attempt, answer in unclear:
        if answer.action is not None:
            asked = {"client_secret": answer.action.client_secret, "url": answer.action.url, "at": at}
            whose = {"payment_id": attempt.payment_id, "order_id": attempt.order_id, "attempt_id": attempt.id}
            session.execute(_KEEP, {**whose, **asked, "reference": answer.reference})
            session.execute(_SAY, {"id": attempt.id, "code": answer.code, "message": answer.message})


def give_up(gateway: Gateway, attempt: Attempt, request: Request, found: Answer) -> Answer:
    """
    Let go of an authorization that waits for a customer whose order is canceled or expired; give what became of it.

    The gateway cancels what waits, and voids what was confirmed this moment; either way nothing stays set aside.
    """
    if found.code != REQUIRES_ACTION or attempt.is_wanted or found.reference is None:
        return found
    void = Request(
        key=f"{attempt.key}-given-up",
        operation=Operation.VOID,
        amount=attempt.amount,
        currency=attempt.currency,
        token=None,
        reference=found.reference,
        merchant_reference=attempt.order_number,
    )
    [voided] = gateway.send([void])
    if voided.result == Result.SUCCEEDED:
        return Answer(Result.FAILED, found.reference, "canceled", "It was not confirmed before the order was canceled.")
    [after] = gateway.find([request])
    return found if after is None else after
