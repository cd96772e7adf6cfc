"""Promote: what the codes of a checkout give to it: items that come with them, discounts, free shipping (LI4, LI5, LI6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fulfillment.checkout.checkout import Checkout, CheckoutLine, LinePart
from fulfillment.checkout.price import Catalog, look_up, price_of
from fulfillment.db.session import Executor
from fulfillment.kernel.errors import Invalid
from fulfillment.kernel.immutable import immutable
from fulfillment.promotions.evaluate import Evaluation, TiedLine, evaluate
from fulfillment.promotions.offer import Occasion, Offer, OfferedLine
from fulfillment.promotions.read import read_promotions
from fulfillment.promotions.refuse import RefusedCode


@immutable
class Offers:
    """The promotions behind the codes of a checkout, and the catalog with the items they bring."""

    by_code: Mapping[str, Offer]
    catalog: Catalog


@immutable
class Promoted:
    """A checkout with what its codes give, and the codes that do not count."""

    checkout: Checkout
    refused: Sequence[RefusedCode] = ()


def read_offers(executor: Executor, checkout: Checkout, catalog: Catalog, *, order_id: int | None = None) -> Offers:
    """Look up the promotions of a checkout and the items they bring. `order_id` is the draft's that asks, if one does."""
    if not checkout.codes:
        return Offers({}, catalog)
    offers = read_promotions(
        executor, checkout.codes, checkout.market, customer_email=checkout.customer_email, order_id=order_id
    )
    tied = {item.sku for offer in offers.values() for item in offer.items} - catalog.products.keys()
    if tied:
        found = look_up(executor, Checkout(checkout.market, [CheckoutLine(sku, 1) for sku in sorted(tied)]))
        catalog = replace(catalog, products={**catalog.products, **found.products})
    return Offers(offers, catalog)


def promote(checkout: Checkout, offers: Offers, *, at: datetime) -> Promoted:
    """
    Give what the codes give. Pure; every line needs a price.

    Tied items are never part of what was entered: they come with the code and go with it (LI5). They go where the first item
    goes. What comes back says its `promotions`, so that nothing is given twice.
    """
    if not checkout.codes or checkout.promotions is not None:
        return Promoted(checkout)
    lines = [
        OfferedLine(place, line.sku, line.quantity, price_of(line, offers.catalog), line.discount)
        for place, line in enumerate(checkout.lines)
    ]
    occasion = Occasion(checkout.market, offers.catalog.currency, at, checkout.customer_email)
    given = evaluate(offers.by_code, checkout.codes, lines, occasion, shipping=checkout.shipping)
    return Promoted(_with(checkout, given), given.refused)


def promoted_or_refused(checkout: Checkout, offers: Offers, *, at: datetime) -> Checkout:
    """Give what the codes give. Raises Invalid `code_refused` where one does not count, naming all that do not."""
    promoted = promote(checkout, offers, at=at)
    if refused := promoted.refused:
        raise Invalid(
            refused[0].reason,
            code="code_refused",
            guard=refused[0].guard,
            remedy="leave the code out",
            members={"codes": [{"code": each.code, "guard": each.guard, "reason": each.reason} for each in refused]},
        )
    return promoted.checkout


def _with(checkout: Checkout, given: Evaluation) -> Checkout:
    lines = [
        replace(line, discount=line.discount + given.discounts[place]) for place, line in enumerate(checkout.lines)
    ]
    last = max((line.position or place for place, line in enumerate(checkout.lines, start=1)), default=0)
    positions = range(max(last, checkout.last_position) + 1, max(last, checkout.last_position) + 1 + len(given.added))
    lines += [_tied(checkout, tied, position) for tied, position in zip(given.added, positions, strict=True)]
    destinations = checkout.destinations
    if given.free_shipping:
        destinations = [replace(each, shipping=0) for each in destinations]
    return replace(checkout, lines=lines, destinations=destinations, promotions=given.applied)


def _tied(checkout: Checkout, tied: TiedLine, position: int) -> CheckoutLine:
    first = checkout.lines[0]
    return CheckoutLine(
        tied.sku,
        tied.quantity,
        price=tied.price,
        discount=tied.discount,
        form=first.form,
        parts=[LinePart(tied.quantity, first.all_parts[0].destination)],
        position=position,
        promotion=tied.promotion,
    )
