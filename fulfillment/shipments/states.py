"""What may happen to a picklist."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class PicklistStatus(StrEnum):
    """A picklist is open until every shipment on it has shipped or been canceled."""

    OPEN = "open"
    COMPLETED = "completed"


PICKLIST = Machine(
    "picklist",
    PicklistStatus,
    initial=PicklistStatus.OPEN,
    rows=(row("complete_picklist", {PicklistStatus.OPEN}, PicklistStatus.COMPLETED),),
)
