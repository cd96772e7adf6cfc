"""Edit the lines of an order: add, change, remove, split over shipments (OL4, LI2, LI3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fulfillment.checkout.price import PricedLine
from fulfillment.checkout.revise import MOST_LINES
from fulfillment.editing.content import Content, Item, Part
from fulfillment.editing.destinations import Destinations
from fulfillment.editing.wanted import KEEP, LineEdit, NewLine, Share
from fulfillment.kernel.errors import Conflict, Invalid

FreshId = Callable[[], int]


def remove_lines(content: Content, line_ids: Sequence[int]) -> None:
    """Take lines out. Raises NotFound, or Conflict where pieces of one were refunded."""
    for line_id in line_ids:
        item, part = content.row(line_id)
        _refuse_below(part, 0)
        item.parts.remove(part)
        if not item.parts:
            del content.items[item.position]


def change_lines(
    content: Content, edits: Sequence[LineEdit], destinations: Destinations, fresh_id: FreshId, *, by: str
) -> None:
    """
    Change lines; `by` is who says a price (LI2).

    Raises NotFound for a line or shipment of another order, Invalid for a split that does not add up, Conflict where fewer
    pieces would be left than were refunded.
    """
    for edit in edits:
        item, part = content.row(edit.id)
        _refuse_tied(item, edit)
        if edit.quantity is not None:
            _refuse_below(part, edit.quantity)
            part.quantity = edit.quantity
        if edit.price is not None and edit.price != item.price:
            item.price, item.price_by = edit.price, None if edit.price == item.list_price else by
        item.discount = item.discount if edit.discount is None else edit.discount
        item.tax = item.tax if edit.tax is None else edit.tax
        if edit.options is not KEEP:
            item.options = None if edit.options is None else dict(edit.options)
        part.gift = part.gift if edit.gift is None else edit.gift
        part.gift_message = part.gift_message if edit.gift_message is KEEP else edit.gift_message
        if edit.split:
            _split(content, item, part, edit.split, destinations, fresh_id)


def _refuse_tied(item: Item, edit: LineEdit) -> None:
    """What a code brought is as the code says, or gone: its discount must not grow with it (LI4, LI5)."""
    if item.promotion is not None and (edit.quantity, edit.price, edit.discount) != (None, None, None):
        raise Conflict(
            f"line {edit.id} came with {item.promotion}: its quantity, price and discount are the promotion's",
            code="tied_to_promotion",
            guard="tied_to_promotion",
            remedy="remove the line (remove_lines), or add more of it as a line of its own (add_lines)",
            members={"promotion": item.promotion},
        )


def add_lines(
    content: Content,
    lines: Sequence[tuple[NewLine, PricedLine]],
    destinations: Destinations,
    fresh_id: FreshId,
    *,
    by: str,
) -> list[int]:
    """
    Add lines, each with what the catalog says of it, and give their positions; another price is put down to `by` (LI2).

    Raises NotFound or Invalid for a place that is not there or does not fit.
    """
    positions: list[int] = []
    for line, priced in lines:
        needs_shipping = priced.needs_shipping
        shipment = destinations.place(line.shipment_id, line.destination, needs_shipping=needs_shipping)
        position = max(content.items, default=0) + 1
        item = Item(
            position=position,
            form_id=shipment.form_id,
            sku=line.sku,
            name=priced.name,
            product=priced.product,
            options=None if line.options is None else dict(line.options),
            list_price=priced.list_price,
            price=priced.price,
            price_by=None if priced.price == priced.list_price else by,
            discount=line.discount,
            tax=line.tax or 0,
        )
        item.parts.append(Part(fresh_id(), shipment.id, line.quantity, line.gift, line.gift_message))
        content.items[position] = item
        positions.append(position)
    return positions


def refuse_none_or_too_many(content: Content) -> None:
    """Raise Conflict where no line would be left: an order has one at least (OL5); Invalid where there would be too many."""
    if len(content.items) > MOST_LINES:
        raise Invalid(f"more than {MOST_LINES} lines", code="too_many_lines", remedy="place them as another order")
    if not content.items:
        raise Conflict(
            f"order {content.number} would have no line left",
            code="order_without_lines",
            guard="one_line_at_least",
            remedy=f"keep a line, or cancel the order: POST /v1/orders/{content.number}/cancellation",
        )


def _split(
    content: Content,
    item: Item,
    part: Part,
    shares: Sequence[Share],
    destinations: Destinations,
    fresh_id: FreshId,
) -> None:
    """Put the pieces of one row where the shares say; the share that stays, or else the first, keeps the row."""
    if sum(share.quantity for share in shares) != part.quantity:
        raise Invalid(
            f"the shares of line {part.id} do not add up to its {part.quantity} pieces",
            code="split_does_not_add_up",
            remedy="send `split` so that its quantities add up to that of the line",
            members={"line_id": part.id, "quantity": part.quantity},
        )
    if not item.needs_shipping:
        raise Invalid(f"{item.sku} needs no shipping: it goes nowhere", code="needs_no_shipping")
    here = content.shipments[part.shipment_id]
    places = [
        here
        if share.shipment_id is None and share.destination is None
        else destinations.place(share.shipment_id, share.destination, needs_shipping=True, like=here)
        for share in shares
    ]
    kept = next((n for n, place in enumerate(places) if place.id == here.id), 0)
    _refuse_below(part, shares[kept].quantity)
    gift, message = part.gift, part.gift_message
    for n, (share, place) in enumerate(zip(shares, places, strict=True)):
        if n == kept:
            row = part
            row.shipment_id, row.quantity = place.id, share.quantity
        else:
            row = Part(fresh_id(), place.id, share.quantity, gift, message, source=part.id)
            item.parts.append(row)
        row.gift = gift if share.gift is None else share.gift
        row.gift_message = message if share.gift_message is KEEP else share.gift_message


def _refuse_below(part: Part, quantity: int) -> None:
    if quantity < part.refunded_quantity:
        raise Conflict(
            f"{part.refunded_quantity} pieces of line {part.id} are refunded",
            code="pieces_refunded",
            guard="pieces_refunded",
            remedy="keep as many pieces as were refunded, or cancel the order",
            members={"line_id": part.id, "least": part.refunded_quantity},
        )
