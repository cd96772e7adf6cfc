"""The order and its parts: forms, shipments, line items, holds. Addresses and prices are snapshots (AD8, LI2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import ROOM_FOR_UPDATES, Base, one_of
from fulfillment.orders.states import HoldStatus, OrderStatus, PaymentStatus, ShipmentStatus


class PurchaseOrder(Base):
    """
    One order. All amounts are minor units of `currency`.

    `open_authorized`, `captured`, `manual`, `credited`, `refunded` and `charged_back` repeat what the money ledger says, so that guards and
    lists need not add it up; `fulfillment check` compares them. `given_back` is what of `refunded` an edit brought that made the order
    cost less, `returned` what of it was paid back for goods that came back. `version` rises with every change a person makes. The row is
    the lock of everything that belongs to the order.
    """

    __tablename__ = "purchase_order"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(unique=True)
    storefront_id: Mapped[int | None]
    market_id: Mapped[int]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    customer_name: Mapped[str | None]
    customer_email: Mapped[str | None]
    reference: Mapped[str | None]
    invoice_number: Mapped[str | None]
    status: Mapped[str]
    payment_status: Mapped[str] = mapped_column(server_default=PaymentStatus.UNPAID)
    open_holds: Mapped[int] = mapped_column(server_default="0")
    priority: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")
    currency: Mapped[str]
    items_amount: Mapped[int]
    discount_amount: Mapped[int]
    shipping_amount: Mapped[int]
    tax_amount: Mapped[int]
    total: Mapped[int]
    canceled_amount: Mapped[int] = mapped_column(server_default="0")
    open_authorized: Mapped[int] = mapped_column(server_default="0")
    captured: Mapped[int] = mapped_column(server_default="0")
    manual: Mapped[int] = mapped_column(server_default="0")
    refunded: Mapped[int] = mapped_column(server_default="0")
    charged_back: Mapped[int] = mapped_column(server_default="0")
    written_off: Mapped[int] = mapped_column(server_default="0")
    given_back: Mapped[int] = mapped_column(server_default="0")
    credited: Mapped[int] = mapped_column(server_default="0")
    returned: Mapped[int] = mapped_column(server_default="0")
    placed_at: Mapped[datetime]
    covered_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("status", OrderStatus), name="status_known"),
        CheckConstraint(one_of("payment_status", PaymentStatus), name="payment_status_known"),
        CheckConstraint("total = items_amount - discount_amount + shipping_amount + tax_amount", name="total_adds_up"),
        CheckConstraint("total >= 0 AND canceled_amount BETWEEN 0 AND total", name="total_not_negative"),
        CheckConstraint("written_off BETWEEN 0 AND total - canceled_amount", name="written_off_at_most_due"),
        CheckConstraint(
            "open_authorized >= 0 AND captured >= 0 AND manual >= 0 AND credited >= 0", name="money_not_negative"
        ),
        CheckConstraint(
            "refunded >= 0 AND charged_back >= 0 AND refunded + charged_back <= captured + manual + credited",
            name="refunded_at_most_paid",
        ),
        CheckConstraint("given_back BETWEEN 0 AND refunded", name="given_back_at_most_refunded"),
        CheckConstraint("returned BETWEEN 0 AND refunded", name="returned_at_most_refunded"),
        CheckConstraint("open_holds >= 0", name="open_holds_not_negative"),
        CheckConstraint("archived_at IS NULL OR status IN ('completed', 'canceled')", name="archived_when_closed"),
        Index(
            "order_by_status",
            "status",
            text("(open_holds > 0)"),
            "market_id",
            "placed_at",
            "id",
            postgresql_where=text("archived_at IS NULL"),
        ),
        # Lists: the latest first, of all, of one storefront, of one customer.
        Index("order_placed", "placed_at", "id"),
        Index("order_storefront", "storefront_id", "placed_at", "id"),
        Index("order_email", text("lower(customer_email)"), "placed_at", "id"),
        ROOM_FOR_UPDATES,
    )


class OrderForm(Base):
    """
    A section of an order: one for a consumer, one per section of an organization (ST2). Amounts are minor units.

    `subtotal` is its lines less all their discounts; `discount` is the one of those that was given to the form itself.
    """

    __tablename__ = "order_form"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    name: Mapped[str | None]
    contact: Mapped[dict[str, Any] | None]
    bill_to: Mapped[dict[str, Any] | None]
    reference: Mapped[str | None]
    discount: Mapped[int] = mapped_column(server_default="0")
    subtotal: Mapped[int]

    __table_args__ = (CheckConstraint("discount >= 0 AND subtotal >= 0", name="amounts_not_negative"),)


class Shipment(Base):
    """
    What goes to one address by one method. `amount` is its share of the order's total, in minor units.

    A shipment of items that need no shipping has no address. `warehouse_id` is set when units are allocated.
    """

    __tablename__ = "shipment"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    form_id: Mapped[int]
    number: Mapped[str]
    status: Mapped[str]
    needs_shipping: Mapped[bool]
    ship_to: Mapped[dict[str, Any] | None]
    shipping_method: Mapped[str | None]
    shipping_amount: Mapped[int] = mapped_column(server_default="0")
    amount: Mapped[int]
    warehouse_id: Mapped[int | None]
    picklist_id: Mapped[int | None]
    tracking_number: Mapped[str | None]
    shipped_at: Mapped[datetime | None]
    status_since: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("status", ShipmentStatus), name="status_known"),
        CheckConstraint("shipping_amount BETWEEN 0 AND amount", name="amount_not_negative"),
        CheckConstraint("NOT needs_shipping OR ship_to IS NOT NULL", name="has_address_if_shipped"),
        # What is on the floor, by status; the many that are done stay out.
        Index("shipment_at_work", "status", "id", postgresql_where=text("status NOT IN ('shipped', 'canceled')")),
        Index("shipment_picklist", "picklist_id", postgresql_where=text("picklist_id IS NOT NULL")),
        Index("shipment_tracking", "tracking_number", postgresql_where=text("tracking_number IS NOT NULL")),
        ROOM_FOR_UPDATES,
    )


class LineItem(Base):
    """
    A SKU times a quantity in one shipment, at the price it was placed at. Amounts are minor units, the line's whole.

    `product_id` is null for a manual line (a charge that is no product). `allocated`, `picked`, `packed` and `refunded_quantity`
    count pieces.
    A line whose quantity is split over shipments has a row in each, with the same `position`. `list_price` is what the
    catalog asked for a piece, `price_by` who set another one (LI2). `own_discount` and `own_tax` are what of `discount` and
    `tax` was given to the line itself: the rest is its share of its form's and of the order's.
    """

    __tablename__ = "line_item"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), index=True)
    position: Mapped[int]
    product_id: Mapped[int | None]
    sku: Mapped[str]
    name: Mapped[str]
    options: Mapped[dict[str, Any] | None]
    quantity: Mapped[int]
    list_price: Mapped[int | None]
    price: Mapped[int]
    price_by: Mapped[str | None]
    discount: Mapped[int]
    tax: Mapped[int]
    amount: Mapped[int]
    own_discount: Mapped[int] = mapped_column(server_default="0")
    own_tax: Mapped[int] = mapped_column(server_default="0")
    promotion: Mapped[str | None]
    gift: Mapped[bool] = mapped_column(server_default="false")
    gift_message: Mapped[str | None]
    allocated: Mapped[int] = mapped_column(server_default="0")
    picked: Mapped[int] = mapped_column(server_default="0")
    packed: Mapped[int] = mapped_column(server_default="0")
    refunded_quantity: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price >= 0 AND discount >= 0 AND tax >= 0 AND amount >= 0", name="amounts_not_negative"),
        CheckConstraint(
            "own_discount BETWEEN 0 AND discount AND own_tax BETWEEN 0 AND tax", name="own_amounts_within_amounts"
        ),
        CheckConstraint("allocated BETWEEN 0 AND quantity", name="allocated_at_most_quantity"),
        CheckConstraint("picked BETWEEN 0 AND quantity", name="picked_at_most_quantity"),
        CheckConstraint("packed BETWEEN 0 AND picked", name="packed_at_most_picked"),
        CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refunded_at_most_quantity"),
        CheckConstraint("product_id IS NOT NULL OR allocated = 0", name="only_products_are_allocated"),
        ROOM_FOR_UPDATES,
    )


class Hold(Base):
    """A reason why an order must not move on. Several may be open at once (OL7)."""

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    status: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]

    __table_args__ = (CheckConstraint(one_of("status", HoldStatus), name="status_known"),)


class DeletedOrder(Base):
    """
    What is left of an order that was deleted: its number, which is never given again, and who deleted it and why (OL13).

    `line_ids` are the lines that stock movements still name. It holds nothing of the customer. `total` is in minor units.
    """

    __tablename__ = "deleted_order"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(unique=True)
    market: Mapped[str]
    storefront_id: Mapped[int | None]
    status: Mapped[str]
    total: Mapped[int]
    currency: Mapped[str]
    line_ids: Mapped[list[Any]]
    placed_at: Mapped[datetime]
    deleted_at: Mapped[datetime]
    deleted_by: Mapped[str]
    cause_id: Mapped[str]
    reason: Mapped[str]

    __table_args__ = (CheckConstraint("reason <> '' AND deleted_by <> ''", name="says_who_and_why"),)
