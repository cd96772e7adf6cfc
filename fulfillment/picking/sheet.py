"""A picklist under lock: its shipments, their lines and orders, its stock, and whose it is. All verbs of a picker begin here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.movements import Level, lock_stock
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.queries import FloorSet, Line, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.orders.states import ShipmentStatus
from fulfillment.picking.claim import hold_claim
from fulfillment.timeline.changes import Changes

_WAREHOUSE = text("SELECT warehouse_id FROM picklist WHERE id = :id")
_SHIPMENTS_OF_LINES = text("""
SELECT DISTINCT s.id FROM line_item l JOIN shipment s ON s.id = l.shipment_id
 WHERE l.id = ANY (CAST(:ids AS bigint[])) AND s.picklist_id = :picklist
""")
_PACKING = text("SELECT id FROM shipment WHERE picklist_id = :id AND status = 'packing'")


@dataclass(slots=True)
class Sheet:
    """What a picker's verb works on. `shipments` are those of the picklist, in whatever state they are now."""

    id: int
    warehouse_id: int
    floor: FloorSet
    shipments: dict[int, ShipmentUnderLock]
    lines: dict[int, list[Line]]
    stock: Mapping[tuple[int, int], Level]

    @property
    def by_id(self) -> dict[int, Line]:
        """The lines by id."""
        return {line.id: line for lines in self.lines.values() for line in lines}

    def line(self, line_id: int) -> Line:
        """Give one line. Raises NotFound where it is not on the picklist."""
        if (line := self.by_id.get(line_id)) is None:
            raise NotFound(f"line {line_id} is not on picklist {self.id}", remedy="read the picklist again")
        return line


def lock_sheet(
    session: Session, changes: Changes, picklist_id: int, shipment_ids: Iterable[int], cause: Cause
) -> Sheet:
    """
    Lock shipments of a picklist with all that belongs to them, and claim it.

    Raises NotFound, or Conflict where it is completed or another picker's.
    """
    warehouse_id = session.execute(_WAREHOUSE, {"id": picklist_id}).scalar_one_or_none()
    if warehouse_id is None:
        raise NotFound(f"no picklist {picklist_id}")
    floor = lock_shipments(session, sorted(set(shipment_ids)))
    shipments = {each.id: each for each in floor.asked if each.picklist_id == picklist_id}
    lines = lines_of(session, shipments)
    products = {line.product_id for each in lines.values() for line in each}
    stock = lock_stock(session, ((product, warehouse_id) for product in products if product is not None))
    hold_claim(session, changes, picklist_id, cause)
    return Sheet(picklist_id, warehouse_id, floor, shipments, dict(lines), stock)


def shipments_of_lines(session: Session, picklist_id: int, line_ids: Sequence[int]) -> list[int]:
    """Give the shipments of a picklist that these lines are in."""
    return list(session.execute(_SHIPMENTS_OF_LINES, {"ids": list(line_ids), "picklist": picklist_id}).scalars())


def being_packed(session: Session, picklist_id: int) -> list[int]:
    """Give the shipments of a picklist that are being packed."""
    return list(session.execute(_PACKING, {"id": picklist_id}).scalars())


def refuse_unless_packing(shipment: ShipmentUnderLock) -> None:
    """Raise Conflict where a shipment is no longer in the picker's hands."""
    if shipment.status == ShipmentStatus.PACKING:
        return
    canceled = shipment.status == ShipmentStatus.CANCELED
    raise Conflict(
        f"shipment {shipment.number} is {shipment.status}",
        code="canceled" if canceled else "status",
        guard="canceled" if canceled else "status",
        remedy="confirm what was put back: GET /v1/put-backs" if canceled else "read the picklist again",
    )
