"""Repeat: a checkout of what an order was, and what of it is not as it was (OL14, OL15). Pure; amounts are minor units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fulfillment.checkout.back_office import Tariff
from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from fulfillment.checkout.price import Catalog
from fulfillment.editing.content import Content, Item


@dataclass(frozen=True, slots=True)
class Notice:
    """What could not be repeated as it was. `about` are the facts."""

    code: str
    reason: str
    about: Mapping[str, Any] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """Give it as it is kept."""
        return {"code": self.code, "reason": self.reason, "about": dict(self.about)}


def content_again(content: Content, *, tied: Collection[int] = ()) -> Checkout:
    """
    Give the checkout of what an order is made of: the same forms, addresses, methods, lines, splits and gift marks.

    Prices are left to the catalog, but for charges that are no product. Discounts are not repeated, nor are the `tied` lines that
    codes had brought: codes count anew (OL16).
    """
    destinations, keys = _destinations(content)
    forms = {form_id: f"form-{n}" for n, form_id in enumerate(content.forms, start=1)}
    if len(forms) == 1:
        forms = dict.fromkeys(forms, "")
    lines = [_line(item, forms[item.form_id], keys) for at, item in sorted(content.items.items()) if at not in tied]
    return Checkout(
        market=content.market,
        lines=lines,
        forms=[
            CheckoutForm(form.name, form.contact, form.bill_to, form.reference, key=forms[form.id])
            for form in content.forms.values()
        ],
        destinations=destinations,
        customer_id=content.customer_id,
        last_position=max(content.items, default=0),
    )


def _destinations(content: Content) -> tuple[list[Destination], dict[int, str]]:
    """Give the different addresses with their methods, and by shipment the key of its own."""
    places: list[tuple[dict[str, Any] | None, str | None]] = []
    shipped = [shipment for shipment in content.shipments.values() if shipment.needs_shipping]
    for shipment in shipped:
        if (shipment.ship_to, shipment.shipping_method) not in places:
            places.append((shipment.ship_to, shipment.shipping_method))
    if len(places) <= 1:
        return [Destination(*places[0]) if places else Destination()], {}
    keys = [f"address-{n}" for n in range(1, len(places) + 1)]
    of_shipments = {each.id: keys[places.index((each.ship_to, each.shipping_method))] for each in shipped}
    destinations = [Destination(*place, key=key) for place, key in zip(places, keys, strict=True)]
    if len(shipped) < len(content.shipments):
        destinations.insert(0, Destination())  # where what is not shipped goes: nowhere
    return destinations, of_shipments


def _line(item: Item, form: str, keys: Mapping[int, str]) -> CheckoutLine:
    parts: list[LinePart] = []
    for each in item.parts:
        part = LinePart(each.quantity, keys.get(each.shipment_id, ""), each.gift, each.gift_message)
        same = next((n for n, there in enumerate(parts) if replace(there, quantity=part.quantity) == part), None)
        if same is None:
            parts.append(part)
        else:  # what was split for the floor's sake alone goes together again
            parts[same] = replace(part, quantity=parts[same].quantity + part.quantity)
    manual = item.product is None
    return CheckoutLine(
        sku=item.sku,
        quantity=item.quantity,
        price=item.price if manual else None,
        name=item.name if manual else None,
        manual=manual,
        form=form,
        parts=parts,
        options=item.options,
        price_by=item.price_by if manual else None,
        position=item.position,
    )


def as_sold_now(
    checkout: Checkout, content: Content, catalog: Catalog, tariff: Tariff, *, of_codes: int = 0
) -> tuple[Checkout, list[Notice]]:
    """
    Leave out of a repeated order what is not sold any more, and the methods that are gone; name that, and other prices.

    Forms and addresses of which nothing is left go as well. `of_codes` is what of its discounts codes had given.
    """
    notices: list[Notice] = []
    lines = []
    for line in checkout.lines:
        item = content.items[line.position or 0]
        if line.manual or catalog.sells(line.sku):
            lines.append(line)
            notices += _other_price(item, catalog)
        else:
            about = {"sku": line.sku, "name": item.name, "quantity": line.quantity}
            notices.append(Notice("item_gone", f"{item.name} ({line.sku}) is not sold any more", about))
    if (discount := content.discount_amount - of_codes) > 0:
        about = {"discount": _money(discount, content.currency)}
        notices.append(Notice("discount_left_out", "the discounts of the order are not repeated", about))
    destinations = [_method_now(each, tariff, notices) for each in checkout.destinations]
    return _without_what_is_empty(replace(checkout, lines=lines, destinations=destinations)), notices


def _other_price(item: Item, catalog: Catalog) -> list[Notice]:
    product = catalog.products.get(item.sku)
    if item.product is None or product is None:
        return []
    now = product.price if product.currency == catalog.currency else None
    if now == item.price:
        return []
    about = {
        "sku": item.sku,
        "position": item.position,
        "from": _money(item.price, catalog.currency),
        "to": None if now is None else _money(now, catalog.currency),
    }
    reason = f"{item.sku} has another price" if now is not None else f"{item.sku} has no price in this market any more"
    return [Notice("price_changed" if now is not None else "price_gone", reason, about)]


def _money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def _method_now(destination: Destination, tariff: Tariff, notices: list[Notice]) -> Destination:
    method = destination.shipping_method
    if method is None or method in tariff.methods:
        return destination
    about = {"shipping_method": method, "destination": destination.key or None}
    notices.append(Notice("method_gone", f"the shipping method {method} is not offered any more", about))
    return replace(destination, shipping_method=None)


def _without_what_is_empty(checkout: Checkout) -> Checkout:
    forms = {line.form for line in checkout.lines}
    places = {part.destination for line in checkout.lines for part in line.all_parts}
    kept_forms: Sequence[CheckoutForm] = [form for form in checkout.forms if form.key in forms]
    kept: Sequence[Destination] = [each for each in checkout.destinations if each.key in places]
    return replace(checkout, forms=kept_forms or checkout.forms[:1], destinations=kept or checkout.destinations[:1])
