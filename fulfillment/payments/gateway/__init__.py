"""The payment gateway: one port, and the adapters behind it."""

from fulfillment.payments.gateway.approve import ApproveGateway
from fulfillment.payments.gateway.events import SignedEvents
from fulfillment.payments.gateway.http import HttpGateway
from fulfillment.payments.gateway.port import (
    Answer,
    EventReader,
    Gateway,
    History,
    Operation,
    Request,
    Result,
    Transaction,
    TransactionKind,
)


def make_gateway(url: str | None, *, stripe_key: str | None = None) -> Gateway:
    """
    The gateway that an address names; with a key of Stripe's that is Stripe, at its own address unless another is given.

    `http://` and `https://` speak to a gateway over the network; `approve:` answers in process and approves all.
    Raises ValueError for any other address, and for Stripe where its library is not installed.
    """
    if stripe_key is not None:
        return _stripe(stripe_key, url)
    if url == "approve:":
        return ApproveGateway()
    if url is not None and url.startswith(("http://", "https://")):
        return HttpGateway(url)
    raise ValueError(f"GATEWAY_URL must start with http:// or https://, or be 'approve:'; it is {url!r}")


def make_event_reader(
    secret: str | None, *, url: str | None = None, stripe_key: str | None = None
) -> EventReader | None:
    """Give what reads the gateway's events, or None where no secret is set: then none can be believed."""
    if secret is None:
        return None
    if stripe_key is not None:
        from fulfillment.payments.gateway.stripe.account import events_of

        return events_of(secret, stripe_key, url)
    return SignedEvents(secret)


def _stripe(key: str, url: str | None) -> Gateway:
    """Loaded only where it is wanted: the library is an extra, and large."""
    try:
        from fulfillment.payments.gateway.stripe.gateway import StripeGateway
    except ModuleNotFoundError as missing:
        raise ValueError("PAYMENT_GATEWAY=stripe needs its library: install fulfillment[stripe]") from missing
    return StripeGateway(key, address=url)


__all__ = [
    "Answer",
    "EventReader",
    "Gateway",
    "History",
    "Operation",
    "Request",
    "Result",
    "Transaction",
    "TransactionKind",
    "make_event_reader",
    "make_gateway",
]
