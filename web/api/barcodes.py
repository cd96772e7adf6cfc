"""Barcodes of products."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.catalog.barcodes import barcodes_of, set_barcodes
from web.access import ADMIN, CSR, WAREHOUSE
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.picking import BarcodesIn, BarcodesOut

noun = Noun("barcodes", "What a scanner may read on a product. Its SKU finds it as well.")


@noun.reads("/v1/products/<name:sku>/barcodes", roles=(CSR, WAREHOUSE, ADMIN), answer=BarcodesOut)
def show_barcodes(session: Session, call: Call, sku: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read the barcodes of a product."""
    return Reply({"sku": sku, "barcodes": barcodes_of(session, sku)})


@noun.changes("PUT", "/v1/products/<name:sku>/barcodes", roles=(WAREHOUSE, ADMIN), body=BarcodesIn, answer=BarcodesOut)
def put_barcodes(session: Session, call: Call, body: BarcodesIn, sku: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Say which barcodes a product has. A code belongs to one product."""
    set_barcodes(session, sku, body.barcodes)
    return Reply({"sku": sku, "barcodes": barcodes_of(session, sku)})
