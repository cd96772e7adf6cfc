"""Lists of orders: narrowed as one types, page by page, with the columns one wants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.orders.filter import OrderFilter
from fulfillment.orders.find import find_orders
from fulfillment.orders.read import read_heads
from web.access import ADMIN, CSR, STOREFRONT
from web.call import Call, Reply
from web.paging import after_moment, moment_and_id, next_link
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.order_lists import SHOWN_BY_DEFAULT, OrdersFilter, OrdersOut, OrdersQuery

noun = Noun("order_lists", "Lists of orders, narrowed by what is written on them, their status, market and time.")


@noun.reads("/v1/orders", roles=(STOREFRONT, CSR, ADMIN), answer=OrdersOut, query=OrdersQuery)
def list_all_orders(session: Session, call: Call, query: OrdersQuery) -> Reply:
    """
    List orders, the latest first. A storefront sees its own.

    `next` holds all that was asked for; its cursor fits this filter alone.
    """
    mark = _mark(query)
    before = after_moment(query.cursor, of=mark)
    found = find_orders(session, wanted_orders(query, call), before=before, limit=query.limit)
    shown = query.shown
    orders = [{name: _COLUMNS[name](row) for name in shown} for row in read_heads(session, found.order_ids)]
    following = found.next_before
    link = next_link(moment_and_id(*following, of=mark)) if following is not None else None
    return Reply({"orders": orders, "next": link})


def wanted_orders(sent: OrdersFilter, call: Call) -> OrderFilter:
    """Give what was sent as a filter, as this caller may see it at this moment; a body may hold one as well as a query."""
    created_from, created_to = (sent.created_from, sent.created_to)
    if sent.created is not None:
        created_from, created_to = sent.created.span(call.at)
    return OrderFilter(
        number=sent.number,
        name=sent.name,
        customer_name=sent.customer_name,
        q=sent.q,
        customer_email=sent.email or sent.customer_email,
        statuses=sent.status,
        markets=sent.market,
        created_from=created_from,
        created_to=created_to,
        storefront_id=call.storefront_id,
        archived={"true": True, "false": False, "any": None}[sent.archived],
    )


def summary(row: RowMapping) -> dict[str, Any]:
    """Give what a list shows of an order, and an order says of itself first."""
    return {name: _COLUMNS[name](row) for name in SHOWN_BY_DEFAULT}


def _mark(query: OrdersQuery) -> str:
    """Tell filters apart: a cursor of one leads nowhere in another."""
    asked = query.model_dump_json(include=set(OrdersFilter.model_fields), exclude_defaults=True)
    return hashlib.blake2b(asked.encode(), digest_size=6).hexdigest()


def _as_it_is(name: str) -> Callable[[RowMapping], Any]:
    return lambda row: row[name]


def _moment(name: str) -> Callable[[RowMapping], Any]:
    return lambda row: moment(row[name])


_COLUMNS: Final[Mapping[str, Callable[[RowMapping], Any]]] = {
    "number": _as_it_is("number"),
    "name": _as_it_is("name"),
    "status": _as_it_is("status"),
    "underlying_status": _as_it_is("underlying_status"),
    "payment_status": _as_it_is("payment_status"),
    "market": _as_it_is("market"),
    "reference": _as_it_is("reference"),
    "customer": lambda row: {"name": row["customer_name"], "email": row["customer_email"]},
    "total": lambda row: money(row["total"], row["currency"]),
    "placed_at": _moment("placed_at"),
    "customer_name": _as_it_is("customer_name"),
    "customer_email": _as_it_is("customer_email"),
    "invoice_number": _as_it_is("invoice_number"),
    "priority": _as_it_is("priority"),
    "covered_at": _moment("covered_at"),
    "completed_at": _moment("completed_at"),
    "canceled_at": _moment("canceled_at"),
}
