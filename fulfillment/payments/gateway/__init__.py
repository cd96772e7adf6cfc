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


def make_gateway(url: str) -> Gateway:
    """
    The gateway that an address names.

    `http://` and `https://` speak to a gateway over the network; `approve:` answers in process and approves all.
    Raises ValueError for any other address.
    """
    if url == "approve:":
        return ApproveGateway()
    if url.startswith(("http://", "https://")):
        return HttpGateway(url)
    raise ValueError(f"GATEWAY_URL must start with http:// or https://, or be 'approve:'; it is {url!r}")


def make_event_reader(secret: str | None) -> EventReader | None:
    """Give what reads the gateway's events, or None where no secret is set: then none can be believed."""
    return None if secret is None else SignedEvents(secret)


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
