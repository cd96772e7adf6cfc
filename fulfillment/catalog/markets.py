"""Markets: where orders are taken, in which currency, and how they are treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class NewMarket:
    """
    A market as it is added.

    Orders that nobody pays are canceled after `unpaid_after_seconds`; carts that nobody touches are forgotten after
    `carts_kept_seconds`, wish lists never.
    """

    code: str
    name: str
    currency: str
    releases_automatically: bool = False
    unpaid_after_seconds: int = 86_400
    carts_kept_seconds: int = 7_776_000


_ADD = text("""
INSERT INTO market (code, name, currency, releases_automatically, unpaid_after_seconds, carts_kept_seconds)
VALUES (:code, :name, :currency, :releases_automatically, :unpaid_after_seconds, :carts_kept_seconds)
ON CONFLICT (code) DO NOTHING RETURNING id
""")
_ONE = text("""
SELECT code, name, currency, releases_automatically, unpaid_after_seconds, carts_kept_seconds FROM market WHERE code = :code
""")
_ALL = text("""
SELECT code, name, currency, releases_automatically, unpaid_after_seconds, carts_kept_seconds FROM market
 WHERE code > :after ORDER BY code LIMIT :limit
""")


def add_market(session: Session, market: NewMarket) -> bool:
    """
    Add a market; give False where it is there already, just like this.

    Raises Conflict where its code is taken by a market that differs.
    """
    if session.execute(_ADD, asdict(market)).one_or_none() is not None:
        return True
    if dict(session.execute(_ONE, {"code": market.code}).mappings().one()) != asdict(market):
        raise Conflict(
            f"market {market.code} is there, and differs", code="market_differs", remedy="choose another code"
        )
    return False


def currency_of(session: Session, code: str) -> str | None:
    """Give the currency of a market, or None where there is no such market."""
    row = session.execute(_ONE, {"code": code}).one_or_none()
    return None if row is None else str(row.currency)


def list_markets(session: Session, *, after: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """List markets by code; `after` is the last one seen."""
    return session.execute(_ALL, {"after": after, "limit": limit}).mappings().all()
