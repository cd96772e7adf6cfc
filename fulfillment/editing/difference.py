"""The difference of two contents of an order: as rows to write, and as the timeline tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fulfillment.db.base import Base
from fulfillment.editing.content import Content, EditedShipment, Form, Item, Part
from fulfillment.orders.models import LineItem, OrderForm, PurchaseOrder, Shipment
from fulfillment.timeline.changes import Changes

Facts = Mapping[str, Any]


def touched_shipments(before: Content, after: Content) -> list[EditedShipment]:
    """Give the shipments, as they were, of which anything changes: themselves, or what is in them."""
    return [
        shipment for shipment in before.shipments.values() if _whole(before, shipment.id) != _whole(after, shipment.id)
    ]


def changed_parts(before: Content, after: Content) -> dict[str, dict[str, Facts]]:
    """Give what changes, by verb: before and after of each part that differs."""
    found: dict[str, dict[str, Facts]] = {}
    for verb, tell in _TOLD.items():
        was, now = tell(before), tell(after)
        differing = [key for key in {**was, **now} if was.get(key) != now.get(key)]
        if differing:
            found[verb] = {
                "before": {key: was[key] for key in differing if key in was},
                "after": {key: now[key] for key in differing if key in now},
            }
    return found


def write_rows(changes: Changes, order_id: int, before: Content, after: Content) -> None:
    """Put down in `changes` every row that is new and every column that differs; states are moved by others."""
    head = ("reference", "items_amount", "discount_amount", "shipping_amount", "tax_amount", "total")
    _set(changes, PurchaseOrder, order_id, {name: getattr(before, name) for name in head}, _named(after, head))
    for form in after.forms.values():
        _set(changes, OrderForm, form.id, _form_row(before.forms[form.id]), _form_row(form))
    for shipment in after.shipments.values():
        if (was := before.shipments.get(shipment.id)) is not None:
            _set(changes, Shipment, shipment.id, _shipment_row(was), _shipment_row(shipment))
        else:
            columns = {"id": shipment.id, "order_id": order_id, "number": shipment.number, "status": shipment.status}
            changes.insert(Shipment, {**columns, "status_since": changes.at, **_shipment_row(shipment)})
    rows = {part.id: (item, part) for item, part in before.rows}
    for item, part in after.rows:
        if part.id in rows:
            _set(changes, LineItem, part.id, _line_row(*rows[part.id]), _line_row(item, part))
        else:
            changes.insert(LineItem, {"id": part.id, "order_id": order_id, **_line_row(item, part)})


def removed_rows(before: Content, after: Content) -> list[int]:
    """Give the rows of line items that are not there any more."""
    left = {part.id for _, part in after.rows}
    return [part.id for _, part in before.rows if part.id not in left]


def _set(changes: Changes, model: type[Base], row_id: int, was: Facts, now: Facts) -> None:
    if differing := {name: value for name, value in now.items() if was[name] != value}:
        changes.set(model, row_id, **differing)


def _named(content: Content, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(content, name) for name in names}


def _whole(content: Content, shipment_id: int) -> tuple[Any, ...]:
    shipment = content.shipments[shipment_id]
    return _shipment_row(shipment), [_line_row(*row) for row in content.rows_in(shipment_id)]


def _form_row(form: Form) -> dict[str, Any]:
    return {
        "name": form.name,
        "contact": form.contact,
        "bill_to": form.bill_to,
        "reference": form.reference,
        "discount": form.discount,
        "subtotal": form.subtotal,
    }


def _shipment_row(shipment: EditedShipment) -> dict[str, Any]:
    return {
        "form_id": shipment.form_id,
        "needs_shipping": shipment.needs_shipping,
        "ship_to": shipment.ship_to,
        "shipping_method": shipment.shipping_method,
        "shipping_amount": shipment.shipping_amount,
        "amount": shipment.amount,
        "warehouse_id": shipment.warehouse_id,
    }


def _line_row(item: Item, part: Part) -> dict[str, Any]:
    return {
        "shipment_id": part.shipment_id,
        "position": item.position,
        "product_id": None if item.product is None else item.product.id,
        "sku": item.sku,
        "name": item.name,
        "options": item.options,
        "quantity": part.quantity,
        "list_price": item.list_price,
        "price": item.price,
        "price_by": item.price_by,
        "discount": part.discount,
        "tax": part.tax,
        "amount": part.amount,
        "own_discount": part.own_discount,
        "own_tax": part.own_tax,
        "gift": part.gift,
        "gift_message": part.gift_message,
        "allocated": part.allocated,
    }


def _lines_told(content: Content) -> dict[str, Facts]:
    lines = {
        str(part.id): {
            "position": item.position,
            "shipment": content.shipments[part.shipment_id].number,
            "sku": item.sku,
            "quantity": part.quantity,
            "price": item.price,
            "price_by": item.price_by,
            "tax": item.tax,
            "options": item.options,
            "gift": part.gift,
            "gift_message": part.gift_message,
        }
        for item, part in content.rows
    }
    return {**lines, "order": {"tax": content.tax}}


def _addresses_told(content: Content) -> dict[str, Facts]:
    shipments = {each.number: {"ship_to": each.ship_to} for each in content.shipments.values()}
    forms = {
        f"form {form.id}": {
            "name": form.name,
            "contact": form.contact,
            "bill_to": form.bill_to,
            "reference": form.reference,
        }
        for form in content.forms.values()
    }
    return {**shipments, **forms, "order": {"reference": content.reference}}


def _methods_told(content: Content) -> dict[str, Facts]:
    return {
        each.number: {"shipping_method": each.shipping_method, "shipping": each.shipping_amount}
        for each in content.shipments.values()
    }


def _discounts_told(content: Content) -> dict[str, Facts]:
    lines = {f"line {item.position}": {"discount": item.discount} for item in content.items.values() if item.discount}
    forms = {f"form {form.id}": {"discount": form.discount} for form in content.forms.values()}
    return {**lines, **forms, "order": {"discount": content.discount}}


_TOLD: Final[dict[str, Callable[[Content], dict[str, Facts]]]] = {
    "edit_lines": _lines_told,
    "edit_address": _addresses_told,
    "change_method": _methods_told,
    "edit_discount": _discounts_told,
}
