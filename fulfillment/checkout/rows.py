"""The rows of an order that is being placed. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fulfillment.checkout.checkout import Checkout, CheckoutForm
from fulfillment.checkout.placed import Placed, PlacedShipment
from fulfillment.checkout.price import Catalog, Priced, PricedLine
from fulfillment.orders.search.keep import search_row
from fulfillment.orders.states import PaymentStatus, ShipmentStatus


def order_columns(checkout: Checkout, catalog: Catalog, priced: Priced, at: datetime) -> dict[str, Any]:
    """Give what an order's row says of its checkout; its id, number, storefront, status and version are the caller's."""
    return {
        "market_id": catalog.market_id,
        "customer_id": checkout.customer_id,
        "customer_name": checkout.customer_name,
        "customer_email": checkout.customer_email,
        "reference": checkout.reference,
        "payment_status": PaymentStatus.UNPAID if priced.total else PaymentStatus.PAID,
        "priority": checkout.priority,
        "currency": catalog.currency,
        "items_amount": priced.items,
        "discount_amount": priced.discount,
        "shipping_amount": priced.shipping,
        "tax_amount": priced.tax,
        "total": priced.total,
        "placed_at": at,
        "covered_at": None if priced.total else at,
    }


def form_row(checkout: Checkout, form: CheckoutForm, priced: Priced, placed: Placed) -> dict[str, Any]:
    """A form of the order."""
    return {
        "id": placed.form_ids[form.key],
        "order_id": placed.id,
        "name": form.name or checkout.customer_name,
        "contact": form.contact,
        "bill_to": form.bill_to,
        "reference": form.reference,
        "discount": form.discount,
        "subtotal": priced.subtotals[form.key],
    }


def words_row(checkout: Checkout, placed: Placed, at: datetime) -> dict[str, Any]:
    """What the order is found by."""
    return search_row(
        placed.id,
        placed_at=at,
        number=placed.number,
        names=[form.name or checkout.customer_name for form in checkout.forms],
        customer_name=checkout.customer_name,
        customer_email=checkout.customer_email,
        items=[
            word for shipment in placed.shipments for _, line in shipment.lines for word in (line.line.sku, line.name)
        ],
    )


def shipment_row(placed: Placed, shipment: PlacedShipment, warehouse_id: int | None, at: datetime) -> dict[str, Any]:
    """A shipment, pending; its units were taken from `warehouse_id` where they were reserved."""
    content = shipment.content
    return {
        "id": shipment.id,
        "order_id": placed.id,
        "form_id": placed.form_ids[content.form],
        "number": shipment.number,
        "status": ShipmentStatus.PENDING,
        "needs_shipping": content.needs_shipping,
        "ship_to": content.destination.ship_to,
        "shipping_method": content.destination.shipping_method,
        "shipping_amount": content.shipping,
        "amount": content.amount,
        "warehouse_id": warehouse_id,
        "status_since": at,
    }


def line_row(
    placed: Placed, shipment: PlacedShipment, line_id: int, line: PricedLine, *, reserved: bool
) -> dict[str, Any]:
    """Pieces of a line in one shipment; all are allocated where they were `reserved`."""
    return {
        "id": line_id,
        "order_id": placed.id,
        "shipment_id": shipment.id,
        "position": line.position,
        "product_id": line.product.id if line.product is not None else None,
        "sku": line.line.sku,
        "name": line.name,
        "options": line.line.options,
        "quantity": line.part.quantity,
        "list_price": line.list_price,
        "price": line.price,
        "price_by": line.line.price_by,
        "discount": line.discount,
        "tax": line.tax,
        "amount": line.amount,
        "own_discount": line.own_discount,
        "own_tax": line.own_tax,
        "promotion": line.line.promotion,
        "gift": line.part.gift,
        "gift_message": line.part.gift_message,
        "allocated": line.part.quantity if reserved else 0,
    }
