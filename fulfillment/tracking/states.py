"""What may be wrong with a parcel, and what a person does about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fulfillment.kernel.machine import Machine, row
from fulfillment.shipments.states import DeliveryState


class ProblemKind(StrEnum):
    """Why a parcel needs a person."""

    LOST = "lost"
    DAMAGED = "damaged"
    RETURNED_TO_SENDER = "returned_to_sender"
    SILENT = "silent"
    """Its carrier has told nothing of it since it was handed over."""


KINDS: Final = {
    DeliveryState.LOST: ProblemKind.LOST,
    DeliveryState.DAMAGED: ProblemKind.DAMAGED,
    DeliveryState.RETURNED_TO_SENDER: ProblemKind.RETURNED_TO_SENDER,
}
"""The states in which a parcel does not arrive unless somebody does something. An exception its carrier looks after."""

HOLDS: Final = {ProblemKind.LOST: "parcel lost", ProblemKind.RETURNED_TO_SENDER: "parcel returned to sender"}
"""Reasons of the hold on what is still to ship of its order."""


class ProblemStatus(StrEnum):
    """A problem is open until a person resolves it, or until the carrier tells that there is none any more."""

    OPEN = "open"
    RESOLVED = "resolved"
    LAPSED = "lapsed"


class Resolution(StrEnum):
    """What a person does about a parcel that is in trouble."""

    RESHIP = "reship"
    """The same goods go out again; no money moves."""
    REFUND = "refund"
    """What was paid for its pieces goes back."""
    RETURN = "return"
    """The goods come back to us: their return settles it."""
    FOUND = "found"
    """It was found, and is on its way."""


_P = ProblemStatus
PROBLEM = Machine(
    "parcel problem",
    ProblemStatus,
    initial=_P.OPEN,
    rows=(
        row("resolve_problem", {_P.OPEN}, _P.RESOLVED),
        row("lapse_problem", {_P.OPEN}, _P.LAPSED),
    ),
)
