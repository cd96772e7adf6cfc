"""The invoice number: kept for the books of others, edited and saved by itself (PY8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import lock_order
from fulfillment.timeline.changes import Changes

_PRESENT = text("SELECT invoice_number FROM purchase_order WHERE id = :id")


def set_invoice_number(
    session: Session, order_id: int, invoice_number: str | None, *, cause: Cause, at: datetime
) -> None:
    """
    Set or take away (None) the invoice number of an order, whatever its status: invoices are written late (PY8).

    Several orders may bear the same number: one invoice may collect them. To set what is there already does nothing.
    """
    order = lock_order(session, order_id)
    before = session.execute(_PRESENT, {"id": order.id}).scalar_one()
    if before == invoice_number:
        return
    changes = Changes(at=at)
    changes.set(PurchaseOrder, order.id, invoice_number=invoice_number)
    changes.raise_version(PurchaseOrder, order)
    changes.note("order", order.id, order.id, "set_invoice_number", cause, {"from": before, "to": invoice_number})
    changes.write(session)
