"""What may happen to an endpoint, and to what it is told. Nothing else decides it."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class EndpointStatus(StrEnum):
    """Whether an endpoint is told of events."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    """By a person, because it answered 410, or because nothing could be delivered for days."""
    REMOVED = "removed"
    """Nobody sees it any more; its log goes with a sweep."""


class DeliveryStatus(StrEnum):
    """Where the telling of one event to one endpoint stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    """Tried as often as the schedule says, and never taken."""
    DISABLED = "disabled"
    """Not told, because its endpoint was disabled; a replay tells it."""


_E = EndpointStatus
ENDPOINT = Machine(
    "webhook endpoint",
    EndpointStatus,
    initial=_E.ENABLED,
    rows=(
        row("disable", {_E.ENABLED}, _E.DISABLED),
        row("enable", {_E.DISABLED}, _E.ENABLED),
        row("remove", {_E.ENABLED, _E.DISABLED}, _E.REMOVED),
    ),
)

_D = DeliveryStatus
DELIVERY = Machine(
    "webhook delivery",
    DeliveryStatus,
    initial=_D.WAITING,
    rows=(
        row("deliver", {_D.WAITING}, _D.DELIVERED),
        row("refuse", {_D.WAITING}, _D.REFUSED),
        row("disable", {_D.WAITING}, _D.DISABLED),
        row("replay", {_D.DELIVERED, _D.REFUSED, _D.DISABLED}, _D.WAITING),
    ),
)
