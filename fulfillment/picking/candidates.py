"""The lines of a picklist that a scanned piece may belong to. Read before anything is locked, judged again after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.orders.states import ShipmentStatus

_CANDIDATES = text("""
SELECT l.id, l.shipment_id, l.order_id, l.sku, l.quantity, l.picked, s.number, s.status, o.number AS order_number,
       o.open_holds, t.code AS tote
  FROM shipment s JOIN line_item l ON l.shipment_id = s.id JOIN purchase_order o ON o.id = s.order_id
       LEFT JOIN tote t ON t.shipment_id = s.id AND t.picklist_id = s.picklist_id
 WHERE s.picklist_id = :picklist AND l.product_id = :product ORDER BY s.id, l.id
""")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of the scanned product on the picklist, and how it stood when it was looked at."""

    line_id: int
    shipment_id: int
    order_id: int
    sku: str
    quantity: int
    picked: int
    shipment: str
    status: str
    order: str
    open_holds: int
    tote: str | None

    @property
    def missing(self) -> int:
        """Pieces that are still to be picked; none of a shipment that is not being packed."""
        return self.quantity - self.picked if self.status == ShipmentStatus.PACKING else 0

    @property
    def is_pickable(self) -> bool:
        """Whether a piece may be taken for it now."""
        return self.missing > 0 and not self.open_holds


def candidates(session: Session, picklist_id: int, product_id: int) -> list[Candidate]:
    """Give the lines of a product on a picklist, whatever became of them."""
    asked = {"picklist": picklist_id, "product": product_id}
    return [Candidate(*row) for row in session.execute(_CANDIDATES, asked)]


def share_out(pickable: Sequence[Candidate], quantity: int) -> dict[int, int]:
    """Give the pieces for each line, one shipment filled after the other."""
    shares: dict[int, int] = {}
    for each in pickable:
        if quantity and (pieces := min(each.missing, quantity)):
            shares[each.line_id] = pieces
            quantity -= pieces
    return shares
