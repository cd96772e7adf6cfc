"""Change the shipping method of all items or of some; items moved to another one get a shipment of their own (SH9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fulfillment.editing.content import Content, EditedShipment
from fulfillment.editing.wanted import MethodChange, NewDestination
from fulfillment.kernel.errors import Invalid

PriceOfMethod = Callable[[str, int], int]
"""What a method costs for goods of some amount, in minor units. Raises Invalid for one that is not offered."""


def change_methods(
    content: Content, changes: Sequence[MethodChange], price_of: PriceOfMethod, fresh_id: Callable[[], int]
) -> None:
    """
    Ship lines by another method.

    Where all of a shipment changes it keeps its number; where a part does, that part is a new shipment. `content` is priced.
    Raises NotFound, or Invalid for a line that needs no shipping or a method that is not offered.
    """
    for change in changes:
        chosen = set(change.line_ids)
        for line_id in chosen:
            _refuse_unshippable(content, line_id)
        for shipment in list(content.shipments.values()):
            rows = content.rows_in(shipment.id)
            moved = [part for _, part in rows if not chosen or part.id in chosen]
            if not moved or not shipment.needs_shipping:
                continue
            if shipment.shipping_method == change.shipping_method and (
                len(moved) < len(rows) or change.shipping is None
            ):
                continue  # they are shipped so already
            target = shipment
            if len(moved) < len(rows):
                target = _shipment_like(content, shipment, fresh_id())
                for part in moved:
                    part.shipment_id = target.id
            target.shipping_method = change.shipping_method
            goods = content.goods_in(target.id)
            target.shipping_amount = (
                price_of(change.shipping_method, goods) if change.shipping is None else change.shipping
            )


def _refuse_unshippable(content: Content, line_id: int) -> None:
    item, _ = content.row(line_id)
    if not item.needs_shipping:
        raise Invalid(f"{item.sku} needs no shipping", code="needs_no_shipping", remedy="leave its line out")


def _shipment_like(content: Content, shipment: EditedShipment, shipment_id: int) -> EditedShipment:
    destination = NewDestination("", shipment.ship_to or {})
    return content.add_shipment(shipment_id, shipment.form_id, destination, warehouse_id=shipment.warehouse_id)
