"""Products: added in sets, found by SKU or a part of a text (LI1). Prices are minor units."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.catalog.models import WhenShort
from fulfillment.catalog.variants import locked_parents
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.kernel.terms import read_search


@dataclass(frozen=True, slots=True)
class NewProduct:
    """
    A product as it is added. `price` is a proposal for orders, and needs its `currency`.

    Before `available_from` it is pre-ordered: its orders reach the stock check unpaid, and take no stock (SH1). One with
    `options` (values by name) is not ordered itself, but as one of its variants; a variant names its parent's SKU
    and a value per option (LI3).
    """

    sku: str
    name: str
    description: str = ""
    price: int | None = None
    currency: str | None = None
    needs_shipping: bool = True
    when_short: WhenShort = WhenShort.BACKORDER
    active: bool = True
    available_from: datetime | None = None
    options: Mapping[str, Sequence[str]] | None = None
    variant_of: str | None = None
    option_values: Mapping[str, str] | None = None


_SKUS = text("SELECT id, sku FROM product WHERE id = ANY (CAST(:ids AS bigint[]))")
# Nobody gives a barcode meanwhile: two products that are given one code at once would not see each other.
_KEEP_BARCODES = text("LOCK TABLE product_barcode IN SHARE MODE")
_BARCODES_OF_OTHERS = text("""
SELECT b.code, p.sku FROM product_barcode b JOIN product p ON p.id = b.product_id
 WHERE b.code = ANY (CAST(:skus AS text[])) AND p.sku <> b.code ORDER BY b.code
""")
_COLUMNS = """p.id, p.sku, p.name, p.description, p.price, p.currency, p.needs_shipping, p.when_short, p.active, p.available_from, p.options,
       p.option_values, parent.sku AS variant_of"""
_TABLE = "product p LEFT JOIN product parent ON parent.id = p.variant_of"
_ADD = text("""
INSERT INTO product (sku, name, description, price, currency, needs_shipping, when_short, active, available_from, options, variant_of,
                     option_values, created_at)
SELECT v.sku, v.name, v.description, v.price, v.currency, v.needs_shipping, v.when_short, v.active, v.available_from, v.options, v.variant_of,
       v.option_values, CAST(:at AS timestamptz)
  FROM jsonb_populate_recordset(NULL::product, CAST(:rows AS jsonb)) AS v ORDER BY v.sku
ON CONFLICT (sku) DO NOTHING RETURNING sku
""")
_BY_SKU = text(f"SELECT {_COLUMNS} FROM {_TABLE} WHERE p.sku = ANY (CAST(:skus AS text[])) ORDER BY p.sku")  # noqa: S608 - our own names only
_PAGE = text(f"SELECT {_COLUMNS} FROM {_TABLE} WHERE p.sku > :after ORDER BY p.sku LIMIT :limit")  # noqa: S608 - our own names only
_SEARCH = text(f"""
SELECT {_COLUMNS} FROM {_TABLE}
 WHERE p.trigrams @> text_trigrams(:pieces) AND p.sku > :after
   AND (p.sku ILIKE :pattern OR p.name ILIKE :pattern OR p.description ILIKE :pattern) ORDER BY p.sku LIMIT :limit
""")  # noqa: S608 - our own names only


def add_products(session: Session, products: Sequence[NewProduct], *, at: datetime) -> list[str]:
    """
    Add products, all or none; give the SKUs that are new. One that is there with the same content is left alone.

    Parents may come with their variants. Raises Invalid where a SKU comes twice, a price has no currency or a variant does
    not fit its parent, Conflict where a SKU is there with other content or is a barcode, or a variant with the same values.
    """
    wanted = {product.sku: product for product in products}
    if len(wanted) < len(products):
        raise Invalid("a SKU is named twice", code="duplicate_sku")
    session.execute(_KEEP_BARCODES)
    if taken := {row.code: row.sku for row in session.execute(_BARCODES_OF_OTHERS, {"skus": sorted(wanted)})}:
        raise Conflict(
            f"the barcode of another product: {', '.join(sorted(taken)[:10])}",
            code="sku_is_barcode",
            guard="barcode_taken",
            remedy="take it off the other product first, or give the new product another SKU",
            members={"barcodes": taken},
        )
    if half := sorted(each.sku for each in products if (each.price is None) != (each.currency is None)):
        raise Invalid(f"a price needs its currency: {', '.join(half[:10])}", code="price_without_currency")
    added = _insert(session, [each for each in products if each.variant_of is None], {}, at)
    variants = [each for each in products if each.variant_of is not None]
    added |= _insert(session, variants, locked_parents(session, variants), at)
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
        raise Invalid(
            f"no product {', '.join(missing[:10])}",
            code="unknown_sku",
            remedy="add them first (POST /v1/products), or correct their SKUs",
            members={"skus": missing},
        )
    return found


def refuse_repeats(skus: Sequence[str]) -> None:
    """Raise Invalid, naming them, where products come more than once."""
    if twice := sorted({sku for sku in skus if skus.count(sku) > 1}):
        raise Invalid(
            f"named twice: {', '.join(twice[:10])}",
            code="duplicate_sku",
            remedy="name each product once, with all its pieces",
            members={"skus": twice},
        )


def skus_of(session: Session, product_ids: Iterable[int]) -> dict[int, str]:
    """Give the SKU of each product that exists, by id."""
    return {row.id: row.sku for row in session.execute(_SKUS, {"ids": sorted(set(product_ids))})}


def find_product(session: Session, sku: str) -> RowMapping:
    """Give one product. Raises NotFound."""
    try:
        return find_products(session, [sku])[sku]
    except KeyError:
        raise NotFound(f"no product {sku}") from None


def list_products(
    session: Session, *, search: str | None = None, after: str = "", limit: int = 50
) -> Sequence[RowMapping]:
    """
    List products by SKU; `after` is the last one seen. `search` is a part of SKU, name or description (LI1).

    Raises Invalid where what is looked for has less than three characters in a row.
    """
    asked = {"after": after, "limit": limit}
    if search is None:
        return session.execute(_PAGE, asked).mappings().all()
    term = read_search("q", search)
    return session.execute(_SEARCH, {**asked, **term.parameters}).mappings().all()


def _insert(session: Session, products: Sequence[NewProduct], parents: Mapping[str, int], at: datetime) -> set[str]:
    if not products:
        return set()
    rows = [{**asdict(each), "variant_of": parents.get(each.variant_of or "")} for each in products]
    return set(session.execute(_ADD, {"rows": json.dumps(rows, default=datetime.isoformat), "at": at}).scalars())


def _content(row: RowMapping) -> NewProduct:
    return NewProduct(
        sku=row["sku"],
        name=row["name"],
        description=row["description"],
        price=row["price"],
        currency=row["currency"],
        needs_shipping=row["needs_shipping"],
        when_short=WhenShort(row["when_short"]),
        active=row["active"],
        available_from=row["available_from"],
        options=row["options"],
        variant_of=row["variant_of"],
        option_values=row["option_values"],
    )
