"""Shipping methods: read by all who sell, written by administrators."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.shipping_methods import add_method, list_methods, read_method, replace_method
from web.access import ADMIN, CSR, STOREFRONT
from web.call import Call, Reply
from web.paging import after_text, page
from web.routes import Noun
from web.schemas.base import money
from web.schemas.shipping_methods import (
    ShippingMethodChangeIn,
    ShippingMethodIn,
    ShippingMethodOut,
    ShippingMethodsOut,
    ShippingMethodsQuery,
)

_SELLERS = (STOREFRONT, CSR, ADMIN)

noun = Noun("shipping_methods", "How it is shipped, and what that costs. Orders keep what they were placed with.")


@noun.reads("/v1/shipping-methods", roles=_SELLERS, answer=ShippingMethodsOut, query=ShippingMethodsQuery)
def list_shipping_methods(session: Session, call: Call, query: ShippingMethodsQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List shipping methods by code; with `market` only those that may be chosen there."""
    rows = list_methods(session, market=query.market, after=after_text(query.cursor), limit=query.limit + 1)
    return Reply(page("shipping_methods", rows, query.limit, lambda row: row["code"], [_shown(row) for row in rows]))


@noun.reads("/v1/shipping-methods/<name:code>", roles=_SELLERS, answer=ShippingMethodOut)
def show_shipping_method(session: Session, call: Call, code: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read a shipping method."""
    return Reply(_shown(read_method(session, code)))


@noun.commands(
    "/v1/shipping-methods",
    roles=(ADMIN,),
    body=ShippingMethodIn,
    answer=ShippingMethodOut,
    status=201,
    also={200: ShippingMethodOut},
)
def create_shipping_method(session: Session, call: Call, body: ShippingMethodIn) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Add a shipping method with its price in each market. The same one again is no error (200)."""
    added = add_method(session, body.as_method(body.code))
    return Reply(_shown(read_method(session, body.code)), 201 if added else 200)


@noun.changes(
    "PUT",
    "/v1/shipping-methods/<name:code>",
    roles=(ADMIN,),
    body=ShippingMethodChangeIn,
    answer=ShippingMethodOut,
)
def replace_shipping_method(session: Session, call: Call, body: ShippingMethodChangeIn, code: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Write a shipping method anew, with all its prices; `active: false` takes it out of the choice."""
    replace_method(session, body.as_method(code))
    return Reply(_shown(read_method(session, code)))


def _shown(row: RowMapping) -> dict[str, Any]:
    prices = [
        {
            "market": each["market"],
            "price": money(each["price"], each["currency"]),
            "free_from": None if each["free_from"] is None else money(each["free_from"], each["currency"]),
        }
        for each in row["prices"]
    ]
    return {"code": row["code"], "name": row["name"], "active": row["active"], "prices": prices}
