"""Edit where shipments go and whom a form concerns: of this order alone, never of another or of the book (AD7, AD8)."""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment.editing.content import Content
from fulfillment.editing.wanted import KEEP, FormEdit, ShipmentEdit
from fulfillment.kernel.errors import Invalid


def edit_ship_to(content: Content, edits: Sequence[ShipmentEdit]) -> None:
    """Give shipments another address. Raises NotFound, or Invalid for one of items that need no shipping."""
    for edit in edits:
        shipment = content.shipment(edit.id)
        if not shipment.needs_shipping:
            raise Invalid(
                f"shipment {shipment.number} needs no shipping: it goes to no address",
                code="needs_no_shipping",
                remedy="leave its ship_to out",
            )
        shipment.ship_to = dict(edit.ship_to)


def edit_forms(content: Content, edits: Sequence[FormEdit]) -> None:
    """Give forms other details. Raises NotFound."""
    for edit in edits:
        form = content.form(edit.id)
        form.name = form.name if edit.name is KEEP else edit.name
        form.reference = form.reference if edit.reference is KEEP else edit.reference
        if edit.contact is not KEEP:
            form.contact = None if edit.contact is None else dict(edit.contact)
        if edit.bill_to is not KEEP:
            form.bill_to = None if edit.bill_to is None else dict(edit.bill_to)


def refuse_without_method(before: Content, after: Content) -> None:
    """Raise Invalid where, of several addresses, one that is new or changed has no shipping method (AD4)."""
    open_ones = [each for each in after.shipments.values() if each.needs_shipping and after.rows_in(each.id)]
    addresses = {tuple(sorted((each.ship_to or {}).items())) for each in open_ones}
    if len(addresses) <= 1:
        return
    for each in open_ones:
        was = before.shipments.get(each.id)
        if each.shipping_method is None and (was is None or was.ship_to != each.ship_to):
            raise Invalid(
                "of several addresses each needs a shipping method",
                code="no_shipping_method",
                remedy="send shipping_method with the destination, or a method for the lines that go there",
                members={"shipment": each.number},
            )
