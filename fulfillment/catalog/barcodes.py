"""Barcodes: what a scanner may read on a product. Its SKU always finds it, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.products import find_product
from fulfillment.kernel.errors import Conflict

_TAKE_OFF = text("""
DELETE FROM product_barcode WHERE product_id = :product AND code <> ALL (CAST(:codes AS text[]))
""")
_PUT_ON = text("""
INSERT INTO product_barcode (code, product_id)
SELECT code, CAST(:product AS bigint) FROM unnest(CAST(:codes AS text[])) AS k(code) ORDER BY code
ON CONFLICT (code) DO NOTHING
""")
_OTHERS = text("""
SELECT b.code, p.sku FROM product_barcode b JOIN product p ON p.id = b.product_id
 WHERE b.code = ANY (CAST(:codes AS text[])) AND p.id <> :product
 UNION ALL
SELECT p.sku, p.sku FROM product p WHERE p.sku = ANY (CAST(:codes AS text[])) AND p.id <> :product
 ORDER BY 1
""")
_OF_A_PRODUCT = text("""
SELECT b.code FROM product_barcode b JOIN product p ON p.id = b.product_id WHERE p.sku = :sku ORDER BY b.code
""")
_FIND = text("""
SELECT id, sku, name FROM product WHERE sku = :code
 UNION ALL
SELECT p.id, p.sku, p.name FROM product_barcode b JOIN product p ON p.id = b.product_id WHERE b.code = :code
 LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class CodedProduct:
    """The product that a code stands for."""

    id: int
    sku: str
    name: str


def set_barcodes(session: Session, sku: str, codes: Sequence[str]) -> None:
    """
    Let a product have these barcodes and no others.

    Raises NotFound, or Conflict where a code is the barcode or the SKU of another product.
    """
    asked = {"product": find_product(session, sku)["id"], "codes": sorted(set(codes))}
    session.execute(_TAKE_OFF, asked)
    session.execute(_PUT_ON, asked)
    if taken := {row.code: row.sku for row in session.execute(_OTHERS, asked)}:
        raise Conflict(
            f"another product has this code: {', '.join(sorted(taken)[:10])}",
            code="barcode_taken",
            guard="barcode_taken",
            remedy="take it off the other product first",
            members={"barcodes": taken},
        )


def barcodes_of(session: Session, sku: str) -> list[str]:
    """Give the barcodes of a product, in their order. Raises NotFound."""
    find_product(session, sku)
    return list(session.execute(_OF_A_PRODUCT, {"sku": sku}).scalars())


def find_by_code(session: Session, code: str) -> CodedProduct | None:
    """Give the product of which this is the SKU or a barcode, or None."""
    row = session.execute(_FIND, {"code": code}).one_or_none()
    return None if row is None else CodedProduct(*row)
