"""Reprice: what an edited order costs, by the rules of the checkout, to the last minor unit."""

from __future__ import annotations

from dataclasses import dataclass

from fulfillment.checkout.back_office import by_rate
from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from fulfillment.checkout.price import Catalog, price
from fulfillment.editing.content import Content, Item


@dataclass(frozen=True, slots=True)
class Said:
    """The positions of lines of which the discount, or the tax, was said: it is that, and follows nothing."""

    discounts: set[int]
    taxes: set[int]


def reprice_if_changed(before: Content, after: Content) -> None:
    """Work out the amounts of `after` anew, unless nothing that bears on a price has changed. Raises as `reprice` does."""
    if _as_checkout(before) != _as_checkout(after):
        reprice(after)


def reprice(after: Content) -> None:
    """Work out all amounts anew. Raises Invalid `discount_too_large`."""
    checkout = _as_checkout(after)
    products = {item.sku: item.product for item in after.items.values() if item.product is not None}
    priced = price(checkout, Catalog(0, after.currency, products))
    for (_, part), line in zip(after.rows, priced.lines, strict=True):
        part.discount, part.tax, part.amount = line.discount, line.tax, line.amount
        part.own_discount, part.own_tax = line.own_discount, line.own_tax
    for shipment in after.shipments.values():
        lines = sum(part.amount for _, part in after.rows_in(shipment.id))
        shipment.amount = shipment.shipping_amount + lines
    for form in after.forms.values():
        form.subtotal = priced.subtotals[str(form.id)]
    after.items_amount, after.discount_amount = priced.items, priced.discount
    after.shipping_amount, after.tax_amount = priced.shipping, priced.tax


def follow_quantities(before: Content, after: Content, said: Said) -> None:
    """Let the discounts and taxes of lines that nobody spoke of follow what they are of, a new line's tax the others'."""
    own_tax = sum(item.tax for item in before.items.values())
    own_net = sum(item.net for item in before.items.values())
    for position, item in after.items.items():
        was = before.items.get(position)
        if was is not None and position not in said.discounts:
            item.discount = was.discount * item.quantity // was.quantity
        if position not in said.taxes:
            item.tax = _in_proportion(own_tax, item.net, own_net) if was is None else _line_tax(was, item)


def follow_goods(before: Content, after: Content) -> None:
    """
    Let the order's own tax follow what it is levied on: goods less discounts, and shipping.

    Where it was the market's flat rate it is so again, to the minor unit; else it stays in proportion.
    """
    base, now = before.net + before.shipping, after.net + after.shipping
    if before.tax == by_rate(base, before.tax_rate):
        after.tax = by_rate(max(now, 0), before.tax_rate)
    else:
        after.tax = _in_proportion(before.tax, now, base)


def _line_tax(was: Item, now: Item) -> int:
    return _in_proportion(was.tax, now.net, was.net)


def _in_proportion(amount: int, now: int, before: int) -> int:
    if before <= 0:
        return amount
    return (2 * amount * max(now, 0) + before) // (2 * before)  # rounded half up


def _as_checkout(content: Content) -> Checkout:
    return Checkout(
        market=content.market,
        lines=[_line(content.items[position]) for position in sorted(content.items)],
        forms=[CheckoutForm(discount=form.discount, key=str(form.id)) for form in content.forms.values()],
        destinations=[
            Destination(shipping=shipment.shipping_amount, key=str(shipment.id))
            for shipment in content.shipments.values()
        ],
        discount=content.discount,
        tax=content.tax,
    )


def _line(item: Item) -> CheckoutLine:
    return CheckoutLine(
        sku=item.sku,
        quantity=item.quantity,
        price=item.price,
        name=item.name,
        manual=item.product is None,
        discount=item.discount,
        tax=item.tax,
        form=str(item.form_id),
        parts=[LinePart(part.quantity, str(part.shipment_id)) for part in item.parts],
        position=item.position,
    )
