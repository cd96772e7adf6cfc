"""Shipping methods: how fast something goes, and what that costs in each market (AD4). Prices are minor units."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class MethodPrice:
    """What a method costs in a market; nothing where the goods come to `free_from` or more."""

    market: str
    price: int
    currency: str
    free_from: int | None = None


@dataclass(frozen=True, slots=True)
class NewShippingMethod:
    """A method as it is written down. It is offered in the markets it has a price for, while it is `active`."""

    code: str
    name: str
    prices: Sequence[MethodPrice]
    active: bool = True


@dataclass(frozen=True, slots=True)
class OfferedMethod:
    """A method that may be chosen in a market."""

    code: str
    name: str
    price: int
    free_from: int | None

    def price_for(self, goods: int) -> int:
        """Give what it costs to ship goods of this amount (minor units, after discounts)."""
        return 0 if self.free_from is not None and goods >= self.free_from else self.price


_ADD = text("""
INSERT INTO shipping_method (code, name, active) VALUES (:code, :name, :active) ON CONFLICT (code) DO NOTHING RETURNING id
""")
_LOCK = text("SELECT id FROM shipping_method WHERE code = :code FOR UPDATE")
_SET = text("UPDATE shipping_method SET name = :name, active = :active WHERE id = :id")
_CLEAR = text("DELETE FROM shipping_price WHERE shipping_method_id = :id")
_PRICE = text("""
INSERT INTO shipping_price (shipping_method_id, market_id, price, free_from)
SELECT :id, m.id, v.price, v.free_from
  FROM jsonb_to_recordset(CAST(:prices AS jsonb)) AS v (market text, currency text, price bigint, free_from bigint)
  JOIN market m ON m.code = v.market AND m.currency = v.currency
RETURNING market_id
""")
_PAGE = text("""
SELECT s.code, s.name, s.active,
       coalesce(jsonb_agg(jsonb_build_object('market', m.code, 'price', p.price, 'currency', m.currency,
                                             'free_from', p.free_from) ORDER BY m.code)
                FILTER (WHERE m.id IS NOT NULL), '[]') AS prices
  FROM shipping_method s LEFT JOIN shipping_price p ON p.shipping_method_id = s.id LEFT JOIN market m ON m.id = p.market_id
 WHERE s.code > :after AND (CAST(:code AS text) IS NULL OR s.code = :code)
 GROUP BY s.id HAVING CAST(:market AS text) IS NULL OR (s.active AND bool_or(m.code = :market))
 ORDER BY s.code LIMIT :limit
""")
_OFFERED = text("""
SELECT s.code, s.name, p.price, p.free_from
  FROM shipping_price p JOIN shipping_method s ON s.id = p.shipping_method_id AND s.active
 WHERE p.market_id = :market_id ORDER BY s.code
""")


def add_method(session: Session, method: NewShippingMethod) -> bool:
    """
    Add a shipping method; give False where it is there already, just like this.

    Raises Conflict where its code is taken by one that differs, Invalid where a market is named that does not exist, twice,
    or in another currency.
    """
    method_id = session.execute(_ADD, {"code": method.code, "name": method.name, "active": method.active}).scalar()
    if method_id is not None:
        _set_prices(session, method_id, method.prices)
        return True
    if _content(read_method(session, method.code)) != _sorted(method):
        raise Conflict(
            f"shipping method {method.code} is there, and differs",
            code="shipping_method_differs",
            remedy=f"choose another code, or replace it: PUT /v1/shipping-methods/{method.code}",
        )
    return False


def replace_method(session: Session, method: NewShippingMethod) -> None:
    """Write a method anew, with all its prices. Orders keep what they were placed with. Raises NotFound, and Invalid as above."""
    method_id = session.execute(_LOCK, {"code": method.code}).scalar()
    if method_id is None:
        raise NotFound(f"no shipping method {method.code}", remedy="add it: POST /v1/shipping-methods")
    session.execute(_SET, {"id": method_id, "name": method.name, "active": method.active})
    session.execute(_CLEAR, {"id": method_id})
    _set_prices(session, method_id, method.prices)


def offered_methods(session: Session, market_id: int) -> dict[str, OfferedMethod]:
    """Give the methods that may be chosen in a market, by code."""
    return {row.code: OfferedMethod(*row) for row in session.execute(_OFFERED, {"market_id": market_id})}


def find_method(session: Session, market_id: int, code: str) -> OfferedMethod:
    """
    Give the method that back-office entry chose (AD4); storefronts may name any, and are trusted.

    Raises Invalid, with those that are offered in the market, where this one is not.
    """
    offered = offered_methods(session, market_id)
    if code not in offered:
        raise Invalid(
            f"no shipping method {code} is offered in this market",
            code="unknown_shipping_method",
            guard="shipping_method_offered",
            remedy=f"choose one of: {', '.join(offered)}" if offered else "add one: POST /v1/shipping-methods",
            members={"shipping_methods": list(offered)},
        )
    return offered[code]


def read_method(session: Session, code: str) -> RowMapping:
    """Give a method with its prices by market. Raises NotFound."""
    found = session.execute(_PAGE, {"code": code, "after": "", "market": None, "limit": 1}).mappings().one_or_none()
    if found is None:
        raise NotFound(f"no shipping method {code}")
    return found


def list_methods(
    session: Session, *, market: str | None = None, after: str = "", limit: int = 50
) -> Sequence[RowMapping]:
    """List methods by code, with their prices; of a `market` only those that may be chosen there."""
    asked = {"code": None, "after": after, "market": market, "limit": limit}
    return session.execute(_PAGE, asked).mappings().all()


def _set_prices(session: Session, method_id: int, prices: Sequence[MethodPrice]) -> None:
    if len({each.market for each in prices}) < len(prices):
        raise Invalid("a market is named twice", code="duplicate_market")
    rows = json.dumps([asdict(each) for each in prices])
    if len(session.execute(_PRICE, {"id": method_id, "prices": rows}).all()) < len(prices):
        raise Invalid(
            "a price is of a market that is not there, or not in the currency of its market",
            code="unknown_market_or_currency",
            remedy="look at the markets and their currencies: GET /v1/markets",
            members={"markets": [each.market for each in prices]},
        )


def _content(row: RowMapping) -> NewShippingMethod:
    prices = [MethodPrice(**each) for each in row["prices"]]
    return _sorted(NewShippingMethod(row["code"], row["name"], prices, row["active"]))


def _sorted(method: NewShippingMethod) -> NewShippingMethod:
    by_market = sorted(method.prices, key=lambda each: each.market)
    return NewShippingMethod(method.code, method.name, by_market, method.active)
