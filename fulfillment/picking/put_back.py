"""Put back: what was picked for a canceled shipment lies on the shelf again, and may be promised again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind, PutBack
from fulfillment.inventory.movements import lock_stock, record
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.models import LineItem, PurchaseOrder
from fulfillment.orders.queries import lines_of, lock_order
from fulfillment.packing.unpack import discard_parcels
from fulfillment.picking.put_down import open_bins, put_down
from fulfillment.timeline.changes import Changes

_ROW = text("SELECT order_id, line_id, picklist_id, product_id, warehouse_id FROM put_back WHERE id = :id")
_CONFIRMED = text("SELECT confirmed_at IS NOT NULL FROM put_back WHERE id = :id")
_SHIPMENT = text("SELECT shipment_id FROM line_item WHERE id = :id")
_LIST = text("""
SELECT b.id, w.code AS warehouse, p.sku, p.name, b.quantity, b.line_id, b.picklist_id, s.id AS shipment_id,
       s.number AS shipment, t.code AS tote, b.created_at, b.confirmed_at, b.confirmed_by, c.code AS bin
  FROM put_back b JOIN warehouse w ON w.id = b.warehouse_id JOIN product p ON p.id = b.product_id
       JOIN line_item l ON l.id = b.line_id JOIN shipment s ON s.id = l.shipment_id LEFT JOIN bin c ON c.id = b.bin_id
       LEFT JOIN tote t ON t.shipment_id = s.id AND t.picklist_id = b.picklist_id
 WHERE (b.created_at, b.id) > (CAST(:after AS timestamptz), CAST(:last AS bigint))
   AND (CAST(:id AS bigint) IS NULL OR b.id = :id)
   AND (CAST(:warehouse AS text) IS NULL OR w.code = :warehouse)
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
   AND (CAST(:open AS boolean) IS NULL OR (b.confirmed_at IS NULL) = :open)
 ORDER BY b.created_at, b.id LIMIT :limit
""")


def confirm_put_back(session: Session, put_back_id: int, bin_code: str | None, *, cause: Cause, at: datetime) -> None:
    """
    Say that pieces lie in a bin again, or (None) in none: they are free from now on, and those who wait are tried.

    Raises NotFound, Invalid for an unknown bin, Conflict where that was said before.
    """
    row = session.execute(_ROW, {"id": put_back_id}).one_or_none()
    if row is None:
        raise NotFound(f"no put-back {put_back_id}")
    order = lock_order(session, row.order_id)
    lock_stock(session, [(row.product_id, row.warehouse_id)])
    if session.execute(_CONFIRMED, {"id": put_back_id}).scalar_one():
        raise Conflict(
            f"the pieces of put-back {put_back_id} lie on the shelf already",
            code="already_put_back",
            guard="already_put_back",
            remedy="nothing is to be done",
        )
    shipment_id = session.execute(_SHIPMENT, {"id": row.line_id}).scalar_one()
    lines = lines_of(session, [shipment_id])
    [line] = [each for each in lines[shipment_id] if each.id == row.line_id]
    changes = Changes(at=at)
    discard_parcels(session, changes, lines, cause=cause)
    bins = open_bins(session, row.warehouse_id, [(bin_code, row.product_id)])
    target = None if bin_code is None else bins[bin_code]
    quantity = line.picked
    put_down(changes, row.picklist_id, row.warehouse_id, line, quantity, cause, bin_id=target)
    record(changes, MovementKind.DEALLOCATED, row.product_id, row.warehouse_id, quantity, cause, line_id=line.id)
    changes.set(LineItem, line.id, allocated=0)
    changes.set(PutBack, put_back_id, confirmed_at=at, confirmed_by=cause.actor, bin_id=target)
    changes.raise_version(PurchaseOrder, order)
    detail = {"line_id": line.id, "quantity": quantity, "bin": bin_code}
    changes.note("shipment", shipment_id, order.id, "put_back", cause, detail)
    changes.publish("stock.gained", row.product_id, cause)
    changes.write(session)


def list_put_backs(
    session: Session,
    *,
    warehouse: str | None = None,
    is_open: bool | None = None,
    only: Iterable[str] | None = None,
    put_back_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """List what is to be put back, or was, the oldest first; `only` are the caller's warehouses, `after` is the last one seen."""
    moment, last = after or ("-infinity", 0)
    asked = {
        "id": put_back_id,
        "warehouse": warehouse,
        "open": is_open,
        "only": None if only is None else sorted(only),
        "after": moment,
        "last": last,
        "limit": limit,
    }
    return session.execute(_LIST, asked).mappings().all()
