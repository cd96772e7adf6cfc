"""What still stands in the way of placing a draft: each with its reason and what mends it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from fulfillment.checkout.back_office import Tariff, destinations_shipped_to
from fulfillment.checkout.checkout import Checkout, CheckoutLine
from fulfillment.checkout.parcel_out import incomplete
from fulfillment.checkout.price import Catalog, price, price_of
from fulfillment.kernel.errors import Invalid
from fulfillment.kernel.money import MOST_AMOUNT
from fulfillment.promotions.refuse import RefusedCode


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a draft cannot be placed. `call` mends it, `{number}` being the order's; `names` are the line or the key meant."""

    code: str
    reason: str
    call: str
    names: Mapping[str, object] = field(default_factory=dict)


_DRAFT: Final = "PATCH /v1/orders/{number}/draft"
_LINES: Final = "/v1/orders/{number}/lines"
_DESTINATIONS: Final = "/v1/orders/{number}/destinations"
_CALLS: Final = {
    "no_address": "PATCH /v1/orders/{number}/draft with ship_to",
    "no_shipping_method": "PATCH /v1/orders/{number}/draft with shipping_method",
    "form_without_lines": "DELETE /v1/orders/{number}/forms/{key}, or give it a line",
    "discount_too_large": "PATCH /v1/orders/{number}/draft with a smaller discount",
}


def of_refusal(refusal: Invalid) -> Obstacle:
    """Give what a rule of checkouts refuses as an obstacle."""
    call = _CALLS.get(refusal.reason) or refusal.remedy or "PATCH /v1/orders/{number}/draft"
    return Obstacle(refusal.reason, refusal.detail, call)


def of_code(refused: RefusedCode) -> Obstacle:
    """Give a code that does not count as an obstacle (LI6, OL16)."""
    return Obstacle(
        refused.guard, refused.reason, f"{_DRAFT} with codes that leave it out", {"promotion": refused.code}
    )


def too_large(total: int) -> list[Obstacle]:
    """Give what is wrong with a total that no gateway takes: its authorization would be tried for a day, and never decided."""
    if total <= MOST_AMOUNT:
        return []
    return [
        Obstacle(
            "total_too_large",
            "the order costs more than can be paid",
            f"DELETE {_LINES}/{{position}}, and enter it as several orders",
        )
    ]


def faults_of_lines(lines: Iterable[CheckoutLine], catalog: Catalog) -> dict[int, Obstacle]:
    """Give the lines that have no price or no product any more, by position."""
    found = {}
    for place, line in enumerate(lines, start=1):
        position = line.position or place
        if (fault := _fault_of_line(line, position, catalog)) is not None:
            found[position] = fault
    return found


def _fault_of_line(line: CheckoutLine, position: int, catalog: Catalog) -> Obstacle | None:
    names = {"position": position, "sku": line.sku}
    if not line.manual and (not_sold := _not_sold(line.sku, catalog)) is not None:
        return Obstacle(*not_sold, f"DELETE {_LINES}/{position}", names)
    try:
        price_of(line, catalog)
    except Invalid as refusal:
        return Obstacle(refusal.reason, refusal.detail, f"PATCH {_LINES}/{position} with a price", names)
    return None


def _not_sold(sku: str, catalog: Catalog) -> tuple[str, str] | None:
    """Give code and reason where a product is not sold as it is (LI3)."""
    product = catalog.products.get(sku)
    if product is None:
        return "unknown_sku", f"there is no product {sku}"
    if not product.active:
        return "not_sold", f"{sku} is no longer sold"
    if product.has_options:
        return "options_not_chosen", f"{sku} has options: one of its variants must be chosen instead"
    return None


def faults_of_shipping(checkout: Checkout, catalog: Catalog, tariff: Tariff) -> Iterator[Obstacle]:
    """Give what is wrong with where the items go and how: each address that is shipped to needs a method (AD4, AD6)."""
    plain = replace(
        checkout,
        discount=0,
        forms=[replace(form, discount=0) for form in checkout.forms],
        lines=[replace(line, discount=0) for line in checkout.lines],
    )
    for refusal in incomplete(checkout, price(plain, catalog).lines):
        if refusal.reason != "no_shipping_method":  # named below, destination by destination
            yield _without_items(refusal) if refusal.reason == "address_without_items" else of_refusal(refusal)
    shipped_to = destinations_shipped_to(checkout, catalog)
    for destination in checkout.destinations:
        if destination.key not in shipped_to:
            continue
        where = f"PUT {_DESTINATIONS}/{destination.key}" if destination.key else "PATCH /v1/orders/{number}/draft"
        names = {"destination": destination.key or None}
        method = destination.shipping_method
        if method is None:
            reason = "an address that is shipped to needs a shipping method"
            yield Obstacle("no_shipping_method", reason, f"{where} with shipping_method", names)
        elif method not in tariff.methods:
            reason = f"there is no shipping method {method} in this market"
            yield Obstacle("unknown_shipping_method", reason, f"{where} with a shipping_method there is", names)


def _without_items(refusal: Invalid) -> Obstacle:
    """Name the address that gets nothing. It has a key: the customer's own is left out by itself where nothing goes there."""
    key = refusal.members["destination"]
    call = f"DELETE {_DESTINATIONS}/{key}, or let a line go there"
    return Obstacle(refusal.reason, refusal.detail, call, {"destination": key})
