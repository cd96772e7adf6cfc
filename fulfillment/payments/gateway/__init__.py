"""The payment gateway: one port, and the adapters behind it."""

from fulfillment.payments.gateway.approve import ApproveGateway
from fulfillment.payments.gateway.http import HttpGateway
from fulfillment.payments.gateway.port import (
    Answer,
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


__all__ = [
    "Answer",
    "Gateway",
    "History",
    "Operation",
    "Request",
    "Result",
    "Transaction",
    "TransactionKind",
    "make_gateway",
]
