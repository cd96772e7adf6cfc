"""Carts as they are shown. Reads only; amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.carts.preview import Preview, preview
from fulfillment.checkout.checkout import Checkout, CheckoutLine
from fulfillment.checkout.document import from_document
from fulfillment.checkout.price import look_up
from fulfillment.checkout.promote import read_offers
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.terms import SearchTerm

_HEAD: Final = """
SELECT c.id, c.kind, c.storefront_id, c.customer_id, c.customer_name, c.customer_email, c.document, c.prices, c.version,
       c.created_at, c.created_by, c.updated_at, c.updated_by, c.converted_at, o.number AS order_number, m.code AS market
  FROM cart c JOIN market m ON m.id = c.market_id LEFT JOIN purchase_order o ON o.id = c.order_id
"""
_ONE = text(f"{_HEAD} WHERE c.id = :id")


@dataclass(frozen=True, slots=True)
class CartFilter:
    """What a list of carts is narrowed to; None leaves a column open. `storefront_id` sees nobody else's (RO1)."""

    kind: str | None = None
    markets: Sequence[str] = ()
    customer_id: int | None = None
    customer_name: SearchTerm | None = None
    customer_email: str | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    converted: bool | None = None
    storefront_id: int | None = None


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart, its content, and what that costs now."""

    head: RowMapping
    content: Checkout
    preview: Preview


def read_cart(session: Session, cart_id: int, *, storefront_id: int | None, at: datetime) -> CartView:
    """Give one cart, priced as of `at`. Raises NotFound, also for the cart of another storefront: it must not be guessed."""
    row = session.execute(_ONE, {"id": cart_id}).mappings().one_or_none()
    if row is None or (storefront_id is not None and row["storefront_id"] != storefront_id):
        raise NotFound(f"no cart {cart_id}", remedy="find it in GET /v1/carts, or begin one with POST /v1/carts")
    return _viewed(session, [row], at)[0]


def list_carts(
    session: Session, wanted: CartFilter, *, at: datetime, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[CartView]:
    """
    List carts, the latest touched first; `before` is when the last one seen was touched, and its id.

    A name matches in part and `%` stands for any characters, an e-mail address matches as a whole (FI2, FI3).
    """
    conditions, parameters = _conditions(wanted)
    if before is not None:
        conditions.append("(c.updated_at, c.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS bigint))")
        parameters["before_at"], parameters["before_id"] = before
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = text(f"{_HEAD}{where} ORDER BY c.updated_at DESC, c.id DESC LIMIT :limit")
    return _viewed(session, session.execute(statement, {**parameters, "limit": limit}).mappings().all(), at)


def _viewed(session: Session, rows: Iterable[RowMapping], at: datetime) -> list[CartView]:
    """Price all of them with one look at the catalog of each market."""
    found = [(row, from_document(row["document"])) for row in rows]
    lines: dict[str, list[CheckoutLine]] = {}
    for row, content in found:
        lines.setdefault(row["market"], []).extend(content.lines)
    catalogs = {market: look_up(session, Checkout(market, named)) for market, named in lines.items()}
    views = []
    for row, content in found:
        offers = read_offers(session, content, catalogs[row["market"]])
        views.append(CartView(row, content, preview(content, offers, row["prices"], at=at)))
    return views


def _conditions(wanted: CartFilter) -> tuple[list[str], dict[str, Any]]:
    """Write only the conditions that are asked for: an index serves what is there, not what might have been."""
    possible: dict[str, tuple[str, Any]] = {
        "kind": ("c.kind = :kind", wanted.kind),
        "markets": ("m.code = ANY (CAST(:markets AS text[]))", list(wanted.markets) or None),
        "customer_id": ("c.customer_id = :customer_id", wanted.customer_id),
        "customer_name": (
            "c.customer_name ILIKE :customer_name",
            wanted.customer_name and wanted.customer_name.pattern,
        ),
        "email": ("lower(c.customer_email) = lower(:email)", wanted.customer_email),
        "updated_from": ("c.updated_at >= :updated_from", wanted.updated_from),
        "updated_to": ("c.updated_at < :updated_to", wanted.updated_to),
        "converted": ("(c.order_id IS NOT NULL) = :converted", wanted.converted),
        "storefront_id": ("c.storefront_id = :storefront_id", wanted.storefront_id),
    }
    asked = {name: each for name, each in possible.items() if each[1] is not None}
    return [condition for condition, _ in asked.values()], {name: value for name, (_, value) in asked.items()}
