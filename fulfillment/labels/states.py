"""What may happen to a label."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fulfillment.kernel.machine import Machine, row


class LabelStatus(StrEnum):
    """
    How far a label got.

    `unknown` is a time-out or a cut: never treated as failed, always asked about. `voiding` has been given back and not been
    answered. `kept` could not be given back: the carrier has the parcel, or nobody can know, and it is paid for.
    """

    NEW = "new"
    SENDING = "sending"
    UNKNOWN = "unknown"
    BOUGHT = "bought"
    FAILED = "failed"
    VOIDING = "voiding"
    VOIDED = "voided"
    KEPT = "kept"


_L = LabelStatus
LABEL: Final = Machine(
    "label",
    LabelStatus,
    initial=_L.NEW,
    rows=(
        row("send", {_L.NEW}, _L.SENDING),
        row("buy", {_L.SENDING, _L.UNKNOWN}, _L.BOUGHT),
        row("fail", {_L.NEW, _L.SENDING, _L.UNKNOWN}, _L.FAILED),
        row("lose_sight", {_L.SENDING}, _L.UNKNOWN),
        row("give_back", {_L.BOUGHT}, _L.VOIDING),
        row("void", {_L.VOIDING}, _L.VOIDED),
        row("keep", {_L.VOIDING}, _L.KEPT),
    ),
)

UNDECIDED: Final = (_L.NEW, _L.SENDING, _L.UNKNOWN)
"""A label in one of these may be sold, or not: nobody knows yet."""
