"""Close a picklist: what is not picked whole goes back to the released ones, and its picked pieces to the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder, Shipment
from fulfillment.orders.queries import Line, ShipmentUnderLock
from fulfillment.orders.states import SHIPMENT
from fulfillment.packing.unpack import discard_parcels
from fulfillment.picking.put_down import open_bins, put_down
from fulfillment.picking.sheet import Sheet, being_packed, lock_sheet
from fulfillment.shipments.picklist import close_worked_off
from fulfillment.timeline.changes import Changes


def close(session: Session, picklist_id: int, bins: Mapping[int, str], *, cause: Cause, at: datetime) -> list[int]:
    """
    Let a picklist end: shipments that are not picked whole are released again, and given.

    What was picked of them lies in the bin named for its line in `bins`, else in none. Shipments that are picked whole stay
    on the list until they are handed over; without any it is completed. Raises NotFound, Invalid for an unknown bin, Conflict
    where the picklist is completed or another picker's.
    """
    changes = Changes(at=at)
    sheet = lock_sheet(session, changes, picklist_id, being_packed(session, picklist_id), cause)
    leftovers = [each for each in sheet.shipments.values() if _is_leftover(each, sheet)]
    lines = {each.id: sheet.lines[each.id] for each in leftovers}
    put_all_down(session, changes, sheet, lines, bins, cause)
    close_worked_off(session, changes, leftovers, {each.id: cause for each in leftovers})
    for shipment in leftovers:
        entry = changes.move(
            SHIPMENT,
            Shipment,
            shipment,
            "take_off_picklist",
            cause,
            detail={"picklist_id": picklist_id},
            picklist_id=None,
            status_since=at,
        )
        changes.publish("shipment.released", shipment.id, cause, order_id=shipment.order_id, because=entry)
    for order_id in {each.order_id for each in leftovers}:
        changes.raise_version(PurchaseOrder, sheet.floor.orders[order_id])
    changes.write(session)
    return [each.id for each in leftovers]


def put_all_down(
    session: Session,
    changes: Changes,
    sheet: Sheet,
    lines: Mapping[int, list[Line]],
    bins: Mapping[int, str],
    cause: Cause,
) -> None:
    """Undo the parcels and picks of shipments (their lines by shipment) that leave the picklist."""
    discard_parcels(session, changes, lines, cause=cause)
    picked = [line for each in lines.values() for line in each if line.picked]
    found = open_bins(session, sheet.warehouse_id, ((bins.get(line.id), line.product_id) for line in picked))
    for line in picked:
        code = bins.get(line.id)
        target = None if code is None or line.product_id is None else found[code]
        put_down(changes, sheet.id, sheet.warehouse_id, line, line.picked, cause, bin_id=target)


def _is_leftover(shipment: ShipmentUnderLock, sheet: Sheet) -> bool:
    unpicked = any(line.picked < line.quantity for line in sheet.lines[shipment.id] if line.product_id is not None)
    return SHIPMENT.allows(shipment.status, "take_off_picklist") and unpicked
