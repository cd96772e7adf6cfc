"""Why a code does not count. Each reason is named, and says what the customer may be told (LI6, OL16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fulfillment.kernel.money import printed
from fulfillment.promotions.offer import Occasion, Offer


@dataclass(frozen=True, slots=True)
class RefusedCode:
    """A code that does not count: `guard` is stable, `reason` for people."""

    code: str
    guard: str
    reason: str


Guard = Callable[[Offer, Occasion, int], tuple[str, str] | None]


def refusal(code: str, offer: Offer | None, occasion: Occasion, goods: int) -> RefusedCode | None:
    """Say why a code does not count, or None where it does. `goods` is what the order's own lines cost."""
    if offer is None:
        return RefusedCode(code, "unknown_code", f"there is no promotion {code}")
    for guard in _GUARDS:
        if (found := guard(offer, occasion, goods)) is not None:
            return RefusedCode(offer.code, *found)
    return None


def _inactive(offer: Offer, _: Occasion, __: int) -> tuple[str, str] | None:
    return None if offer.active else ("inactive", f"{offer.code} does not count at present")


def _not_yet(offer: Offer, occasion: Occasion, _: int) -> tuple[str, str] | None:
    if offer.starts_at is None or occasion.at >= offer.starts_at:
        return None
    return "not_yet", f"{offer.code} counts from {offer.starts_at:%Y-%m-%d %H:%M} UTC on"


def _expired(offer: Offer, occasion: Occasion, _: int) -> tuple[str, str] | None:
    if offer.ends_at is None or occasion.at < offer.ends_at:
        return None
    return "expired", f"{offer.code} expired at {offer.ends_at:%Y-%m-%d %H:%M} UTC"


def _other_market(offer: Offer, occasion: Occasion, _: int) -> tuple[str, str] | None:
    if not offer.markets or occasion.market in offer.markets:
        return None
    return "other_market", f"{offer.code} does not count in market {occasion.market}"


def _other_currency(offer: Offer, occasion: Occasion, _: int) -> tuple[str, str] | None:
    if offer.currency in (None, occasion.currency):
        return None
    return "other_currency", f"{offer.code} is in {offer.currency}, the order in {occasion.currency}"


def _used_up(offer: Offer, _: Occasion, __: int) -> tuple[str, str] | None:
    if offer.use_limit is None or offer.uses < offer.use_limit:
        return None
    return "used_up", f"{offer.code} was used {offer.uses} times, as often as it may be"


def _used_by_customer(offer: Offer, occasion: Occasion, _: int) -> tuple[str, str] | None:
    if offer.use_limit_per_customer is None:
        return None
    if occasion.customer_email is None:
        return "no_email", f"{offer.code} is limited per customer, and the order has no e-mail address"
    if offer.uses_by_customer < offer.use_limit_per_customer:
        return None
    return "used_by_customer", f"{offer.code} was used by this customer as often as it may be"


def _minimum(offer: Offer, occasion: Occasion, goods: int) -> tuple[str, str] | None:
    if goods >= offer.minimum_amount:
        return None
    least = printed(offer.minimum_amount, occasion.currency)
    return (
        "minimum_not_reached",
        f"{offer.code} counts from {least} on; the items cost {printed(goods, occasion.currency)}",
    )


def _item_gone(offer: Offer, _: Occasion, __: int) -> tuple[str, str] | None:
    gone = [item.sku for item in offer.items if item.price is None]
    return ("item_gone", f"{offer.code} brings {', '.join(gone)}, which is not sold here") if gone else None


_GUARDS: Final[tuple[Guard, ...]] = (
    _inactive,
    _not_yet,
    _expired,
    _other_market,
    _other_currency,
    _used_up,
    _used_by_customer,
    _minimum,
    _item_gone,
)
