"""What may happen to a delivery that was announced."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class InboundStatus(StrEnum):
    """How far a delivery has come. `received`: all of it; `closed`: nothing more is expected of it."""

    EXPECTED = "expected"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELED = "canceled"


_S = InboundStatus
OPEN = (_S.EXPECTED, _S.PARTIALLY_RECEIVED)
"""Something may still come."""
INBOUND = Machine(
    "inbound delivery",
    InboundStatus,
    initial=_S.EXPECTED,
    rows=(
        row("receive_part", set(OPEN), _S.PARTIALLY_RECEIVED),
        row("receive_all", set(OPEN), _S.RECEIVED),
        row("close", {_S.PARTIALLY_RECEIVED}, _S.CLOSED),
        row("cancel", {_S.EXPECTED}, _S.CANCELED),
    ),
)
