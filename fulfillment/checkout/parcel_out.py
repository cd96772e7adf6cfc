"""Parcel out: which items travel together. What has one form, one destination and one need is one shipment (ST3, AD4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fulfillment.checkout.checkout import Checkout, Destination
from fulfillment.checkout.price import Priced, PricedLine
from fulfillment.kernel.errors import Invalid
from fulfillment.kernel.immutable import immutable


@immutable
class ShipmentToBe:
    """Items that will be one shipment. `shipping` is what its way costs: of several to one destination the first bears it."""

    form: str
    destination: Destination
    needs_shipping: bool
    shipping: int
    lines: Sequence[PricedLine]

    @property
    def amount(self) -> int:
        """Its share of the order's total, in minor units."""
        return self.shipping + sum(line.amount for line in self.lines)


def parcel_out(checkout: Checkout, priced: Priced) -> list[ShipmentToBe]:
    """
    Part the items into shipments, in the order of forms, then of destinations; what needs no shipping comes last.

    Raises Invalid where an item that needs shipping has no address (`no_address`), a destination or a form is given that
    nothing belongs to, or one of several destinations has no method (AD4).
    """
    for fault in incomplete(checkout, priced.lines):
        raise fault
    form_places = {form.key: place for place, form in enumerate(checkout.forms)}
    places = {destination.key: place for place, destination in enumerate(checkout.destinations)}
    groups: dict[tuple[bool, int, int], list[PricedLine]] = {}
    for line in priced.lines:
        needs = line.needs_shipping
        place = places[line.part.destination] if needs else 0
        groups.setdefault((not needs, form_places[line.line.form], place), []).append(line)
    unpaid = {place: each.shipping for place, each in enumerate(checkout.destinations)}
    shipped_to = {place for unshipped, _, place in groups if not unshipped}
    # What the way to nowhere costs, the first shipment bears: the shipments add up to the order.
    stray = sum(cost for place, cost in unpaid.items() if place not in shipped_to)
    shipments: list[ShipmentToBe] = []
    for (unshipped, form, place), lines in sorted(groups.items(), key=lambda group: group[0]):
        shipping = (0 if unshipped else unpaid.pop(place, 0)) + (0 if shipments else stray)
        destination = Destination() if unshipped else checkout.destinations[place]
        shipments.append(ShipmentToBe(checkout.forms[form].key, destination, not unshipped, shipping, lines))
    return shipments


def incomplete(checkout: Checkout, lines: Sequence[PricedLine]) -> Iterator[Invalid]:
    """Give everything that keeps these items from being parcelled out (AD3, AD4)."""
    belonging = {line.line.form for line in lines}
    if empty := [place for place, form in enumerate(checkout.forms, start=1) if form.key not in belonging]:
        yield Invalid(
            f"form {empty[0]} has no line",
            code="form_without_lines",
            remedy="give each form a line, or leave it out",
        )
    used = {line.part.destination for line in lines if line.needs_shipping}
    if any(each.ship_to is None for each in checkout.destinations if each.key in used):
        yield Invalid("an item needs shipping and there is no address", code="no_address", remedy="send ship_to")
    addressed = [each for each in checkout.destinations if each.ship_to is not None]
    if len(addressed) <= 1:
        return
    if idle := [each.key for each in addressed if each.key not in used]:
        yield Invalid(
            "several addresses, and not every one has an item that needs shipping",
            code="address_without_items",
            remedy="several addresses need several items that are shipped: leave out the address that gets none",
            members={"destination": max(idle) or None},
        )
    if any(each.shipping_method is None for each in addressed):
        yield Invalid(
            "of several addresses each needs a shipping method",
            code="no_shipping_method",
            remedy="send shipping_method with each destination",
        )
