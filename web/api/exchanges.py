"""Exchanges: begun, settled, canceled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.exchanges.begin import begin_exchange
from fulfillment.exchanges.end import cancel_exchange
from fulfillment.exchanges.read import find_exchange, list_exchanges
from fulfillment.exchanges.settle import settle_exchange
from fulfillment.orders.read import find_order
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.limits import refuse_exchange_beyond_limit
from web.paging import after_moment, moment_and_id, page
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.exchanges import (
    ExchangeCancellationIn,
    ExchangeIn,
    ExchangeOut,
    ExchangesOut,
    ExchangesQuery,
    SettlementIn,
)

noun = Noun("exchanges", "What comes back pays for what goes out; only the difference is paid.")

_ONE = "/v1/exchanges/<id:exchange_id>"
_OFFICE = (CSR, ADMIN)


@noun.reads("/v1/exchanges", roles=_OFFICE, answer=ExchangesOut, query=ExchangesQuery)
def list_all_exchanges(session: Session, call: Call, query: ExchangesQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List exchanges, the latest first, also those that an order is part of."""
    after = after_moment(query.cursor)
    rows = list_exchanges(session, order=query.order, status=query.status, after=after, limit=query.limit + 1)
    shown = [_shown(row) for row in rows]
    return Reply(page("exchanges", rows, query.limit, lambda row: moment_and_id(row["created_at"], row["id"]), shown))


@noun.commands("/v1/exchanges", roles=_OFFICE, body=ExchangeIn, answer=ExchangeOut, status=201)
@previewed
def create_exchange(session: Session, call: Call, body: ExchangeIn) -> Reply:
    """
    Begin an exchange: a return of what comes back, and an order of what goes out, which its worth pays for.

    Nothing is captured or refunded for that part. With `dry_run=true` the plan says to the minor unit what would be credited,
    authorized and paid back.
    """
    order = find_order(session, body.order)
    to = None if body.warehouse is None else warehouse_id(session, body.warehouse)
    made = begin_exchange(session, order["id"], body.as_wanted(to), cause=call.cause, at=call.at)
    exchange = find_exchange(session, made)
    to_pay_back = exchange["expected"] - exchange["credit"]
    refuse_exchange_beyond_limit(session, call, order["id"], to_pay_back, exchange["currency"])
    return Reply(_shown(exchange), 201, {"Location": f"/v1/exchanges/{made}"})


@noun.reads(_ONE, roles=_OFFICE, answer=ExchangeOut)
def show_exchange(session: Session, call: Call, exchange_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read an exchange: its return, its new order, and where the money stands."""
    return Reply(_shown(find_exchange(session, exchange_id)))


@noun.commands(f"{_ONE}/settlement", roles=_OFFICE, body=SettlementIn, answer=ExchangeOut)
@previewed
def settle(session: Session, call: Call, body: SettlementIn, exchange_id: int) -> Reply:
    """
    Settle an exchange by what came back, where not all of it did: what is missing is given up.

    One of which everything came settles by itself. What the goods are worth less than was credited, the new order lacks.
    """
    settle_exchange(session, exchange_id, without_rest=body.without_rest, cause=call.cause, at=call.at)
    return Reply(_shown(find_exchange(session, exchange_id)))


@noun.commands(f"{_ONE}/cancellation", roles=_OFFICE, body=ExchangeCancellationIn, answer=ExchangeOut)
@previewed
def cancel(session: Session, call: Call, body: ExchangeCancellationIn, exchange_id: int) -> Reply:
    """Cancel an exchange of which nothing has gone out. What came back already is paid back by its return."""
    cancel_exchange(session, exchange_id, body.as_cancellation(), cause=call.cause, at=call.at)
    return Reply(_shown(find_exchange(session, exchange_id)))


def _shown(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "status", "policy", "return_id", "return_number", "return_status", "waits", "notify_customer")
    amounts = ("expected", "costs", "credit", "standing", "missing", "worth", "paid_back")
    return {
        **{name: row[name] for name in as_it_is},
        "order": row["order_number"],
        "new_order": row["new_order_number"],
        "money": {name: None if row[name] is None else money(row[name], row["currency"]) for name in amounts},
        "created_by": row["created_by"],
        **{name: moment(row[name]) for name in ("created_at", "ended_at")},
    }
