"""What may happen to a count."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class CountStatus(StrEnum):
    """A count is open until its differences are put right, or it is given up."""

    OPEN = "open"
    APPROVED = "approved"
    CANCELED = "canceled"


COUNT = Machine(
    "count",
    CountStatus,
    initial=CountStatus.OPEN,
    rows=(
        row("enter", {CountStatus.OPEN}, CountStatus.OPEN),
        row("approve", {CountStatus.OPEN}, CountStatus.APPROVED),
        row("cancel", {CountStatus.OPEN}, CountStatus.CANCELED),
    ),
)
