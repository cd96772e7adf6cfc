"""Orders as they are shown: the heads of several, and one order with all its parts. Reads only; amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_HEAD: Final = """
SELECT o.id, o.number, (SELECT name FROM order_form WHERE order_id = o.id ORDER BY id LIMIT 1) AS name,
       o.status AS underlying_status, o.open_holds,
       CASE WHEN o.open_holds > 0 AND o.status IN ('in_progress', 'partially_shipped') THEN 'on_hold' ELSE o.status END
         AS status,
       o.payment_status, o.storefront_id, o.reference, o.invoice_number, o.customer_name, o.customer_email, o.priority, o.version, o.currency,
       o.items_amount, o.discount_amount, o.shipping_amount, o.tax_amount, o.total, o.canceled_amount,
       o.open_authorized, o.captured, o.manual, o.refunded, o.charged_back, o.written_off, o.credited, o.returned,
       o.placed_at, o.covered_at, o.completed_at, o.canceled_at, o.cancel_reason, o.archived_at, m.code AS market
  FROM purchase_order o JOIN market m ON m.id = o.market_id
"""
_ONE = text(_HEAD + " WHERE o.number = :number")
_WITH_EXCHANGES = text(f"""
SELECT h.*, (SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'status', x.status, 'order', o.number, 'new_order', n.number, 'return_number', r.number)
                                       ORDER BY x.created_at, x.id), '[]')
               FROM exchange x JOIN purchase_order o ON o.id = x.order_id JOIN purchase_order n ON n.id = x.new_order_id
               JOIN return_order r ON r.id = x.return_id
              WHERE x.order_id = h.id OR x.new_order_id = h.id) AS exchanges
  FROM ({_HEAD} WHERE o.number = :number) h
""")  # noqa: S608 - our own statement
_SEVERAL = text(_HEAD + " WHERE o.id = ANY (CAST(:ids AS bigint[]))")
_PARTS = {
    "forms": text(
        "SELECT id, name, contact, bill_to, reference, discount, subtotal FROM order_form WHERE order_id = :order_id ORDER BY id"
    ),
    "shipments": text("""
SELECT s.id, s.form_id, s.number, s.status, s.needs_shipping, s.ship_to, s.shipping_method, s.shipping_amount, s.amount,
       s.picklist_id, s.tracking_number, s.shipped_at, s.status_since, w.code AS warehouse
  FROM shipment s LEFT JOIN warehouse w ON w.id = s.warehouse_id WHERE s.order_id = :order_id
 ORDER BY char_length(s.number), s.number
"""),
    "lines": text("""
SELECT l.id, l.shipment_id, l.position, l.sku, l.name, l.options, l.product_id, l.quantity, l.list_price, l.price, l.price_by, l.promotion,
       l.discount, l.tax, l.amount, l.gift, l.gift_message, l.allocated, l.picked, l.refunded_quantity,
       coalesce(d.status, 'none') AS delivery_state
  FROM line_item l LEFT JOIN item_delivery d ON d.id = l.id
 WHERE l.shipment_id IN (SELECT id FROM shipment WHERE order_id = :order_id) ORDER BY l.position, l.id
"""),
    "promotions": text("""
SELECT p.code, p.kind, u.amount FROM promotion_use u JOIN promotion p ON p.id = u.promotion_id
 WHERE u.order_id = :order_id AND u.given_back_at IS NULL ORDER BY u.id
"""),
    "holds": text("""
SELECT id, status, reason, note, opened_at, opened_by, released_at, released_by
  FROM hold WHERE order_id = :order_id ORDER BY opened_at, id
"""),
}


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with its forms, shipments, lines, promotions and holds."""

    head: RowMapping
    forms: Sequence[RowMapping]
    shipments: Sequence[RowMapping]
    lines: Sequence[RowMapping]
    promotions: Sequence[RowMapping]
    holds: Sequence[RowMapping]


def read_heads(session: Session, order_ids: Sequence[int]) -> list[RowMapping]:
    """Give the heads of orders as a list shows them, in the order of their ids as given (find.py says which)."""
    heads = session.execute(_SEVERAL, {"ids": list(order_ids)}).mappings()
    by_id = {head["id"]: head for head in heads}
    return [by_id[order_id] for order_id in order_ids if order_id in by_id]


def find_order(session: Session, number: str, *, storefront_id: int | None = None) -> RowMapping:
    """Give the head of one order. Raises NotFound, also for the order of another storefront: it must not be guessed."""
    return _found(session, _ONE, number, storefront_id)


def read_order(session: Session, number: str, *, storefront_id: int | None = None) -> OrderView:
    """Give one order with all its parts; its head names the exchanges it is part of. Raises NotFound."""
    head = _found(session, _WITH_EXCHANGES, number, storefront_id)
    parts = {
        name: session.execute(statement, {"order_id": head["id"]}).mappings().all()
        for name, statement in _PARTS.items()
    }
    return OrderView(head=head, **parts)


def _found(session: Session, statement: TextClause, number: str, storefront_id: int | None) -> RowMapping:
    row = session.execute(statement, {"number": number}).mappings().one_or_none()
    if row is None or (storefront_id is not None and row["storefront_id"] != storefront_id):
        raise _gone(session, number, storefront_id)
    return row


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
