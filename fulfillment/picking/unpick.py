"""Unpick: pieces that were picked go back on the shelf, as long as they are not packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import Line
from fulfillment.picking.put_down import open_bins, put_down
from fulfillment.picking.sheet import lock_sheet, refuse_unless_packing, shipments_of_lines
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class Returned:
    """Pieces of one line that lie in a bin again, or (None) in none."""

    line_id: int
    quantity: int
    bin: str | None = None


def unpick(session: Session, picklist_id: int, returned: Sequence[Returned], *, cause: Cause, at: datetime) -> None:
    """
    Take picks back, all or none. It is possible on hold, too: what was picked by mistake must not stay in a tote.

    Raises NotFound for a line that is not on the picklist, Invalid for an unknown bin, Conflict where pieces are packed,
    were not picked or are canceled (that is confirmed as put back), or the picklist is completed or another picker's.
    """
    changes = Changes(at=at)
    shipment_ids = shipments_of_lines(session, picklist_id, [each.line_id for each in returned])
    sheet = lock_sheet(session, changes, picklist_id, shipment_ids, cause)
    lines = {each.line_id: sheet.line(each.line_id) for each in returned}
    bins = open_bins(session, sheet.warehouse_id, ((each.bin, lines[each.line_id].product_id) for each in returned))
    for each in returned:
        line = lines[each.line_id]
        refuse_unless_packing(sheet.shipments[line.shipment_id])
        _refuse_more(line, each.quantity)
        target = None if each.bin is None else bins[each.bin]
        put_down(changes, picklist_id, sheet.warehouse_id, line, each.quantity, cause, bin_id=target)
        detail = {"line_id": line.id, "quantity": each.quantity, "bin": each.bin}
        changes.note("shipment", line.shipment_id, line.order_id, "unpick", cause, detail)
    for order in sheet.floor.orders.values():
        changes.raise_version(PurchaseOrder, order)
    changes.write(session)


def _refuse_more(line: Line, quantity: int) -> None:
    if quantity <= line.picked - line.packed:
        return
    packed = quantity <= line.picked
    raise Conflict(
        f"line {line.id}: {quantity} pieces to put back, {line.picked} picked, {line.packed} packed",
        code="packed" if packed else "not_picked",
        guard="packed" if packed else "not_picked",
        remedy="take them out of their parcel first: POST /v1/parcels/{id}/removals"
        if packed
        else "read the picklist again",
        members={"line_id": line.id, "picked": line.picked, "packed": line.packed},
    )
