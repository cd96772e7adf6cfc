"""Why pieces are more or fewer than they were. One list, for adjustments and for what a picker does not find."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from fulfillment.kernel.errors import Invalid


class Reason(StrEnum):
    """A reason code."""

    COUNT = "count"
    CORRECTION = "correction"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    FOUND = "found"
    LOST = "lost"
    RETURNED = "returned"
    SAMPLE = "sample"
    THEFT = "theft"


_ONLY_MORE: Final = frozenset({Reason.FOUND, Reason.RETURNED})
_ONLY_FEWER: Final = frozenset({Reason.DAMAGED, Reason.EXPIRED, Reason.LOST, Reason.SAMPLE, Reason.THEFT})


def direction_of(reason: Reason) -> str:
    """Say whether a reason makes `more`, `fewer` or `either`."""
    return "more" if reason in _ONLY_MORE else "fewer" if reason in _ONLY_FEWER else "either"


def refuse_misfit(reason: Reason, quantities: Iterable[int]) -> None:
    """Raise Invalid where pieces would be found by theft, or lost by being found."""
    direction = direction_of(reason)
    wrong = [each for each in quantities if (each > 0 and direction == "fewer") or (each < 0 and direction == "more")]
    if wrong:
        raise Invalid(
            f"{reason} makes {direction}, not {wrong[0]:+d}",
            code="reason_does_not_fit",
            remedy="choose another reason (GET /v1/inventory/reasons), or another sign",
            members={"reason": str(reason), "direction": direction},
        )
