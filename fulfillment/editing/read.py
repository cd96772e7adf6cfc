"""Read what a locked order is made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.models import WhenShort
from fulfillment.checkout.price import CatalogProduct
from fulfillment.editing.content import Content, EditedShipment, Form, Item, Part
from fulfillment.orders.queries import OrderUnderLock

_HEAD = text("""
SELECT o.number, m.code AS market, m.tax_rate, o.currency, o.customer_id, o.reference, o.items_amount, o.discount_amount,
       o.shipping_amount, o.tax_amount
  FROM purchase_order o JOIN market m ON m.id = o.market_id WHERE o.id = :id
""")
_FORMS = text("""
SELECT id, name, contact, bill_to, reference, discount, subtotal FROM order_form WHERE order_id = :id ORDER BY id
""")
# No shipment that is packed is edited: what its parcels want is not asked.
_SHIPMENTS = text("""
SELECT id, order_id, number, status, needs_shipping, amount, warehouse_id, picklist_id, form_id, ship_to, shipping_method,
       shipping_amount, false AS wants_label
  FROM shipment WHERE order_id = :id ORDER BY char_length(number), number
""")
_ROWS = text("""
SELECT l.id, l.shipment_id, s.form_id, l.position, l.product_id, l.sku, l.name, l.options, l.quantity, l.list_price,
       l.price, l.price_by, l.discount, l.tax, l.amount, l.own_discount, l.own_tax, l.gift, l.gift_message, l.allocated, l.promotion,
       l.refunded_quantity, p.needs_shipping, p.when_short
  FROM line_item l JOIN shipment s ON s.id = l.shipment_id LEFT JOIN product p ON p.id = l.product_id
 WHERE s.order_id = :id ORDER BY l.position, l.id
""")


def read_content(session: Session, order: OrderUnderLock) -> Content:
    """Read what a locked order is made of."""
    head = session.execute(_HEAD, {"id": order.id}).mappings().one()
    forms = {row.id: Form(*row) for row in session.execute(_FORMS, {"id": order.id})}
    shipments = {row["id"]: EditedShipment(**row) for row in session.execute(_SHIPMENTS, {"id": order.id}).mappings()}
    items: dict[int, Item] = {}
    for row in session.execute(_ROWS, {"id": order.id}):
        item = items.setdefault(row.position, _item(row, order.currency))
        item.discount += row.own_discount
        item.tax += row.own_tax
        item.parts.append(_part(row))
    own_discounts = sum(item.discount for item in items.values()) + sum(form.discount for form in forms.values())
    return Content(
        **head,
        discount=head["discount_amount"] - own_discounts,
        tax=head["tax_amount"] - sum(item.tax for item in items.values()),
        forms=forms,
        shipments=shipments,
        items=items,
    )


def _item(row: Any, currency: str) -> Item:
    product = None
    if row.product_id is not None:
        denies = row.when_short == WhenShort.DENY
        product = CatalogProduct(
            row.product_id, row.sku, row.name, row.list_price, currency, row.needs_shipping, denies
        )
    return Item(
        row.position,
        row.form_id,
        row.sku,
        row.name,
        product,
        row.options,
        row.list_price,
        row.price,
        row.price_by,
        0,
        0,
        row.promotion,
    )


def _part(row: Any) -> Part:
    return Part(
        id=row.id,
        shipment_id=row.shipment_id,
        quantity=row.quantity,
        gift=row.gift,
        gift_message=row.gift_message,
        allocated=row.allocated,
        refunded_quantity=row.refunded_quantity,
        discount=row.discount,
        tax=row.tax,
        amount=row.amount,
        own_discount=row.own_discount,
        own_tax=row.own_tax,
    )
