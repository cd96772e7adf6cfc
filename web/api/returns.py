"""Returns: authorized, read, completed, canceled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.orders.queries import read_orders
from fulfillment.orders.read import find_order
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.attempts.request import Asked
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, authorize_return
from fulfillment.returns.complete import Completion, complete_return
from fulfillment.returns.give_up import cancel_return
from fulfillment.returns.read import (
    Returnable,
    ReturnFilter,
    expected_worth,
    find_return,
    list_returns,
    returnables,
)
from fulfillment.returns.states import OPEN
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.api.operations import accepted, leads_to_operation
from web.call import Call, Reply
from web.currencies import in_currency
from web.limits import refuse_beyond_limit
from web.paging import after_moment, moment_and_id, page
from web.preview import previewed
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.returns import (
    ReturnCancellationIn,
    ReturnCompletionIn,
    ReturnIn,
    ReturnsQuery,
)
from web.schemas.returns_shown import ReturnablesOut, ReturnOut, ReturnsOut

_ALL = (STOREFRONT, CSR, WAREHOUSE, ADMIN)
_FLOOR = (WAREHOUSE, ADMIN)
_PATH = "/v1/returns/<id:return_id>"

noun = Noun("returns", "What customers send back, what becomes of it, and what is paid back for it.")


@noun.reads("/v1/returns", roles=_ALL, answer=ReturnsOut, query=ReturnsQuery)
def list_all_returns(session: Session, call: Call, query: ReturnsQuery) -> Reply:
    """List returns, the latest first. A storefront sees those of its own orders, a warehouse what may come to it."""
    wanted = ReturnFilter(
        query.order,
        query.number,
        query.status,
        query.warehouse,
        query.waits_for,
        call.storefront_id,
        call.key.warehouses,
    )
    rows = list_returns(session, wanted, after=after_moment(query.cursor), limit=query.limit + 1)
    shown = [_listed(call, row) for row in rows]
    return Reply(page("returns", rows, query.limit, lambda row: moment_and_id(row["created_at"], row["id"]), shown))


@noun.commands(
    "/v1/returns", roles=(STOREFRONT, CSR, ADMIN), body=ReturnIn, answer=ReturnOut, status=201, most_bytes=LARGE_BODY
)
@previewed
def create_return(session: Session, call: Call, body: ReturnIn) -> Reply:
    """
    Authorize a return: pieces that were shipped, within the market's days, and are not on their way back already.

    A storefront does so for its own orders, where the market lets it. A dry run tells what would be paid back.
    """
    order = find_order(session, body.order, storefront_id=call.storefront_id)
    wanted = ReturnWanted(
        [PiecesBack(line.line_id, line.quantity, line.why) for line in body.lines],
        notify_customer=body.notify_customer,
        note=body.note,
        warehouse_id=None if body.warehouse is None else warehouse_id(session, body.warehouse),
        by_storefront=call.key.role == Role.STOREFRONT,
    )
    return_id = authorize_return(session, order["id"], wanted, cause=call.cause, at=call.at)
    return Reply(shown_return(session, call, return_id), 201, {"Location": f"/v1/returns/{return_id}"})


@noun.reads(_PATH, roles=_ALL, answer=ReturnOut)
def show_return(session: Session, call: Call, return_id: int) -> Reply:
    """Read a return: what is still to come, what came, and what became of it."""
    return Reply(shown_return(session, call, return_id))


@noun.reads("/v1/orders/<name:number>/returnables", roles=(STOREFRONT, CSR, ADMIN), answer=ReturnablesOut)
def list_returnables(session: Session, call: Call, number: str) -> Reply:
    """Read what of an order may come back until when, and why the rest may not."""
    order_id = find_order(session, number, storefront_id=call.storefront_id)["id"]
    order = read_orders(session, [order_id])[order_id]
    found = returnables(session, order.id, order.market_id, at=call.at)
    return Reply({"lines": [_returnable(each) for each in found]})


@leads_to_operation(noun, f"{_PATH}/completion", roles=(CSR, ADMIN), body=ReturnCompletionIn)
@previewed
def complete_a_return(session: Session, call: Call, body: ReturnCompletionIn, return_id: int) -> Reply:
    """
    Complete a return whose pieces are all here and decided: what was accepted is paid back, to the cent.

    That is price, discount and tax of the pieces, less the market's fee, with their shipping by the market's policy.
    """
    head = find_return(session, return_id).head
    amount = in_currency(body.amount, head["currency"])
    completion = Completion(body.notify_customer, amount, body.without_rest)
    asked = Asked(client_id=call.key.id, cause=call.cause, at=call.at)
    requested = complete_return(session, return_id, completion, asked=asked)
    refuse_beyond_limit(session, call, head["order_id"], AttemptKind.REFUND, requested, head["currency"])
    return accepted(session, call, requested.operation_id)


@noun.commands(f"{_PATH}/cancellation", roles=(CSR, ADMIN), body=ReturnCancellationIn, answer=ReturnOut)
@previewed
def cancel_a_return(session: Session, call: Call, body: ReturnCancellationIn, return_id: int) -> Reply:
    """Cancel a return of which nothing has come; of one of which a part came, give up the rest."""
    cancel_return(
        session, return_id, reason=body.reason, notify_customer=body.notify_customer, cause=call.cause, at=call.at
    )
    return Reply(shown_return(session, call, return_id))


def shown_return(session: Session, call: Call, return_id: int) -> dict[str, Any]:
    """Give a return as it is answered to this caller."""
    view = find_return(session, return_id, storefront_id=call.storefront_id)
    return {
        **_listed(call, view.head),
        "expected": _expected(session, call, view.head),
        "lines": [dict(line) for line in view.lines],
        "strays": [_stray(stray) for stray in view.strays],
        "movements": [{**movement, "at": moment(movement["at"])} for movement in view.movements],
    }


def _listed(call: Call, row: RowMapping) -> dict[str, Any]:
    as_it_is = (
        "id",
        "number",
        "market",
        "status",
        "settles_by",
        "warehouse",
        "note",
        "coming",
        "undecided",
        "created_by",
    )
    return {
        **{name: row[name] for name in as_it_is},
        "order": row["order_number"],
        "money": None if call.key.role == Role.WAREHOUSE or row["refund"] is None else _money(row),
        **{name: moment(row[name]) for name in ("created_at", "expires_at", "ended_at")},
    }


def _money(row: RowMapping) -> dict[str, Any]:
    return {name: money(row[name], row["currency"]) for name in ("goods", "shipping", "fee", "refund")}


def _expected(session: Session, call: Call, head: RowMapping) -> dict[str, Any] | None:
    if call.key.role == Role.WAREHOUSE or head["status"] not in OPEN:
        return None
    worth = expected_worth(session, head["id"], head["order_id"])
    amounts = {"goods": worth.goods, "shipping": worth.shipping, "fee": worth.fee, "refund": worth.amount}
    return {name: money(amount, head["currency"]) for name, amount in amounts.items()}


def _stray(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "code", "sku", "quantity", "warehouse", "condition", "place", "settled_as", "settled_by")
    return {
        **{name: row[name] for name in as_it_is},
        "received_by": row["actor"],
        "received_at": moment(row["at"]),
        "settled_at": moment(row["settled_at"]),
    }


def _returnable(each: Returnable) -> dict[str, Any]:
    refused = each.refusal
    return {
        "line_id": each.line.id,
        "sku": each.line.sku,
        "quantity": each.line.quantity,
        "coming_back": each.line.coming_back,
        "most": 0 if refused is not None else each.line.with_customer,
        "until": moment(each.until),
        "refused": None
        if refused is None
        else {"guard": refused.guard, "reason": refused.reason, "remedy": refused.remedy},
    }
