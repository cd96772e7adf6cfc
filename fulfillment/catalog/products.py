"""Products: added in sets, found by SKU. Prices are minor units."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.catalog.models import WhenShort
from fulfillment.kernel.errors import Conflict, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product as it is added. `price` is a proposal for orders, and needs its `currency`."""

    sku: str
    name: str
    description: str = ""
    price: int | None = None
    currency: str | None = None
    needs_shipping: bool = True
    when_short: WhenShort = WhenShort.BACKORDER


_COLUMNS = "id, sku, name, description, price, currency, needs_shipping, when_short"
_ADD = text("""
INSERT INTO product (sku, name, description, price, currency, needs_shipping, when_short, created_at)
SELECT v.sku, v.name, v.description, v.price, v.currency, v.needs_shipping, v.when_short, CAST(:at AS timestamptz)
  FROM jsonb_populate_recordset(NULL::product, CAST(:rows AS jsonb)) AS v ORDER BY v.sku
ON CONFLICT (sku) DO NOTHING RETURNING sku
""")
_BY_SKU = text(f"SELECT {_COLUMNS} FROM product WHERE sku = ANY (CAST(:skus AS text[])) ORDER BY sku")  # noqa: S608 - our own names only
_PAGE = text(f"SELECT {_COLUMNS} FROM product WHERE sku > :after ORDER BY sku LIMIT :limit")  # noqa: S608 - our own names only


def add_products(session: Session, products: Sequence[NewProduct], *, at: datetime) -> list[str]:
    """
    Add products, all or none; give the SKUs that are new. One that is there with the same content is left alone.

    Raises Invalid where a SKU comes twice or a price has no currency, Conflict where a SKU is there with other content.
    """
    wanted = {product.sku: product for product in products}
    if len(wanted) < len(products):
        raise Invalid("a SKU is named twice", code="duplicate_sku")
    if half := sorted(each.sku for each in products if (each.price is None) != (each.currency is None)):
        raise Invalid(f"a price needs its currency: {', '.join(half[:10])}", code="price_without_currency")
    rows = json.dumps([asdict(product) for product in products])
    added = set(session.execute(_ADD, {"rows": rows, "at": at}).scalars())
    there = find_products(session, wanted.keys() - added)
    if other := sorted(sku for sku, row in there.items() if _content(row) != wanted[sku]):
        raise Conflict(
            f"there with other content: {', '.join(other[:10])}",
            code="product_differs",
            remedy="leave them out, or give the new product a SKU of its own",
            members={"skus": other},
        )
    return sorted(added)


def find_products(session: Session, skus: Iterable[str]) -> dict[str, RowMapping]:
    """Give the products that exist, by SKU."""
    return {row["sku"]: row for row in session.execute(_BY_SKU, {"skus": sorted(set(skus))}).mappings()}


def product_ids(session: Session, skus: Iterable[str]) -> dict[str, int]:
    """Give the ids of products by SKU. Raises Invalid naming those that do not exist."""
    wanted = set(skus)
    found: dict[str, int] = {sku: row["id"] for sku, row in find_products(session, wanted).items()}
    if missing := sorted(wanted - found.keys()):
        raise Invalid(f"no product {', '.join(missing[:10])}", code="unknown_sku", members={"skus": missing})
    return found


def find_product(session: Session, sku: str) -> RowMapping:
    """Give one product. Raises NotFound."""
    try:
        return find_products(session, [sku])[sku]
    except KeyError:
        raise NotFound(f"no product {sku}") from None


def list_products(session: Session, *, after: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """List products by SKU; `after` is the last one seen."""
    return session.execute(_PAGE, {"after": after, "limit": limit}).mappings().all()


def _content(row: RowMapping) -> NewProduct:
    return NewProduct(
        sku=row["sku"],
        name=row["name"],
        description=row["description"],
        price=row["price"],
        currency=row["currency"],
        needs_shipping=row["needs_shipping"],
        when_short=WhenShort(row["when_short"]),
    )
