"""What an error of Stripe's means for money: surely nothing happened, or nobody knows yet."""

from __future__ import annotations

from typing import Any, Final

import stripe
from pydantic import ValidationError

from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.port import AUTHORIZATION_EXPIRED, Answer, Operation, Request, Result
from fulfillment.payments.gateway.stripe.said import PaymentError

# Stripe's code: ours. A code that is not here is handed on as it is.
_CODES: Final = {
    "amount_too_large": "over_capture",
    "charge_already_refunded": "over_refund",
    "charge_already_captured": "nothing_open",
    "charge_expired_for_capture": AUTHORIZATION_EXPIRED,
}


def from_error(error: Exception, request: Request | None = None) -> Answer:
    """
    Give the answer that an error amounts to.

    A card's no and a request that Stripe refuses for what it says are final: nothing happened, and the same request will
    never do anything. All else is unknown: the connection, the rate, our key, a twin of the request that is still
    running or says something else, and Stripe's own failures, which may come after the effect.
    """
    if isinstance(error, ValidationError):
        places = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return wire.unknown("unreadable", f"Stripe's {error.title} could not be understood: {places}")
    if not isinstance(error, stripe.StripeError):
        return wire.unknown("unreadable", f"{type(error).__name__}: {error}")
    message = _message(error)
    if error.request_id is None and not isinstance(error, stripe.APIConnectionError):
        return wire.unknown("not_stripe", f"Something else than Stripe answered: {message}")
    if isinstance(error, stripe.CardError):
        return _declined(error)
    if isinstance(error, stripe.InvalidRequestError):
        return wire.refused(_word(_refusal_code(error, request)), message)
    return wire.unknown(_word(_trouble_code(error)), message)


def _declined(error: stripe.CardError) -> Answer:
    """The card's no, which stays readable in the PaymentIntent that was made for it."""
    said = _said(error)
    why = PaymentError(code=error.code, decline_code=said.get("decline_code"), message=error.user_message)
    intent = said.get("payment_intent")
    name = intent.get("id") if isinstance(intent, dict) else None
    return Answer(Result.FAILED, name, _word(why.reason), why.message)


def _refusal_code(error: stripe.InvalidRequestError, request: Request | None) -> str:
    operation = None if request is None else request.operation
    code = error.code or ""
    if code == "payment_intent_unexpected_state":
        return _state_code(_said(error).get("payment_intent") or {}, operation)
    if code == "resource_missing" and operation is not Operation.AUTHORIZE:
        return "no_such_authorization"
    if not code and operation is Operation.REFUND and error.param == "amount":
        return "over_refund"
    return _CODES.get(code, code or "invalid_request")


def _state_code(intent: dict[str, Any], operation: Operation | None) -> str:
    if intent.get("status") == "canceled" and intent.get("cancellation_reason") in ("automatic", "expired"):
        return AUTHORIZATION_EXPIRED
    return {Operation.CAPTURE: "over_capture", Operation.VOID: "nothing_open"}.get(
        operation or Operation.AUTHORIZE, "payment_intent_unexpected_state"
    )


def _trouble_code(error: stripe.StripeError) -> str:
    named = {
        stripe.IdempotencyError: "key_reused",
        stripe.RateLimitError: "rate_limit",
        stripe.AuthenticationError: "not_authenticated",
        stripe.PermissionError: "not_permitted",
    }
    return error.code or _said(error).get("code") or named.get(type(error)) or f"http_{error.http_status}"


def _said(error: stripe.StripeError) -> dict[str, Any]:
    body = error.json_body
    said = body.get("error") if isinstance(body, dict) else None
    return said if isinstance(said, dict) else {}


def _message(error: stripe.StripeError) -> str:
    text = "".join(letter for letter in str(error.user_message or error) if letter.isprintable())
    return f"{text[: wire.MESSAGE_LENGTH - 60]} ({error.request_id})" if error.request_id else text


def _word(code: str) -> str:
    """Keep a code fit to be stored and compared."""
    kept = "".join(letter for letter in code if letter.isascii() and (letter.isalnum() or letter == "_"))
    return kept[:100] or "unreadable"
