"""An order as plain data: what an edit changes, without a word to the database. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fulfillment.checkout.price import CatalogProduct
from fulfillment.editing.wanted import NewDestination
from fulfillment.kernel.errors import NotFound
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus


@dataclass(slots=True)
class Form:
    """A section of the order."""

    id: int
    name: str | None
    contact: dict[str, Any] | None
    bill_to: dict[str, Any] | None
    reference: str | None
    discount: int
    subtotal: int


@dataclass(slots=True)
class EditedShipment(ShipmentUnderLock):
    """A shipment with what an edit may change of it."""

    form_id: int
    ship_to: dict[str, Any] | None
    shipping_method: str | None
    shipping_amount: int


@dataclass(slots=True)
class Part:
    """
    The pieces of a line that are in one shipment: a row of line items. `source` is the row from which new pieces come.

    `discount` and `tax` are all that these pieces bear, `own_discount` and `own_tax` the line's own of it.
    """

    id: int
    shipment_id: int
    quantity: int
    gift: bool
    gift_message: str | None
    allocated: int = 0
    refunded_quantity: int = 0
    discount: int = 0
    tax: int = 0
    amount: int = 0
    own_discount: int = 0
    own_tax: int = 0
    source: int | None = None


@dataclass(slots=True)
class Item:
    """
    A line of the order, whatever shipments its pieces are in. `discount` and `tax` are its own.

    `promotion` is the code that brought it.
    """

    position: int
    form_id: int
    sku: str
    name: str
    product: CatalogProduct | None
    options: dict[str, str] | None
    list_price: int | None
    price: int
    price_by: str | None
    discount: int
    tax: int
    promotion: str | None = None
    parts: list[Part] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        """All its pieces."""
        return sum(part.quantity for part in self.parts)

    @property
    def net(self) -> int:
        """What its pieces cost after its own discount."""
        return self.price * self.quantity - self.discount

    @property
    def needs_shipping(self) -> bool:
        """A charge that is no product never needs any."""
        return self.product is not None and self.product.needs_shipping


@dataclass(slots=True)
class Content:
    """
    What an order is made of. `discount` and `tax` are the order's own, beside those of its forms and lines.

    `tax_rate` is the flat rate of its market, in basis points.
    """

    number: str
    market: str
    tax_rate: int
    currency: str
    customer_id: int | None
    reference: str | None
    discount: int
    tax: int
    items_amount: int
    discount_amount: int
    shipping_amount: int
    tax_amount: int
    forms: dict[int, Form]
    shipments: dict[int, EditedShipment]
    items: dict[int, Item]

    @property
    def total(self) -> int:
        """What the customer pays in all."""
        return self.items_amount - self.discount_amount + self.shipping_amount + self.tax_amount

    @property
    def net(self) -> int:
        """What all lines cost after all discounts."""
        return (
            sum(item.net for item in self.items.values()) - self.discount - sum(f.discount for f in self.forms.values())
        )

    @property
    def shipping(self) -> int:
        """What all ways cost."""
        return sum(shipment.shipping_amount for shipment in self.shipments.values())

    @property
    def rows(self) -> Iterator[tuple[Item, Part]]:
        """Every row of line items, in the order in which they are priced."""
        for position in sorted(self.items):
            for part in self.items[position].parts:
                yield self.items[position], part

    def row(self, line_id: int) -> tuple[Item, Part]:
        """Give a line and its pieces by the id of their row. Raises NotFound."""
        for item, part in self.rows:
            if part.id == line_id:
                return item, part
        raise NotFound(f"order {self.number} has no line {line_id}")

    def form(self, form_id: int) -> Form:
        """Give a form of this order. Raises NotFound."""
        if form_id not in self.forms:
            raise NotFound(f"order {self.number} has no form {form_id}")
        return self.forms[form_id]

    def shipment(self, shipment_id: int) -> EditedShipment:
        """Give a shipment of this order. Raises NotFound."""
        if shipment_id not in self.shipments:
            raise NotFound(f"order {self.number} has no shipment {shipment_id}")
        return self.shipments[shipment_id]

    def rows_in(self, shipment_id: int) -> list[tuple[Item, Part]]:
        """Give what is in a shipment."""
        return [(item, part) for item, part in self.rows if part.shipment_id == shipment_id]

    def goods_in(self, shipment_id: int) -> int:
        """Give what the goods in a shipment cost after all discounts, without tax, as they were last priced."""
        return sum(part.amount - part.tax for _, part in self.rows_in(shipment_id))

    def add_shipment(
        self, shipment_id: int, form_id: int, destination: NewDestination | None, *, warehouse_id: int | None
    ) -> EditedShipment:
        """Add a shipment, pending like any new one; None goes nowhere: what is in it needs no shipping."""
        [order_id] = {shipment.order_id for shipment in self.shipments.values()}
        added = EditedShipment(
            id=shipment_id,
            order_id=order_id,
            number=f"{self.number}-{len(self.shipments) + 1}",
            status=ShipmentStatus.PENDING,
            needs_shipping=destination is not None,
            amount=0,
            warehouse_id=warehouse_id,
            picklist_id=None,
            wants_label=False,
            form_id=form_id,
            ship_to=None if destination is None else dict(destination.ship_to),
            shipping_method=None if destination is None else destination.shipping_method,
            shipping_amount=0 if destination is None else destination.shipping or 0,
        )
        self.shipments[shipment_id] = added
        return added
