"""Amounts are sent in the currency of their market, and in no other."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from flask import current_app

from fulfillment.catalog.markets import currency_of
from fulfillment.kernel.errors import Invalid
from fulfillment.wiring import Services
from web.schemas.base import Money


def one_currency(services: Services, market: str, named: AbstractSet[str]) -> None:
    """Raise Invalid where an amount is named in another currency than the market's. (That there is such a market is seen later.)"""
    if not named:
        return
    expected = _currency(services, market)
    if expected is not None and (other := sorted(named - {expected})):
        raise Invalid(
            f"market {market} sells in {expected}, not in {', '.join(other)}",
            code="currency_mismatch",
            remedy=f"send every amount in {expected}",
            members={"currency": expected},
        )


def in_currency(sent: Money | None, currency: str) -> int | None:
    """Give the minor units of an amount that was sent for an order, if any. Raises Invalid where it is in another currency."""
    if sent is None:
        return None
    if sent.currency != currency:
        raise Invalid(
            f"the order is in {currency}, the amount in {sent.currency}",
            code="currency_mismatch",
            remedy=f"send the amount in {currency}",
            members={"currency": currency},
        )
    return sent.amount


def _currency(services: Services, market: str) -> str | None:
    """Give the currency of a market; it never changes, so each process asks for it once."""
    known: dict[str, str] = current_app.extensions.setdefault("fulfillment.currencies", {})
    if market not in known:
        with services.autocommit() as session:
            found = currency_of(session, market)
        if found is None:
            return None
        known[market] = found
    return known[market]
