"""Picks: pieces taken from the shelf for a line (in the request itself: a person waits with a scanner)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import BinMovementKind
from fulfillment.inventory.movements import lock_stock
from fulfillment.inventory.places import take_anywhere, whereabouts
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.kernel.immutable import immutable
from fulfillment.kernel.job import Refusal
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import Line, OrderUnderLock, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.orders.states import ShipmentStatus
from fulfillment.shipments.claimed import refuse_another
from fulfillment.shipments.models import Pick
from fulfillment.timeline.changes import Changes

_SHIPMENTS_OF_LINES = text("""
SELECT l.id, l.shipment_id, p.claimed_by, p.claimed_until
  FROM line_item l LEFT JOIN picklist p ON p.id = :picklist WHERE l.id = ANY (CAST(:ids AS bigint[]))
""")


@immutable
class Picked:
    """Pieces of one line, off the shelf."""

    line_id: int
    quantity: int


def pick(
    session: Session,
    picklist_id: int,
    picked: Sequence[Picked],
    *,
    cause: Cause,
    at: datetime,
    as_picker: bool = False,
) -> None:
    """
    Record picks of a picklist, all or none.

    Raises NotFound for a line that is not on the picklist, Conflict for one that is canceled, on hold, no longer being
    packed, or would be picked beyond its quantity; to somebody who picks (`as_picker`) also where another picker has the list.
    """
    asked = {"picklist": picklist_id, "ids": [each.line_id for each in picked]}
    found = session.execute(_SHIPMENTS_OF_LINES, asked).all()
    for row in found[:1] if as_picker else ():
        refuse_another(picklist_id, row.claimed_by, row.claimed_until, cause.actor, at)
    shipment_of: dict[int, int] = {row.id: row.shipment_id for row in found}
    floor = lock_shipments(session, sorted(set(shipment_of.values())))
    shipments = {shipment.id: shipment for shipment in floor.asked if shipment.picklist_id == picklist_id}
    lines = {line.id: line for each in lines_of(session, shipments).values() for line in each}
    changes = Changes(at=at)
    taken: dict[int, int] = {}
    for each in picked:
        if (line := lines.get(each.line_id)) is None:
            raise NotFound(f"line {each.line_id} is not on picklist {picklist_id}", remedy="read the picklist again")
        shipment = shipments[line.shipment_id]
        if (refusal := refusal_to_pick(floor.order_of(shipment), shipment)) is not None:
            raise refusal.as_error()
        taken[line.id] = taken.get(line.id, line.picked) + each.quantity
        _refuse_over_pick(line, taken[line.id])
        changes.insert(
            Pick,
            {
                "picklist_id": picklist_id,
                "line_id": line.id,
                "quantity": each.quantity,
                "actor": cause.actor,
                "at": at,
            },
        )
    _take_from_bins(session, changes, picked, lines, shipments, cause)
    for line_id, quantity in taken.items():
        changes.set(LineItem, line_id, picked=quantity)
    changes.write(session)


def _take_from_bins(
    session: Session,
    changes: Changes,
    picked: Sequence[Picked],
    lines: Mapping[int, Line],
    shipments: Mapping[int, ShipmentUnderLock],
    cause: Cause,
) -> None:
    """Where nobody said which bin, pieces were taken as the bins are walked."""
    keys = {
        line.id: (line.product_id, warehouse_id)
        for line in (lines[each.line_id] for each in picked)
        if line.product_id is not None and (warehouse_id := shipments[line.shipment_id].warehouse_id) is not None
    }
    stock = lock_stock(session, keys.values())
    if not (binned := {key: level for key, level in stock.items() if level.in_bins}):
        return
    lying = whereabouts(session, binned)
    for each in picked:
        if (key := keys.get(each.line_id)) in lying:
            take_anywhere(changes, BinMovementKind.PICKED, key, each.quantity, lying[key], cause, line_id=each.line_id)


def refusal_to_pick(order: OrderUnderLock, shipment: ShipmentUnderLock) -> Refusal | None:
    """Say why nothing must be picked for a shipment now: it is on hold, canceled, or not being packed (OL8)."""
    return not_on_hold(order, shipment.id) or being_packed(shipment)


def being_packed(shipment: ShipmentUnderLock) -> Refusal | None:
    """Say why nothing of a shipment may be picked or packed now: it is canceled, or not in packing."""
    if shipment.status == ShipmentStatus.PACKING:
        return None
    canceled = shipment.status == ShipmentStatus.CANCELED
    return Refusal(
        shipment.id,
        guard="canceled" if canceled else "status",
        reason=f"shipment {shipment.number} is {shipment.status}",
        remedy="put the pieces back" if canceled else "only a shipment in packing is picked",
    )


def _refuse_over_pick(line: Line, picked: int) -> None:
    if picked > line.quantity:
        raise Conflict(
            f"line {line.id}: {picked} pieces picked, {line.quantity} ordered",
            code="over_pick",
            guard="over_pick",
            remedy=f"put {picked - line.quantity} back",
            members={"line_id": line.id, "ordered": line.quantity},
        )
