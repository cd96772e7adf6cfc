"""
Find: what a request left behind at Stripe, which cannot be asked by an idempotency key.

An authorization is searched for by the key in its metadata (the search lags some seconds behind, so what it does not know
is no proof); a capture has marked its PaymentIntent with its key; a refund bears it; a release shows in the state. Where no
trace is found the same request is sent again: Stripe then gives its first answer, or does it for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.port import Answer, Operation, Request
from fulfillment.payments.gateway.stripe import ask, believe
from fulfillment.payments.gateway.stripe.said import Intent, Refund

if TYPE_CHECKING:
    from stripe import StripeClient
    from stripe.params import RefundListParams

_PAGE: Final = 100


def find(client: StripeClient, request: Request) -> Answer | None:
    """Look for the traces of a request. Raises stripe.StripeError, and pydantic.ValidationError for what cannot be read."""
    if request.operation is Operation.AUTHORIZE:
        return _authorization(client, request)
    if request.operation is Operation.REFUND:
        return next((believe.refunded(request, each) for each in _refunds(client, request)), None)
    intent = ask.retrieve(client, ask.referred(request))
    return believe.captured(request, intent) if request.operation is Operation.CAPTURE else _void(request, intent)


def _authorization(client: StripeClient, request: Request) -> Answer | None:
    import stripe

    try:
        found = client.v1.payment_intents.search({"query": f"metadata['key']:'{_quoted(request.key)}'", "limit": 2})
    except stripe.InvalidRequestError:  # Not every account may search.
        return None
    if len(found.data) > 1:
        return wire.unknown("mismatch", f"Several PaymentIntents bear the key {request.key}.")
    return believe.authorized(request, ask.retrieve(client, found.data[0].id)) if found.data else None


def _void(request: Request, intent: Intent) -> Answer | None:
    """Only that it is done is a trace: why it cannot be done is said to who asks for it."""
    answer = believe.voided(request, intent)
    return answer if answer is not None and answer.reference else None


def _refunds(client: StripeClient, request: Request) -> list[Refund]:
    reference = ask.referred(request)
    of: RefundListParams = {"charge": reference} if reference.startswith(ask.CHARGE) else {"payment_intent": reference}
    listed = client.v1.refunds.list({**of, "limit": _PAGE})
    found = [Refund.model_validate(each.to_dict()) for each in listed.auto_paging_iter()]
    return [each for each in found if each.metadata.get("key") == request.key]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
