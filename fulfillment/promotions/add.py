"""Promotions are added and changed by administrators (LI4, LI6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.promotions.offer import Kind


@dataclass(frozen=True, slots=True)
class NewItem:
    """Pieces that an item promotion brings, and what is taken off them together: percent in basis points, or amount."""

    sku: str
    quantity: int
    percent: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """A promotion as it is added. Amounts are minor units of `currency`, `percent` basis points."""

    code: str
    name: str
    kind: Kind
    percent: int | None = None
    amount: int | None = None
    currency: str | None = None
    items: Sequence[NewItem] = ()
    minimum_amount: int = 0
    markets: Sequence[str] = ()
    active: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    use_limit: int | None = None
    use_limit_per_customer: int | None = None


_COLUMNS = (
    "name, kind, percent, amount, currency, items, minimum_amount, markets, active, starts_at, ends_at, use_limit,"
    " use_limit_per_customer"
)
_ADD = text(
    f"INSERT INTO promotion (code, {_COLUMNS}, created_at, created_by)"  # noqa: S608 - our own names only
    f" SELECT code, {_COLUMNS}, :at, :by FROM jsonb_populate_record(NULL::promotion, CAST(:row AS jsonb))"
    " ON CONFLICT (lower(code)) DO NOTHING RETURNING id"
)
_LOCK = text(f"SELECT id, code, uses, {_COLUMNS} FROM promotion WHERE lower(code) = lower(:code) FOR NO KEY UPDATE")  # noqa: S608 - our own names only
_CHANGE = text(
    f"UPDATE promotion SET ({_COLUMNS}) = (SELECT {_COLUMNS}"  # noqa: S608 - our own names only
    " FROM jsonb_populate_record(NULL::promotion, CAST(:row AS jsonb))) WHERE id = :id"
)
_MARKETS = text("SELECT code FROM market WHERE code = ANY (CAST(:codes AS text[]))")
_PRODUCTS = text("SELECT sku FROM product WHERE sku = ANY (CAST(:skus AS text[]))")
_MOST_BY_ONE = text("""
SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM promotion_use
                                  WHERE promotion_id = :id AND given_back_at IS NULL AND customer_email IS NOT NULL
                                  GROUP BY lower(customer_email)) AS by_customer
""")


def add_promotion(session: Session, promotion: NewPromotion, *, by: str, at: datetime) -> None:
    """Add a promotion. Raises Invalid where it makes no sense, Conflict where its code is taken, in any case of letters."""
    _refuse_nonsense(session, promotion)
    if session.execute(_ADD, {"row": _row(promotion), "at": at, "by": by}).one_or_none() is None:
        raise Conflict(f"there is a promotion {promotion.code}", code="code_taken", remedy="choose another code")


def change_promotion(session: Session, code: str, wanted: Mapping[str, Any]) -> None:
    """
    Change what is named in `wanted`, by the names of NewPromotion; code and kind stay. Orders that used it keep theirs.

    Raises NotFound, Invalid, or Conflict where it was used more often than a limit would allow.
    """
    found = session.execute(_LOCK, {"code": code}).mappings().one_or_none()
    if found is None:
        raise NotFound(f"no promotion {code}")
    there = {name: value for name, value in found.items() if name not in ("id", "uses")}
    there |= {"kind": Kind(found["kind"]), "items": [NewItem(**item) for item in found["items"]]}
    promotion = NewPromotion(**{**there, **wanted})
    _refuse_nonsense(session, promotion)
    most = session.execute(_MOST_BY_ONE, {"id": found["id"]}).scalar_one()
    for used, limit in ((found["uses"], promotion.use_limit), (most, promotion.use_limit_per_customer)):
        if limit is not None and used > limit:
            raise Conflict(
                f"{promotion.code} was used {used} times already",
                code="used_more_often",
                guard="used_more_often",
                remedy="choose a higher limit, or end it: active false",
            )
    session.execute(_CHANGE, {"row": _row(promotion), "id": found["id"]})


def _row(promotion: NewPromotion) -> str:
    return orjson.dumps(asdict(promotion)).decode()


def _refuse_nonsense(session: Session, promotion: NewPromotion) -> None:
    fault = next(_faults(promotion), None)
    if fault is not None:
        raise Invalid(f"{promotion.code}: {fault}", code="promotion_makes_no_sense")
    markets = set(session.execute(_MARKETS, {"codes": list(promotion.markets)}).scalars())
    if missing := sorted(set(promotion.markets) - markets):
        raise Invalid(f"no market {missing[0]}", code="unknown_market", members={"markets": missing})
    skus = {item.sku for item in promotion.items}
    if missing := sorted(skus - set(session.execute(_PRODUCTS, {"skus": sorted(skus)}).scalars())):
        raise Invalid(f"no product {missing[0]}", code="unknown_sku", members={"skus": missing})


def _faults(promotion: NewPromotion) -> Iterator[str]:
    values = [value for value in (promotion.percent, promotion.amount) if value is not None]
    if len(values) != (1 if promotion.kind == Kind.ORDER_DISCOUNT else 0):
        yield "an order discount, and nothing else, has either a percent or an amount"
    if bool(promotion.items) != (promotion.kind == Kind.ITEM):
        yield "an item promotion, and nothing else, has items"
    if any((item.percent is None) == (item.amount is None) for item in promotion.items):
        yield "an item has either a percent or an amount"
    amounts = [promotion.amount, promotion.minimum_amount or None, *(item.amount for item in promotion.items)]
    if promotion.currency is None and any(amount is not None for amount in amounts):
        yield "amounts need a currency"
    if promotion.starts_at is not None and promotion.ends_at is not None and promotion.starts_at >= promotion.ends_at:
        yield "it ends before it starts"
