"""Orders as they are shown: lists by key, and one order with all its parts. Reads only; amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_HEAD: Final = """
SELECT o.id, o.number, o.status AS underlying_status, o.open_holds,
       CASE WHEN o.open_holds > 0 AND o.status IN ('in_progress', 'partially_shipped') THEN 'on_hold' ELSE o.status END
         AS status,
       o.payment_status, o.storefront_id, o.reference, o.invoice_number, o.customer_name, o.customer_email, o.priority, o.version, o.currency,
       o.items_amount, o.discount_amount, o.shipping_amount, o.tax_amount, o.total, o.canceled_amount,
       o.open_authorized, o.captured, o.manual, o.refunded,
       o.placed_at, o.covered_at, o.completed_at, o.canceled_at, o.cancel_reason, o.archived_at, m.code AS market
  FROM purchase_order o JOIN market m ON m.id = o.market_id
"""
_ONE = text(_HEAD + " WHERE o.number = :number")
_PARTS = {
    "forms": text(
        "SELECT id, name, contact, bill_to, reference, discount, subtotal FROM order_form WHERE order_id = :order_id ORDER BY id"
    ),
    "shipments": text("""
SELECT s.id, s.form_id, s.number, s.status, s.needs_shipping, s.ship_to, s.shipping_method, s.shipping_amount, s.amount,
       s.picklist_id, s.tracking_number, s.shipped_at, s.status_since, w.code AS warehouse
  FROM shipment s LEFT JOIN warehouse w ON w.id = s.warehouse_id WHERE s.order_id = :order_id ORDER BY s.id
"""),
    "lines": text("""
SELECT l.id, l.shipment_id, l.position, l.sku, l.name, l.options, l.product_id, l.quantity, l.list_price, l.price, l.price_by,
       l.discount, l.tax, l.amount, l.gift, l.gift_message, l.allocated, l.picked, l.refunded_quantity,
       coalesce(d.status, 'none') AS delivery_state
  FROM line_item l LEFT JOIN item_delivery d ON d.id = l.id
 WHERE l.shipment_id IN (SELECT id FROM shipment WHERE order_id = :order_id) ORDER BY l.position, l.id
"""),
    "holds": text("""
SELECT id, status, reason, note, opened_at, opened_by, released_at, released_by
  FROM hold WHERE order_id = :order_id ORDER BY opened_at, id
"""),
}

# What is shown as on_hold is not found under the status it lies over.
_SHOWN_STATUS: Final = {
    "on_hold": "o.open_holds > 0 AND o.status IN ('in_progress', 'partially_shipped')",
    "in_progress": "o.open_holds = 0 AND o.status = 'in_progress'",
    "partially_shipped": "o.open_holds = 0 AND o.status = 'partially_shipped'",
}


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; None leaves a column open. `storefront_id` sees nobody else's (RO1)."""

    status: str | None = None
    markets: Sequence[str] = ()
    number: str | None = None
    customer_email: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    storefront_id: int | None = None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with its forms, shipments, lines and holds."""

    head: RowMapping
    forms: Sequence[RowMapping]
    shipments: Sequence[RowMapping]
    lines: Sequence[RowMapping]
    holds: Sequence[RowMapping]


def list_orders(
    session: Session, wanted: OrderFilter, *, before: tuple[datetime, int] | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """
    List orders, the latest placed first; `before` is when the last one seen was placed, and its id (FI1, FI2, FI5, FI6).

    Ids alone tell no order of time: each process takes them in blocks.
    """
    conditions, parameters = _conditions(wanted)
    if before is not None:
        conditions.append("(o.placed_at, o.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS bigint))")
        parameters["before_at"], parameters["before_id"] = before
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = text(f"{_HEAD}{where} ORDER BY o.placed_at DESC, o.id DESC LIMIT :limit")
    return session.execute(statement, {**parameters, "limit": limit}).mappings().all()


def find_order(session: Session, number: str, *, storefront_id: int | None = None) -> RowMapping:
    """Give the head of one order. Raises NotFound, also for the order of another storefront: it must not be guessed."""
    row = session.execute(_ONE, {"number": number}).mappings().one_or_none()
    if row is None or (storefront_id is not None and row["storefront_id"] != storefront_id):
        raise _gone(session, number, storefront_id)
    return row


def read_order(session: Session, number: str, *, storefront_id: int | None = None) -> OrderView:
    """Give one order with all its parts. Raises NotFound."""
    head = find_order(session, number, storefront_id=storefront_id)
    parts = {
        name: session.execute(statement, {"order_id": head["id"]}).mappings().all()
        for name, statement in _PARTS.items()
    }
    return OrderView(head=head, **parts)


def _gone(session: Session, number: str, storefront_id: int | None) -> NotFound:
    """Say that an order is not there, or that it was deleted to those who could see it before."""
    row = session.execute(_DELETED, {"number": number}).mappings().one_or_none()
    if row is None or (storefront_id is not None and row["storefront_id"] != storefront_id):
        return NotFound(f"no order {number}")
    when = row["deleted_at"].astimezone(UTC).isoformat().replace("+00:00", "Z")
    told = {"deleted_at": when}
    if storefront_id is None:
        told |= {"deleted_by": row["deleted_by"], "deleted_because": row["reason"]}
    return NotFound(f"order {number} was deleted", code="order_deleted", members=told)


_DELETED = text("SELECT storefront_id, deleted_at, deleted_by, reason FROM deleted_order WHERE number = :number")


def hold_of(session: Session, order_id: int, hold_id: int) -> RowMapping:
    """Give one hold of one order. Raises NotFound."""
    row = session.execute(_HOLD, {"order_id": order_id, "hold_id": hold_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"the order has no hold {hold_id}")
    return row


_HOLD = text("""
SELECT id, status, reason, note, opened_at, opened_by, released_at, released_by
  FROM hold WHERE order_id = :order_id AND id = :hold_id
""")


def _conditions(wanted: OrderFilter) -> tuple[list[str], dict[str, Any]]:
    """Write only the conditions that are asked for: an index serves what is there, not what might have been."""
    found: list[tuple[str, str, Any]] = []
    if wanted.status is not None:
        found.append((_SHOWN_STATUS.get(wanted.status, "o.status = :status"), "status", wanted.status))
    if wanted.markets:
        found.append(("m.code = ANY (CAST(:markets AS text[]))", "markets", list(wanted.markets)))
    if wanted.number is not None:
        found.append(("o.number = :number", "number", wanted.number))
    if wanted.customer_email is not None:
        found.append(("lower(o.customer_email) = lower(:email)", "email", wanted.customer_email))
    if wanted.created_from is not None:
        found.append(("o.placed_at >= :created_from", "created_from", wanted.created_from))
    if wanted.created_to is not None:
        found.append(("o.placed_at < :created_to", "created_to", wanted.created_to))
    if wanted.storefront_id is not None:
        found.append(("o.storefront_id = :storefront_id", "storefront_id", wanted.storefront_id))
    conditions = [condition for condition, _, _ in found]
    return conditions, {name: value for condition, name, value in found if f":{name}" in condition}
