"""Products and warehouses: read by all, added by administrators."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.catalog.products import add_products, find_product, list_products
from fulfillment.catalog.warehouses import add_warehouse, list_warehouses
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.call import Call, Reply
from web.pages import after_text, page
from web.routes import LARGE_BODY, Noun
from web.schemas.base import Page, money
from web.schemas.catalog import (
    AddedOut,
    ProductOut,
    ProductsIn,
    ProductsOut,
    WarehouseIn,
    WarehouseOut,
    WarehousesOut,
)

_ALL = (STOREFRONT, CSR, WAREHOUSE, ADMIN)

products = Noun("products", "What is sold.")
warehouses = Noun("warehouses", "Where it lies.")


@products.reads("/v1/products", roles=_ALL, answer=ProductsOut, query=Page)
def list_all_products(session: Session, call: Call, query: Page) -> Reply:
    """List products by SKU. The floor sees no prices."""
    rows = list_products(session, after=after_text(query.cursor), limit=query.limit + 1)
    return Reply(page("products", rows, query.limit, lambda row: row["sku"], [_product(call, row) for row in rows]))


@products.reads("/v1/products/<name:sku>", roles=_ALL, answer=ProductOut)
def show_product(session: Session, call: Call, sku: str) -> Reply:
    """Read a product."""
    return Reply(_product(call, find_product(session, sku)))


@products.commands("/v1/products", roles=(ADMIN,), body=ProductsIn, answer=AddedOut, status=201, most_bytes=LARGE_BODY)
def create_products(session: Session, call: Call, body: ProductsIn) -> Reply:
    """Add one product, or up to 500 together, all or none. One that is there with the same content is left alone."""
    added = add_products(session, [product.as_product() for product in body.products], at=call.at)
    return Reply({"added": len(added), "unchanged": len(body.products) - len(added)}, 201)


@warehouses.reads("/v1/warehouses", roles=_ALL, answer=WarehousesOut, query=Page)
def list_all_warehouses(session: Session, call: Call, query: Page) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List warehouses by code."""
    rows = list_warehouses(session, after=after_text(query.cursor), limit=query.limit + 1)
    return Reply(page("warehouses", rows, query.limit, lambda row: row["code"], [dict(row) for row in rows]))


@warehouses.commands(
    "/v1/warehouses", roles=(ADMIN,), body=WarehouseIn, answer=WarehouseOut, status=201, also={200: WarehouseOut}
)
def create_warehouse(session: Session, call: Call, body: WarehouseIn) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Add a warehouse. The same one again is no error (200)."""
    added = add_warehouse(session, body.as_warehouse())
    return Reply(body.model_dump(), 201 if added else 200)


def _product(call: Call, row: RowMapping) -> dict[str, Any]:
    hidden = call.key.role == Role.WAREHOUSE or row["price"] is None
    return {
        "sku": row["sku"],
        "name": row["name"],
        "description": row["description"],
        "price": None if hidden else money(row["price"], row["currency"]),
        "needs_shipping": row["needs_shipping"],
        "when_short": row["when_short"],
    }
