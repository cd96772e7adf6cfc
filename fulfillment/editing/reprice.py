"""Reprice: what an edited order costs, by the rules of the checkout, to the last minor unit."""

from __future__ import annotations

from collections.abc import Collection

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from fulfillment.checkout.price import Catalog, price
from fulfillment.editing.content import Content, Item


def reprice(before: Content, after: Content) -> None:
    """
    Work out the amounts of `after` anew; one of which nothing bears on a price is left as it is.

    Raises Invalid `discount_too_large`.
    """
    checkout = _as_checkout(after)
    if checkout == _as_checkout(before):
        return
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


def keep_rates(
    before: Content, after: Content, *, said_discounts: Collection[int], said_taxes: Collection[int], said_tax: bool
) -> None:
    """
    Let discounts and taxes that nobody spoke of follow: a line's discount its quantity, taxes what they are levied on.

    `said_*` are the positions of lines about which it was said.
    """
    for position, item in after.items.items():
        if (was := before.items.get(position)) is None:
            continue
        if position not in said_discounts:
            item.discount = was.discount * item.quantity // was.quantity
        if position not in said_taxes:
            item.tax = _in_proportion(was.tax, item.net, was.net)
    if not said_tax:
        after.tax = _in_proportion(before.tax, after.net, before.net)


def _in_proportion(amount: int, now: int, before: int) -> int:
    if before <= 0 or now < 0:
        return amount
    return (2 * amount * now + before) // (2 * before)  # rounded half up


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
