"""Shipping methods: read by all who sell, written by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.carriers.port import Answer, Service
from fulfillment.catalog.shipping_carriers import Binding, bind, bindings
from fulfillment.catalog.shipping_methods import add_method, list_methods, read_method, replace_method
from fulfillment.kernel.errors import Invalid, Transient
from web.access import ADMIN, CSR, STOREFRONT
from web.call import Call, Reply
from web.paging import after_text, page
from web.routes import Noun
from web.schemas.base import money
from web.schemas.shipping_methods import (
    ShippingMethodChangeIn,
    ShippingMethodIn,
    ShippingMethodOut,
    ShippingMethodPatchIn,
    ShippingMethodsOut,
    ShippingMethodsQuery,
)

_SELLERS = (STOREFRONT, CSR, ADMIN)

_BOUND = ("services", "buys", "label_required")

noun = Noun("shipping_methods", "How it is shipped, and what that costs. Orders keep what they were placed with.")


@noun.reads("/v1/shipping-methods", roles=_SELLERS, answer=ShippingMethodsOut, query=ShippingMethodsQuery)
def list_shipping_methods(session: Session, call: Call, query: ShippingMethodsQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List shipping methods by code; with `market` only those that may be chosen there."""
    rows = list_methods(session, market=query.market, after=after_text(query.cursor), limit=query.limit + 1)
    bound = bindings(session, [row["code"] for row in rows])
    shown = [_shown(row, bound) for row in rows]
    return Reply(page("shipping_methods", rows, query.limit, lambda row: row["code"], shown))


@noun.reads("/v1/shipping-methods/<name:code>", roles=_SELLERS, answer=ShippingMethodOut)
def show_shipping_method(session: Session, call: Call, code: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read a shipping method."""
    return Reply(_one(session, code))


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
    return Reply(_one(session, body.code), 201 if added else 200)


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
    return Reply(_one(session, code))


def _services(call: Call, code: str) -> dict[str, list[Service] | Answer]:  # noqa: ARG001 - the same for every method
    """Ask the carriers what services they have, before anything is locked."""
    return {name: carrier.services() for name, carrier in call.services.carriers.items()}


@noun.changes(
    "PATCH",
    "/v1/shipping-methods/<name:code>",
    roles=(ADMIN,),
    body=ShippingMethodPatchIn,
    answer=ShippingMethodOut,
    beforehand=_services,
)
def bind_shipping_method(
    session: Session,
    call: Call,  # noqa: ARG001 - who calls makes no difference
    body: ShippingMethodPatchIn,
    code: str,
    told: dict[str, list[Service] | Answer],
) -> Reply:
    """Bind a shipping method to a carrier and its services, or take its carrier away. What is packed from now on goes by it."""
    binding = None if body.carrier is None else body.carrier.as_binding()
    bind(session, code, binding, offered=() if binding is None else _offered(binding, told))
    return Reply(_one(session, code))


def _offered(binding: Binding, told: dict[str, list[Service] | Answer]) -> list[str]:
    if (found := told.get(binding.carrier)) is None:
        raise Invalid(
            f"no carrier {binding.carrier} is connected",
            code="unknown_carrier",
            guard="carrier_connected",
            remedy=f"choose among: {', '.join(told)}" if told else "connect one: set CARRIER_URL",
            members={"carriers": list(told)},
        )
    if isinstance(found, Answer):
        raise Transient(
            f"{binding.carrier} could not be asked for its services: {found.message}",
            code="carrier_unreachable",
            remedy="send it again",
        )
    return [each.code for each in found]


def _one(session: Session, code: str) -> dict[str, Any]:
    return _shown(read_method(session, code), bindings(session, [code]))


def _shown(row: RowMapping, bound: Mapping[str, RowMapping]) -> dict[str, Any]:
    prices = [
        {
            "market": each["market"],
            "price": money(each["price"], each["currency"]),
            "free_from": None if each["free_from"] is None else money(each["free_from"], each["currency"]),
        }
        for each in row["prices"]
    ]
    binding = bound.get(row["code"])
    carrier = None if binding is None else {"code": binding["carrier"], **{name: binding[name] for name in _BOUND}}
    return {"code": row["code"], "name": row["name"], "active": row["active"], "prices": prices, "carrier": carrier}
