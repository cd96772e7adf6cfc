"""What warehouse staff do: picklists, picks, and parcels handed to the carrier."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from fulfillment.demo import stories
from fulfillment.demo.people import JSON
from fulfillment.demo.shift import Shift

_LONGEST: Final = 12  # shipments on one picklist


@dataclass(frozen=True)
class _Round:
    """One walk through a warehouse."""

    shipments: list[JSON]
    scans: bool  # each piece with a scanner; else all is confirmed at the desk
    finished: bool


def pick_and_ship(title: str, shift: Shift) -> None:
    """Put what is released on picklists; pick, pack and ship it, but for what is left for tomorrow."""
    shift.each(title, list(_rounds(shift)), lambda walk: _walk(shift, walk))


def _rounds(shift: Shift) -> Iterator[_Round]:
    story = shift.stories()

    def kind(shipment: JSON) -> tuple[str, bool]:
        return shipment["warehouse"], story[shipment["order"]] is not stories.ON_PICKLIST

    released = shift.warehouse.all("/v1/shipments", status="released")
    wanted = [shipment for shipment in released if story[shipment["order"]] is not stories.UNLISTED]
    for (_, finished), together in groupby(sorted(wanted, key=kind), key=kind):
        shipments = list(together)
        for start in range(0, len(shipments), _LONGEST):
            yield _Round(shipments[start : start + _LONGEST], scans=start == 0, finished=finished)


def _walk(shift: Shift, walk: _Round) -> None:
    ids = [shipment["id"] for shipment in walk.shipments]
    operation = shift.warehouse.finish("/v1/picklists", {"shipment_ids": ids})
    picklist = f"/v1/picklists/{operation['result']['picklist_id']}"
    if not walk.finished:
        return
    if walk.scans:
        for line in shift.warehouse.get(picklist)["lines"]:
            pick = {"line_id": line["id"], "quantity": line["quantity"]}
            shift.warehouse.post(f"{picklist}/picks", {"picks": [pick]})
    tracking = {str(shipment_id): f"TT{shipment_id:09}" for shipment_id in ids}
    shift.warehouse.finish(f"{picklist}/completion", {"confirm_all": not walk.scans, "tracking_numbers": tracking})
