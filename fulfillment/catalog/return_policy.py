"""How a market takes goods back: for how long, at which fee, and whether the shipping is paid back, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.models import ReturnShipping

_POLICY = text("""
SELECT code, return_days, return_expires_days, return_fee, return_shipping, returns_by_storefront FROM market WHERE id = :id
""")


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """
    The return policy of a market.

    Pieces come back within `days` of their delivery, or of their shipment where nobody said that they were delivered. What
    was announced is waited for as long as `expires_after`. `fee` is kept of what they cost, in basis points (1000 is 10
    percent), unless it was our fault.
    """

    market: str
    days: int
    expires_after: timedelta
    fee: int
    shipping: ReturnShipping
    by_storefront: bool


def return_policy(session: Session, market_id: int) -> ReturnPolicy:
    """Give the return policy of a market."""
    row = session.execute(_POLICY, {"id": market_id}).one()
    return ReturnPolicy(
        row.code,
        row.return_days,
        timedelta(days=row.return_expires_days),
        row.return_fee,
        ReturnShipping(row.return_shipping),
        row.returns_by_storefront,
    )
