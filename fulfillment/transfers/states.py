"""What may happen to a transfer."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class TransferStatus(StrEnum):
    """Where a transfer stands. `received`: all that was shipped came; `closed`: the rest came back, or is lost."""

    REQUESTED = "requested"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELED = "canceled"


_S = TransferStatus
ON_THE_WAY = (_S.IN_TRANSIT, _S.PARTIALLY_RECEIVED)
TRANSFER = Machine(
    "transfer",
    TransferStatus,
    initial=_S.REQUESTED,
    rows=(
        row("ship", {_S.REQUESTED}, _S.IN_TRANSIT),
        row("receive_part", set(ON_THE_WAY), _S.PARTIALLY_RECEIVED),
        row("receive_all", set(ON_THE_WAY), _S.RECEIVED),
        row("close", set(ON_THE_WAY), _S.CLOSED),
        row("cancel", {_S.REQUESTED}, _S.CANCELED),
    ),
)
