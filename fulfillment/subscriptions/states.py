"""What may happen to a subscription. Nothing else decides it. (ST7)"""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class SubscriptionStatus(StrEnum):
    """Where a subscription stands."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    """Its order could not be repeated when it was due: a person must look."""
    PAUSED = "paused"
    ENDED = "ended"


_S = SubscriptionStatus
SUBSCRIPTION = Machine(
    "subscription",
    SubscriptionStatus,
    initial=_S.ACTIVE,
    rows=(
        row("block", {_S.ACTIVE}, _S.BLOCKED),
        row("pause", {_S.ACTIVE, _S.BLOCKED}, _S.PAUSED),
        row("resume", {_S.PAUSED, _S.BLOCKED}, _S.ACTIVE),
        row("end", {_S.ACTIVE, _S.BLOCKED, _S.PAUSED}, _S.ENDED),
    ),
)
