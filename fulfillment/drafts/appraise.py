"""Appraise: what a draft costs as it stands, and what still stands in the way of placing it (LI7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.checkout.back_office import Tariff, destinations_shipped_to, priced_by_tariff, taxed
from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.price import Catalog, Priced, look_up, price
from fulfillment.checkout.promote import Offers, promote, read_offers
from fulfillment.checkout.revise import settled
from fulfillment.drafts.obstacles import Obstacle, faults_of_lines, faults_of_shipping, of_code, of_refusal, too_large
from fulfillment.drafts.tariff import read_tariff
from fulfillment.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a draft comes to. `checkout` is what would be placed; `priced` is None while a line or a discount has no sense."""

    checkout: Checkout
    catalog: Catalog
    priced: Priced | None
    obstacles: Sequence[Obstacle]

    @property
    def needs_shipping(self) -> bool:
        """Whether anything goes to a carrier; if not there is no shipping step (AD6)."""
        return bool(destinations_shipped_to(self.checkout, self.catalog))

    @property
    def pieces_to_ship(self) -> int:
        """How many pieces go to a carrier: two at least may go to several addresses (AD3)."""
        products = self.catalog.products
        return sum(
            line.quantity
            for line in self.checkout.lines
            if not line.manual and line.sku in products and products[line.sku].needs_shipping
        )


def appraise(session: Session, checkout: Checkout, *, at: datetime, order_id: int | None = None) -> Appraisal:
    """
    Work out what a draft comes to with the catalog of now, and with the codes that count at `at`.

    `order_id` is the draft's, where it has one. Raises Invalid for a market that does not exist.
    """
    offers = read_offers(session, checkout, look_up(session, checkout), order_id=order_id)
    return appraised(checkout, offers, read_tariff(session, offers.catalog.market_id), at=at)


def appraised(checkout: Checkout, offers: Offers, tariff: Tariff, *, at: datetime) -> Appraisal:
    """Work out what a draft comes to. Pure. Shipping is worked out first: a code may take it off again."""
    catalog = offers.catalog
    checkout = to_be_placed(checkout, catalog)
    if not checkout.lines:
        nothing = Obstacle("no_lines", "an order needs at least one line", "POST /v1/orders/{number}/lines")
        return Appraisal(checkout, catalog, None, [nothing])
    faults = faults_of_lines(checkout.lines, catalog)
    sound = [line for place, line in enumerate(checkout.lines, start=1) if (line.position or place) not in faults]
    obstacles = list(faults.values())
    if sound:
        obstacles += faults_of_shipping(replace(checkout, lines=sound), catalog, tariff)
    if faults:
        return Appraisal(checkout, catalog, None, obstacles)
    try:
        promoted = promote(priced_by_tariff(checkout, catalog, tariff), offers, at=at)
        obstacles += map(of_code, promoted.refused)
        checkout = taxed(promoted.checkout, catalog, tariff)
        priced = price(checkout, catalog)
        return Appraisal(checkout, catalog, priced, [*obstacles, *too_large(priced.total)])
    except Invalid as refusal:
        return Appraisal(checkout, catalog, None, [*obstacles, of_refusal(refusal)])


def to_be_placed(checkout: Checkout, catalog: Catalog) -> Checkout:
    """
    Give what of a draft would be placed: without the form and the address that have no key, where others are used instead.

    The address without a key is the contact's own, proposed from the beginning (AD2): nobody asked for it.
    """
    checkout = settled(checkout)
    shipped_to = destinations_shipped_to(checkout, catalog)
    if not shipped_to or "" in shipped_to:
        return checkout
    return replace(checkout, destinations=[each for each in checkout.destinations if each.key])
