"""What the verbs ask about deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.machine import OfNoOrder

_LOCK = text("SELECT id, warehouse_id, reference, status FROM inbound_delivery WHERE id = :id FOR NO KEY UPDATE")
_LINES = text("SELECT product_id, expected, received FROM inbound_line WHERE delivery_id = :id")


@dataclass(slots=True)
class DeliveryUnderLock(OfNoOrder):
    """A delivery whose row is locked, as a subject of its machine."""

    id: int
    warehouse_id: int
    reference: str
    status: str


def lock_delivery(session: Session, delivery_id: int) -> DeliveryUnderLock:
    """Lock a delivery until the end of the transaction. Documents are locked before orders and stock. Raises NotFound."""
    row = session.execute(_LOCK, {"id": delivery_id}).one_or_none()
    if row is None:
        raise NotFound(f"no inbound delivery {delivery_id}")
    return DeliveryUnderLock(*row)


def lines_of_delivery(session: Session, delivery_id: int) -> dict[int, tuple[int, int]]:
    """Give (expected, received) of each product of a delivery."""
    return {row.product_id: (row.expected, row.received) for row in session.execute(_LINES, {"id": delivery_id})}
