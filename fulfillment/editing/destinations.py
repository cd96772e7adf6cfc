"""Where lines go: a shipment that is there, or a new one to a further address (AD7, ST5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fulfillment.editing.change_method import PriceOfMethod
from fulfillment.editing.content import Content, EditedShipment
from fulfillment.editing.wanted import NewDestination
from fulfillment.kernel.errors import Invalid


class Destinations:
    """The places of one order's lines; each new destination becomes one shipment per form, when the first line goes there."""

    def __init__(self, content: Content, new: Sequence[NewDestination], fresh_id: Callable[[], int]) -> None:
        """`new` are the further addresses that an edit names by key."""
        self._content = content
        self._new = {destination.key: destination for destination in new}
        self._fresh_id = fresh_id
        self._made: dict[tuple[str, int], EditedShipment] = {}

    def place(
        self,
        shipment_id: int | None,
        key: str | None,
        *,
        needs_shipping: bool,
        like: EditedShipment | None = None,
    ) -> EditedShipment:
        """
        Give the shipment that pieces go to: the one named, that of the new destination, or the first that is open.

        `like` is the shipment they come from: they stay in its form. Raises NotFound, or Invalid where the place does not fit.
        """
        if key is not None:
            return self._at_new(key, like or self._first(needs_shipping=True), needs_shipping=needs_shipping)
        if shipment_id is None:
            return self._first(needs_shipping=needs_shipping)
        shipment = self._content.shipment(shipment_id)
        if shipment.needs_shipping != needs_shipping:
            raise Invalid(
                f"shipment {shipment.number} is for items that need {'' if shipment.needs_shipping else 'no '}shipping",
                code="needs_shipping_differs",
                remedy="leave the shipment out: what needs no shipping has one of its own",
            )
        if like is not None and shipment.form_id != like.form_id:
            raise Invalid(
                f"shipment {shipment.number} belongs to another form",
                code="other_form",
                remedy="name a shipment of the line's own form, or a destination",
            )
        return shipment

    def refuse_unused(self) -> None:
        """Raise Invalid for a destination that nothing goes to."""
        if unused := sorted(self._new.keys() - {key for key, _ in self._made}):
            raise Invalid(
                f"nothing goes to destination {unused[0]}",
                code="address_without_items",
                remedy="name it in a line, a split or an added line, or leave it out",
            )

    def price(self, price_of: PriceOfMethod) -> None:
        """Let each new shipment of which no price was said cost what its method does. Raises Invalid."""
        for (key, _), shipment in self._made.items():
            destination = self._new[key]
            if destination.shipping is None and destination.shipping_method is not None:
                shipment.shipping_amount = price_of(destination.shipping_method, self._content.goods_in(shipment.id))

    def _at_new(self, key: str, like: EditedShipment, *, needs_shipping: bool) -> EditedShipment:
        if not needs_shipping:
            raise Invalid("what needs no shipping goes to no address", code="needs_no_shipping")
        if key not in self._new:
            raise Invalid(
                f"no destination {key}",
                code="no_such_destination",
                remedy="add it to destinations",
                members={"destinations": sorted(self._new)},
            )
        place = (key, like.form_id)
        if place not in self._made:
            destination = self._new[key]
            self._made[place] = self._content.add_shipment(
                self._fresh_id(), like.form_id, destination, warehouse_id=like.warehouse_id
            )
        return self._made[place]

    def _first(self, *, needs_shipping: bool) -> EditedShipment:
        for shipment in self._content.shipments.values():
            if shipment.needs_shipping == needs_shipping and not shipment.is_done:
                return shipment
        if needs_shipping:
            raise Invalid(
                "an item needs shipping and there is no address",
                code="no_address",
                remedy="add a destination and name it in the line",
            )
        form_id = min(self._content.forms)
        return self._content.add_shipment(self._fresh_id(), form_id, None, warehouse_id=None)
