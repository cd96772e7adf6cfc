"""What a cart would cost as an order now, and what its customer should know before it is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from fulfillment.checkout.checkout import Checkout, CheckoutLine
from fulfillment.checkout.parcel_out import incomplete
from fulfillment.checkout.price import Catalog, Priced, price, price_of
from fulfillment.checkout.promote import Offers, promote
from fulfillment.checkout.revise import settled
from fulfillment.kernel.errors import Invalid
from fulfillment.kernel.money import printed


@dataclass(frozen=True, slots=True)
class Notice:
    """
    Something to know of a cart. `blocks`: while it is so the cart is not placed, and `remedy` says what to do.

    `position` is the line's; without one it is about the whole.
    """

    code: str
    detail: str
    position: int | None = None
    remedy: str | None = None
    blocks: bool = True


_NOTHING: Final = Priced((), items=0, discount=0, shipping=0, tax=0, subtotals={})


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a cart costs now. `priced` leaves out lines that cannot be ordered; it is None where nothing can be worked out.

    `checkout` is what would be placed, with the items and discounts that its codes give.
    """

    checkout: Checkout
    priced: Priced | None
    currency: str
    notices: tuple[Notice, ...]

    @property
    def needs_shipping(self) -> bool:
        """Whether any of it needs shipping; where nothing does, no address and no method are asked for (AD6)."""
        return self.priced is not None and any(line.needs_shipping for line in self.priced.lines)


def preview(content: Checkout, offers: Offers, seen: Mapping[str, int | None], *, at: datetime) -> Preview:
    """
    Price a cart with the catalog of now, and name what is gone, has no price, costs something else or keeps it from being placed.

    `seen` is what the catalog asked for each line, by position, when it was put in: minor units.
    """
    catalog = offers.catalog
    not_orderable = dict(_not_orderable(content, catalog))
    lines = [line for line in content.lines if line.position not in not_orderable]
    notices = [*not_orderable.values(), *_other_prices(lines, catalog, seen)]
    checkout = settled(replace(content, lines=lines))
    if not lines:
        return Preview(checkout, _NOTHING, catalog.currency, tuple(notices))
    promoted = promote(checkout, offers, at=at)
    checkout = promoted.checkout
    notices.extend(Notice(each.guard, each.reason, remedy="leave the code out") for each in promoted.refused)
    try:
        priced = price(checkout, catalog)
        if not not_orderable:
            notices.extend(_notice(fault) for fault in incomplete(checkout, priced.lines))
    except Invalid as refused:
        return Preview(checkout, None, catalog.currency, (*notices, _notice(refused)))
    return Preview(checkout, priced, catalog.currency, tuple(notices))


def _not_orderable(content: Checkout, catalog: Catalog) -> Iterator[tuple[int | None, Notice]]:
    for line in content.lines:
        if not line.manual and not catalog.sells(line.sku):
            yield line.position, _not_sold(line, catalog)
            continue
        try:
            price_of(line, catalog)
        except Invalid as refused:
            yield line.position, _notice(refused, line.position)


def _not_sold(line: CheckoutLine, catalog: Catalog) -> Notice:
    product = catalog.products.get(line.sku)
    if product is None:
        return Notice("product_gone", f"there is no product {line.sku} any more", line.position, "remove the line")
    if not product.active:
        return Notice("not_sold", f"{line.sku} is no longer sold", line.position, "remove the line")
    remedy = "remove the line, and add one of its variants"
    return Notice("options_not_chosen", f"{line.sku} has options that must be chosen", line.position, remedy)


def _other_prices(lines: list[CheckoutLine], catalog: Catalog, seen: Mapping[str, int | None]) -> Iterator[Notice]:
    """A price of one's own stays; what the catalog asks is told where it differs from what was seen."""
    for line in lines:
        product = None if line.manual else catalog.products[line.sku]
        before = seen.get(str(line.position))
        if line.price is None and product is not None and before is not None and product.price not in (before, None):
            was, now = printed(before, catalog.currency), printed(product.price or 0, catalog.currency)
            yield Notice("price_changed", f"{line.sku} cost {was} and costs {now} now", line.position, blocks=False)


def _notice(refused: Invalid, position: int | None = None) -> Notice:
    return Notice(refused.reason, refused.detail, position, refused.remedy)
