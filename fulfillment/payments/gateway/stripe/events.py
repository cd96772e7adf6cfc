"""Events of Stripe: signed by Stripe's own scheme, and read for nothing but which order they are about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import stripe
from pydantic import ValidationError

from fulfillment.kernel.errors import Transient
from fulfillment.kernel.webhook import PREFIX, TOLERANCE_SECONDS, NotSigned
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.gateway.stripe.said import Id, Intent, Said

# So strict that the library cannot read another time, or other signatures, out of it than we do.
_SIGNATURE: Final = re.compile(r"t=([0-9]{1,12})(?:,v[0-9]=[0-9a-f]{1,128}){1,10}")
_SHORTEST: Final = 24

Lookup = Callable[[str], Intent]
"""Ask Stripe for a PaymentIntent. Raises stripe.StripeError."""


class StripeEvents:
    """
    Reads events that are signed with the secret of an endpoint at Stripe.

    What bears no order number of its own (a bank's chargeback, a refund from Stripe's pages) belongs to a PaymentIntent that does:
    that one is asked for.
    """

    def __init__(self, secret: str, lookup: Lookup) -> None:
        """Raises ValueError where the secret is none."""
        if not secret.startswith(PREFIX) or len(secret) < _SHORTEST:
            raise ValueError(f"the secret of an endpoint at Stripe begins with {PREFIX}")
        self._secret = secret
        self._lookup = lookup

    def read(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Hint:
        """
        Give what an event hints at; at nothing, where it is signed and about none of our payments.

        Raises NotSigned before anything of the body is looked at, and Transient where Stripe must be asked and does not
        answer: it tells the event again later.
        """
        event = self._verified(headers, body, at)
        about = event.data.object
        order = _order_of(about)
        if order is not None:
            return Hint(event.id, order, _key_of(event.type, about))
        name = about.get("payment_intent")
        if not isinstance(name, str):
            return Hint(event.id, None, None)
        try:
            return Hint(event.id, self._lookup(name).metadata.get("order"), None)
        except stripe.InvalidRequestError:  # Stripe knows no such PaymentIntent: it is none of ours.
            return Hint(event.id, None, None)
        except (stripe.StripeError, ValidationError) as silent:
            raise Transient(f"Stripe does not say what {name} was made for", code="gateway_silent") from silent

    def _verified(self, headers: Mapping[str, str], body: bytes, at: datetime) -> _Event:
        signature = headers.get("stripe-signature", "")
        found = _SIGNATURE.fullmatch(signature)
        if found is None:
            raise NotSigned("the header of the signature is missing or malformed")
        if abs(at.timestamp() - int(found[1])) > TOLERANCE_SECONDS:
            raise NotSigned("the time of the signature is not now")
        try:
            # The time is checked above: by our clock, and in both directions.
            stripe.WebhookSignature.verify_header(body, signature, self._secret, tolerance=None)
        except (stripe.SignatureVerificationError, ValueError):
            raise NotSigned("the signature is not right") from None
        try:
            return _Event.model_validate_json(body)
        except ValidationError:
            raise NotSigned("it is signed, and no event of Stripe's") from None


class _Data(Said):
    object: dict[str, Any]


class _Event(Said):
    id: Id
    type: str
    data: _Data


def _order_of(about: dict[str, Any]) -> str | None:
    metadata = about.get("metadata")
    order = metadata.get("order") if isinstance(metadata, dict) else None
    return order if isinstance(order, str) else None


def _key_of(kind: str, about: dict[str, Any]) -> str | None:
    """The key of what an event tells of, where it tells of that alone and not of more than we know."""
    key: object = None
    if (kind.startswith("refund.") and about.get("status") == "succeeded") or (
        kind == "payment_intent.amount_capturable_updated" and about.get("amount_capturable") == about.get("amount")
    ):
        key = about["metadata"].get("key")
    return key if isinstance(key, str) else None
