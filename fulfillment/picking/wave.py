"""A wave: many shipments put on picklists together, by warehouse and by what they have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.dispatch.models import Operation
from fulfillment.dispatch.operations import operation_row
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.states import ShipmentStatus
from fulfillment.picking.choose import Chosen
from fulfillment.picking.models import Wave
from fulfillment.shipments.models import Picklist
from fulfillment.shipments.picklist import open_picklist
from fulfillment.timeline.changes import Changes

MOST_SHIPMENTS: Final = 5000
MOST_ON_PICKLIST: Final = 500


@dataclass(frozen=True, slots=True)
class Shape:
    """
    How picklists of a wave are cut: at most so many shipments and (where it is said) pieces each, by method or country apart.

    A shipment of more pieces than that has a list of its own.
    """

    most_shipments: int = 50
    most_pieces: int | None = None
    by_method: bool = False
    by_country: bool = False


def request_wave(
    session: Session,
    chosen: Sequence[Chosen],
    shape: Shape,
    *,
    asked: Mapping[str, Any],
    client_id: int | None,
    cause: Cause,
    at: datetime,
) -> tuple[int, int]:
    """
    Open the picklists of a wave and ask for its shipments to be put on them, released where they are not yet.

    Gives the ids of the wave and of its operation; `asked` is kept as it was said. Raises Conflict where nothing is chosen.
    """
    lists = outline(chosen, shape)
    wave_id, operation_id, *picklist_ids = take_ids(session, 2 + len(lists))
    changes = Changes(at=at)
    result = {"wave_id": wave_id, "picklists": len(lists), "picklist_ids": picklist_ids}
    changes.insert(
        Operation, operation_row(operation_id, "wave", client_id=client_id, total=len(chosen), at=at, result=result)
    )
    changes.insert(
        Wave,
        {
            "id": wave_id,
            "operation_id": operation_id,
            "asked": dict(asked),
            "shipments": len(chosen),
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    for picklist_id, shipments in zip(picklist_ids, lists, strict=True):
        changes.insert(Picklist, open_picklist(picklist_id, shipments[0].warehouse_id, cause, at, wave_id=wave_id))
        for shipment in shipments:
            _ask_for(changes, shipment, picklist_id, operation_id, cause)
    changes.write(session)
    return wave_id, operation_id


def outline(chosen: Sequence[Chosen], shape: Shape) -> list[list[Chosen]]:
    """Give the shipments of each picklist that a wave would have. Raises Conflict where nothing is chosen."""
    if not chosen:
        raise Conflict(
            "no shipment is ready to be picked that fits",
            code="nothing_to_pick",
            guard="something_chosen",
            remedy="widen the filter, or let shipments that are not released yet be released: release: true",
        )
    return list(_cut(chosen, shape))


def _ask_for(changes: Changes, shipment: Chosen, picklist_id: int, operation_id: int, cause: Cause) -> None:
    release = shipment.status == ShipmentStatus.INVENTORY_ASSIGNED
    changes.publish(
        "picklist.requested",
        shipment.id,
        cause,
        order_id=shipment.order_id,
        argument={"picklist_id": picklist_id, "release": release},
        operation_id=operation_id,
    )


def _cut(chosen: Sequence[Chosen], shape: Shape) -> Iterator[list[Chosen]]:
    """Part shipments by warehouse and by what the shape tells apart, and cut each part into lists, the first due first."""
    parts: dict[tuple[object, ...], list[Chosen]] = defaultdict(list)
    for each in chosen:
        method = each.shipping_method if shape.by_method else None
        parts[each.warehouse_id, method, each.country if shape.by_country else None].append(each)
    for shipments in parts.values():
        yield from _lists(shipments, shape)


def _lists(shipments: Sequence[Chosen], shape: Shape) -> Iterator[list[Chosen]]:
    current: list[Chosen] = []
    pieces = 0
    for each in shipments:
        full = len(current) == shape.most_shipments
        too_heavy = shape.most_pieces is not None and pieces + each.pieces > shape.most_pieces
        if current and (full or too_heavy):
            yield current
            current, pieces = [], 0
        current.append(each)
        pieces += each.pieces
    yield current
