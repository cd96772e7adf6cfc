"""What the verbs ask about transfers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.machine import OfNoOrder

_LOCK = text("SELECT id, from_warehouse_id, to_warehouse_id, status FROM transfer WHERE id = :id FOR NO KEY UPDATE")
_LINES = text("""
SELECT l.product_id, p.sku, l.requested, l.shipped, l.received, l.returned, l.lost
  FROM transfer_line l JOIN product p ON p.id = l.product_id WHERE l.transfer_id = :id ORDER BY l.product_id
""")


@dataclass(slots=True)
class TransferUnderLock(OfNoOrder):
    """A transfer whose row is locked, as a subject of its machine."""

    id: int
    from_warehouse_id: int
    to_warehouse_id: int
    status: str


@dataclass(slots=True)
class Line:
    """Pieces of one product on a transfer."""

    product_id: int
    sku: str
    requested: int
    shipped: int
    received: int
    returned: int
    lost: int

    @property
    def in_transit(self) -> int:
        """Pieces that left and of which nobody has said where they are."""
        return self.shipped - self.received - self.returned - self.lost


def lock_transfer(session: Session, transfer_id: int) -> TransferUnderLock:
    """Lock a transfer until the end of the transaction. Documents are locked before orders and stock. Raises NotFound."""
    row = session.execute(_LOCK, {"id": transfer_id}).one_or_none()
    if row is None:
        raise NotFound(f"no transfer {transfer_id}")
    return TransferUnderLock(*row)


def lines_of_transfer(session: Session, transfer_id: int) -> dict[int, Line]:
    """Give the lines of a transfer by product."""
    return {row.product_id: Line(*row) for row in session.execute(_LINES, {"id": transfer_id})}
