"""Products and warehouses: read by all, added by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.catalog.change_product import change_product
from fulfillment.catalog.markets import find_market
from fulfillment.catalog.products import add_products, find_product, list_products
from fulfillment.catalog.variants import variants_of
from fulfillment.catalog.warehouses import add_warehouse, change_warehouse, list_warehouses
from fulfillment.inventory.read import available_of
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.call import Call, Reply
from web.paging import after_text, page
from web.preview import previewed
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import Page, moment, money
from web.schemas.catalog import (
    AddedOut,
    ProductChangeIn,
    ProductsIn,
    ProductsOut,
    ProductsQuery,
    ProductWithVariantsOut,
    WarehouseChangeIn,
    WarehouseIn,
    WarehouseOut,
    WarehousesOut,
)

_ALL = (STOREFRONT, CSR, WAREHOUSE, ADMIN)

products = Noun("products", "What is sold.")
warehouses = Noun("warehouses", "Where it lies.")


@products.reads("/v1/products", roles=_ALL, answer=ProductsOut, query=ProductsQuery)
def list_all_products(session: Session, call: Call, query: ProductsQuery) -> Reply:
    """
    List products by SKU, or search them: `q` is a part of SKU, name or description, of three characters or more.

    `%` stands for any characters. With a `market` only prices in its currency are shown. The floor sees no prices.
    """
    currency = None if query.market is None else find_market(session, query.market)["currency"]
    rows = list_products(session, search=query.q, after=after_text(query.cursor), limit=query.limit + 1)
    available = available_of(session, [row["sku"] for row in rows], at=call.at)
    shown = [_product(call, row, available, currency) for row in rows]
    return Reply(page("products", rows, query.limit, lambda row: row["sku"], shown))


@products.reads("/v1/products/<name:sku>", roles=_ALL, answer=ProductWithVariantsOut)
def show_product(session: Session, call: Call, sku: str) -> Reply:
    """Read a product, with its variants where it has options."""
    return Reply(_with_variants(session, call, sku))


@products.changes(
    "PATCH", "/v1/products/<name:sku>", roles=(ADMIN,), body=ProductChangeIn, answer=ProductWithVariantsOut
)
def change_a_product(session: Session, call: Call, body: ProductChangeIn, sku: str) -> Reply:
    """Change a product; what is left out stays, and so do orders. With `active: false` it is no longer sold."""
    change_product(session, sku, body.changes())
    return Reply(_with_variants(session, call, sku))


@products.commands("/v1/products", roles=(ADMIN,), body=ProductsIn, answer=AddedOut, status=201, most_bytes=LARGE_BODY)
@previewed
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


@warehouses.changes("PATCH", "/v1/warehouses/<name:code>", roles=(ADMIN,), body=WarehouseChangeIn, answer=WarehouseOut)
def change_a_warehouse(session: Session, call: Call, body: WarehouseChangeIn, code: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Change a warehouse: its name, where it is, whether all may be confirmed at once. What is left out stays."""
    return Reply(dict(change_warehouse(session, code, body.changes())))


def _with_variants(session: Session, call: Call, sku: str) -> dict[str, Any]:
    row = find_product(session, sku)
    variants = variants_of(session, row["id"])
    available = available_of(session, [sku, *(variant["sku"] for variant in variants)], at=call.at)
    shown = [
        {
            "sku": variant["sku"],
            "name": variant["name"],
            "option_values": variant["option_values"],
            "price": _price(call, variant),
            "active": variant["active"],
            "available": available.get(variant["sku"], 0),
        }
        for variant in variants
    ]
    return {**_product(call, row, available), "variants": shown}


def _product(call: Call, row: RowMapping, available: Mapping[str, int], currency: str | None = None) -> dict[str, Any]:
    return {
        "sku": row["sku"],
        "name": row["name"],
        "description": row["description"],
        "price": _price(call, row, currency),
        "needs_shipping": row["needs_shipping"],
        "when_short": row["when_short"],
        "available_from": moment(row["available_from"]),
        "active": row["active"],
        "available": available.get(row["sku"], 0),
        "options": row["options"],
        "variant_of": row["variant_of"],
        "option_values": row["option_values"],
    }


def _price(call: Call, row: RowMapping, currency: str | None = None) -> dict[str, Any] | None:
    """Give the price, unless the caller sees none or it is not in the one currency that was asked for."""
    if call.key.role == Role.WAREHOUSE or row["price"] is None or currency not in (None, row["currency"]):
        return None
    return money(row["price"], row["currency"])
