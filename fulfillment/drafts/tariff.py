"""What a market charges beside its goods."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.shipping_methods import offered_methods
from fulfillment.checkout.back_office import Tariff

_TAX_RATE = text("SELECT tax_rate FROM market WHERE id = :id")


def read_tariff(session: Session, market_id: int) -> Tariff:
    """Look up the tax rate of a market and the shipping methods that may be chosen there."""
    tax_rate: int = session.execute(_TAX_RATE, {"id": market_id}).scalar_one()
    return Tariff(tax_rate, offered_methods(session, market_id))
