"""Parcels that left and do not arrive as they should: each waits for a person to decide. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Blocker
from fulfillment.explanations.facts import Facts
from fulfillment.tracking.resolve import fitting
from fulfillment.tracking.states import ProblemKind, Resolution

_SAID = {
    ProblemKind.LOST: "is lost",
    ProblemKind.DAMAGED: "is damaged",
    ProblemKind.RETURNED_TO_SENDER: "comes back to us",
    ProblemKind.SILENT: "left, and its carrier has told nothing of it",
}


def parcel_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name the parcels of which somebody must say what becomes of them, and what may be said."""
    for each in facts.parcel_problems:
        kind = ProblemKind(each["kind"])
        remedies = [by for by in fitting(kind) if by != Resolution.RETURN or each["return_id"] is not None]
        call = calls.resolve_parcel(each["parcel_id"], remedies[0])
        yield Blocker(
            f"parcel_{kind}",
            "parcel",
            each["parcel_id"],
            each["opened_at"],
            f"a parcel of shipment {each['shipment']} {_SAID[kind]}",
            {
                "tracking_number": each["tracking_number"],
                "return_id": each["return_id"],
                "remedies": [str(by) for by in remedies],
            },
            call.who,
            call,
            stands=True,
        )
