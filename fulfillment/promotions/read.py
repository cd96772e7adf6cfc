"""Promotions as orders and people read them. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.db.driver import fetch
from fulfillment.db.session import Executor
from fulfillment.kernel.errors import NotFound
from fulfillment.promotions.offer import Kind, Offer, Reduction, TiedItem

_SHOWN: Final = """
SELECT code, name, kind, percent, amount, currency, items, minimum_amount, markets, active, starts_at, ends_at, use_limit,
       use_limit_per_customer, uses, created_at, created_by FROM promotion
"""
_PAGE = text(f"{_SHOWN} WHERE lower(code) > :after ORDER BY lower(code) LIMIT :limit")
_ONE = text(f"{_SHOWN} WHERE lower(code) = lower(:code)")

# The order that asks may use the promotion already: that is no further use.
_OFFERS: Final = """
SELECT p.id, p.code, p.kind, p.percent, p.amount, p.currency, p.items, p.minimum_amount, p.markets, p.active, p.starts_at,
       p.ends_at, p.use_limit, p.use_limit_per_customer,
       p.uses - (SELECT count(*) FROM promotion_use u WHERE u.promotion_id = p.id AND u.order_id = %(order_id)s
                    AND u.given_back_at IS NULL) AS uses,
       (SELECT count(*) FROM promotion_use u WHERE u.promotion_id = p.id AND u.given_back_at IS NULL
           AND lower(u.customer_email) = lower(%(email)s::text) AND u.order_id IS DISTINCT FROM %(order_id)s)
         AS uses_by_customer
  FROM promotion p WHERE lower(p.code) = ANY (CAST(%(codes)s AS text[]))
"""
_PRICES: Final = """
SELECT p.sku, p.name, CASE WHEN p.currency = m.currency THEN p.price END AS price
  FROM product p JOIN market m ON m.code = %(market)s WHERE p.sku = ANY (CAST(%(skus)s AS text[]))
"""


def read_promotions(
    executor: Executor,
    codes: Iterable[str],
    market: str,
    *,
    customer_email: str | None = None,
    order_id: int | None = None,
) -> dict[str, Offer]:
    """
    Give the promotions with these codes, by code in lower case, for `evaluate`; codes that nobody made are left out.

    Items come with the catalog's price in the market's currency. `order_id` is the order that asks, if there is one: its
    own use does not count against it. Limits are checked again, under lock, when the use is recorded.
    """
    keys = sorted({code.strip().casefold() for code in codes})
    if not keys:
        return {}
    rows = fetch(executor, _OFFERS, {"codes": keys, "email": customer_email, "order_id": order_id})
    skus = sorted({item["sku"] for row in rows for item in row.items})
    prices = {row.sku: row for row in fetch(executor, _PRICES, {"market": market, "skus": skus})} if skus else {}
    return {row.code.casefold(): _offer(row, prices) for row in rows}


def list_promotions(session: Session, *, after: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """List promotions by code in lower case; `after` is the last one seen."""
    return session.execute(_PAGE, {"after": after, "limit": limit}).mappings().all()


def find_promotion(session: Session, code: str) -> RowMapping:
    """Give one promotion; case makes no difference. Raises NotFound."""
    row = session.execute(_ONE, {"code": code}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no promotion {code}")
    return row


def _offer(row: Any, prices: Mapping[str, Any]) -> Offer:
    return Offer(
        id=row.id,
        code=row.code,
        kind=Kind(row.kind),
        reduction=Reduction(row.percent, row.amount),
        items=[_item(item, prices.get(item["sku"])) for item in row.items],
        currency=row.currency,
        minimum_amount=row.minimum_amount,
        markets=row.markets,
        active=row.active,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        use_limit=row.use_limit,
        use_limit_per_customer=row.use_limit_per_customer,
        uses=row.uses,
        uses_by_customer=row.uses_by_customer,
    )


def _item(item: Mapping[str, Any], product: Any) -> TiedItem:
    return TiedItem(
        item["sku"],
        item["quantity"],
        Reduction(item["percent"], item["amount"]),
        name=item["sku"] if product is None else product.name,
        price=None if product is None else product.price,
    )
