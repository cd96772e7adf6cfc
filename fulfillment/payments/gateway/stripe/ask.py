"""What Stripe is asked for, by operation. A repeated request says the same to the letter: Stripe compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fulfillment.payments.gateway.port import Operation, Request
from fulfillment.payments.gateway.stripe.amounts import CannotAsk, to_stripe
from fulfillment.payments.gateway.stripe.said import CAPTURE_MARK, VOID_MARK, Intent, Refund

if TYPE_CHECKING:
    from stripe import StripeClient
    from stripe.params import PaymentIntentCreateParams, RefundCreateParams

WITH_CHARGE: Final = ["latest_charge"]
_CONFIRMATION: Final = "ctoken_"
CHARGE: Final = ("ch_", "py_")


def retrieve(client: StripeClient, reference: str, *, expand: list[str] | None = None) -> Intent:
    """Ask for a PaymentIntent. Raises stripe.StripeError, and pydantic.ValidationError where it cannot be read."""
    found = client.v1.payment_intents.retrieve(reference, {"expand": expand or WITH_CHARGE})
    return Intent.model_validate(found.to_dict())


def authorize(client: StripeClient, request: Request) -> Intent:
    """Make a PaymentIntent and confirm it; several captures are asked for, and given where card and contract allow."""
    if not request.token:
        raise CannotAsk("an authorization needs a token")
    said: PaymentIntentCreateParams = {
        "amount": to_stripe(request.amount, request.currency),
        "currency": request.currency.lower(),
        "capture_method": "manual",
        "confirm": True,
        "allowed_payment_method_types": ["card"],
        "payment_method_options": {"card": {"request_multicapture": "if_available"}},
        "description": request.merchant_reference,
        "metadata": {"order": request.merchant_reference, "key": request.key},
        "expand": WITH_CHARGE,
    }
    _add_means(said, request.token)
    made = client.v1.payment_intents.create(said, {"idempotency_key": request.key})
    return Intent.model_validate(made.to_dict())


def capture(client: StripeClient, request: Request, intent: Intent) -> Intent:
    """
    Take a part. The rest stays open where Stripe can keep it open, and is let go where it cannot.

    The order number is said once more: a storefront that authorized by itself did not know it.

    What decides that does not change in the life of an authorization, so a repeated request says the same.
    """
    captured = client.v1.payment_intents.capture(
        intent.id,
        {
            "amount_to_capture": to_stripe(request.amount, request.currency),
            "metadata": {"order": request.merchant_reference, CAPTURE_MARK + request.key: str(request.amount)},
            "expand": WITH_CHARGE,
            **({"final_capture": False} if intent.takes_many_captures else {}),
        },
        {"idempotency_key": request.key},
    )
    return Intent.model_validate(captured.to_dict())


def void(client: StripeClient, request: Request, intent: Intent) -> Intent:
    """Let go of what is open: by the last capture, of nothing, where something was captured before, else by canceling."""
    if intent.takes_many_captures and intent.amount_received:
        released = client.v1.payment_intents.capture(
            intent.id,
            {
                "amount_to_capture": 0,
                "final_capture": True,
                "metadata": {"order": request.merchant_reference, VOID_MARK + request.key: str(request.amount)},
                "expand": WITH_CHARGE,
            },
            {"idempotency_key": request.key},
        )
        return Intent.model_validate(released.to_dict())
    canceled = client.v1.payment_intents.cancel(intent.id, {"expand": WITH_CHARGE}, {"idempotency_key": request.key})
    return Intent.model_validate(canceled.to_dict())


def refund(client: StripeClient, request: Request) -> Refund:
    """Give money back, of the whole authorization or of one charge."""
    said: RefundCreateParams = {
        "amount": to_stripe(request.amount, request.currency),
        "metadata": {"order": request.merchant_reference, "key": request.key},
    }
    reference = referred(request)
    if reference.startswith(CHARGE):
        said["charge"] = reference
    else:
        said["payment_intent"] = reference
    made = client.v1.refunds.create(said, {"idempotency_key": request.key})
    return Refund.model_validate(made.to_dict())


def referred(request: Request) -> str:
    """Give what a request refers to. Raises CannotAsk for one that lacks its reference."""
    if not request.reference:
        raise CannotAsk(f"a {Operation(request.operation)} needs the reference of its authorization")
    return request.reference


def _add_means(said: PaymentIntentCreateParams, token: str) -> None:
    """A payment method, one that is kept for a customer (`cus_...:pm_...`), or a confirmation token of a storefront's form."""
    customer, _, method = token.rpartition(":")
    if customer:
        said["customer"] = customer
    if method.startswith(_CONFIRMATION):
        said["confirmation_token"] = method
    else:
        said["payment_method"] = method
