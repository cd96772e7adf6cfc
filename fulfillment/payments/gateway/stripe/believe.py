"""How far an object of Stripe's answers a request: clear, refused, or not known yet."""

from __future__ import annotations

from typing import Final

from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.port import AUTHORIZATION_EXPIRED, REQUIRES_ACTION, Action, Answer, Request, Result
from fulfillment.payments.gateway.stripe.said import CAPTURE_MARK, VOID_MARK, Intent, Refund

ACTION: Final = ("requires_action", "requires_confirmation")
RUNNING: Final = "processing"


def authorized(request: Request, intent: Intent) -> Answer:
    """What a PaymentIntent says of the authorization that it was made for."""
    if not intent.is_of(request.amount, request.currency) or intent.metadata.get("key") != request.key:
        return wire.unknown("mismatch", f"{intent.id} was made for something else.")
    if intent.was_authorized and intent.status in ("requires_capture", "succeeded"):
        return Answer(Result.SUCCEEDED, intent.id, None, None, expires_at=intent.expires_at)
    if intent.status in ACTION:
        action = Action(intent.client_secret, intent.redirect)
        said = "The customer has to confirm the payment."
        return Answer(Result.UNKNOWN, intent.id, REQUIRES_ACTION, said, action=action)
    if intent.status == "requires_payment_method":
        return _declined(intent)
    if intent.status == "canceled":
        # Whether money was ever set aside or not: none is any more.
        return Answer(
            Result.FAILED, intent.id, AUTHORIZATION_EXPIRED if intent.ran_out else "canceled", "It was canceled."
        )
    return wire.unknown(RUNNING, f"{intent.id} is {intent.status}.")


def captured(request: Request, intent: Intent) -> Answer | None:
    """What a PaymentIntent says of a capture; None where it bears no trace of it."""
    if CAPTURE_MARK + request.key not in intent.metadata:
        return None
    marks = intent.captured_by()
    # A mark alone is no money: what was taken must cover everything that is marked.
    if intent.currency != request.currency or marks.get(request.key) != request.amount:
        return wire.unknown("mismatch", f"{intent.id} was captured for something else.")
    if intent.taken < sum(marks.values()) or intent.latest_charge is None:
        return wire.unknown("mismatch", f"{intent.id} is marked as captured, but less was taken.")
    return Answer(Result.SUCCEEDED, intent.latest_charge.id, None, None, released=intent.let_go_by_capture)


def voided(request: Request, intent: Intent) -> Answer | None:
    """What a PaymentIntent says of the release of all that was open; None where that is open still."""
    if intent.status == "requires_capture":
        return None
    if intent.ran_out and VOID_MARK + request.key not in intent.metadata:
        return wire.refused(AUTHORIZATION_EXPIRED, f"The time of {intent.id} was over.")
    if intent.status in ("canceled", "succeeded") and intent.let_go == request.amount:
        return Answer(Result.SUCCEEDED, f"{intent.id}:released", None, None)
    return wire.refused("nothing_open", f"{intent.id} is {intent.status}, with nothing open.")


def refunded(request: Request, refund: Refund) -> Answer:
    """What a refund says of itself; while it is under way nobody knows."""
    if refund.currency != request.currency:
        return wire.unknown("mismatch", f"{refund.id} is in another currency.")
    if refund.status == "succeeded":
        return Answer(Result.SUCCEEDED, refund.id, None, None)
    if refund.status in ("failed", "canceled"):
        return wire.refused(refund.failure_reason or f"refund_{refund.status}", f"{refund.id} came to nothing.")
    return wire.unknown(f"refund_{refund.status}", f"{refund.id} is under way.")


def _declined(intent: Intent) -> Answer:
    error = intent.last_payment_error
    if error is None:
        return Answer(Result.FAILED, intent.id, "card_declined", None)
    return Answer(Result.FAILED, intent.id, error.reason, error.message)
