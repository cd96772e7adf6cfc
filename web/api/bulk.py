"""Many orders at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.bulk.models import Action
from fulfillment.bulk.read import items_of
from fulfillment.bulk.request import Wanted, numbers_of, request_bulk
from web.access import ADMIN, CSR
from web.api.operations import accepted, leads_to_operation, shown
from web.api.order_lists import wanted_orders
from web.call import Call, Reply
from web.paging import after_id, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.bulk import BulkIn, BulkItemsOut, ItemsQuery

noun = Noun("bulk", "One action on many orders, with a result for each.")


@leads_to_operation(noun, "/v1/bulk", roles=(CSR, ADMIN), body=BulkIn, most_bytes=LARGE_BODY)
def start_bulk(session: Session, call: Call, body: BulkIn) -> Reply:
    """
    Release, hold, cancel, delete or archive up to 10,000 orders.

    Each is done by itself, as if it were asked for alone: one that is refused keeps no other back. The operation tells how
    far it is, and its items what became of each order.
    """
    wanted = Wanted(Action(body.action), body.reason, body.notify_customer)
    numbers = body.numbers or []
    if body.filter is not None:
        numbers = numbers_of(session, wanted_orders(body.filter, call))
    operation_id = request_bulk(session, wanted, numbers, client_id=call.key.id, cause=call.cause, at=call.at)
    return accepted(session, call, operation_id)


@noun.reads("/v1/operations/<id:operation_id>/items", roles=(CSR, ADMIN), answer=BulkItemsOut, query=ItemsQuery)
def list_items(session: Session, call: Call, operation_id: int, query: ItemsQuery) -> Reply:
    """List what became of each order of a bulk operation; none for an operation of another kind."""
    shown(session, call, operation_id)
    after = after_id(query.cursor) or 0
    rows = items_of(session, operation_id, status=query.status, after=after, limit=query.limit + 1)
    return Reply(page("items", rows, query.limit, lambda row: row["position"], [_item(row) for row in rows]))


def _item(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("position", "status", "guard", "reason", "remedy")
    return {**{name: row[name] for name in as_it_is}, "order": row["number"], "done_at": moment(row["done_at"])}
