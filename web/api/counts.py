"""Counts: opened, entered blind, counted again, approved."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.catalog.products import product_ids
from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.counts.approve import approve, cancel_count
from fulfillment.counts.enter import Entry, count_again, enter
from fulfillment.counts.open import open_count
from fulfillment.counts.read import find_count, list_counts
from fulfillment.inventory.documents import LatestDocuments
from web.access import ADMIN, WAREHOUSE
from web.call import Call, Reply
from web.paging import after_moment, by_creation, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.counts import (
    ApprovedCountOut,
    CountDecisionIn,
    CountEntriesIn,
    CountsQuery,
    RecountIn,
    StockCountIn,
    StockCountOut,
    StockCountsOut,
)

_FLOOR = (WAREHOUSE, ADMIN)
_PATH = "/v1/counts/<id:count_id>"

noun = Noun("counts", "What lies where, counted by somebody who is not told what should.")


@noun.reads("/v1/counts", roles=_FLOOR, answer=StockCountsOut, query=CountsQuery)
def list_all_counts(session: Session, call: Call, query: CountsQuery) -> Reply:
    """List counts, the latest first."""
    wanted = LatestDocuments(query.status, call.key.warehouses, after_moment(query.cursor), query.limit + 1)
    rows = list_counts(session, wanted, blind=_blind(call))
    return Reply(page("counts", rows, query.limit, by_creation, [_listed(row) for row in rows]))


@noun.commands("/v1/counts", roles=_FLOOR, body=StockCountIn, answer=StockCountOut, status=201, most_bytes=LARGE_BODY)
def create_count(session: Session, call: Call, body: StockCountIn) -> Reply:
    """Begin to count some bins, some products, or all that lies in a warehouse. Work goes on meanwhile."""
    call.enter_warehouse(body.warehouse, f"warehouse {body.warehouse}")
    count_id = open_count(
        session,
        warehouse_id(session, body.warehouse),
        bins=body.bins,
        products=None if body.skus is None else product_ids(session, body.skus),
        note=body.note,
        cause=call.cause,
        at=call.at,
    )
    return Reply(_shown(session, call, count_id), 201)


@noun.reads(_PATH, roles=_FLOOR, answer=StockCountOut)
def show_count(session: Session, call: Call, count_id: int) -> Reply:
    """Read a count: its places in walking order. What should lie in one is told once it is counted, to others than who did."""
    return Reply(_shown(session, call, count_id))


@noun.commands(f"{_PATH}/entries", roles=_FLOOR, body=CountEntriesIn, answer=StockCountOut, most_bytes=LARGE_BODY)
def enter_counts(session: Session, call: Call, body: CountEntriesIn, count_id: int) -> Reply:
    """Enter what was counted; a place may be entered again. What is found where nobody expected it is added."""
    _shown(session, call, count_id)
    ids = product_ids(session, (line.sku for line in body.lines))
    entries = [Entry(ids[line.sku], line.sku, line.bin, line.counted) for line in body.lines]
    enter(session, count_id, entries, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, count_id))


@noun.commands(f"{_PATH}/recounts", roles=_FLOOR, body=RecountIn, answer=StockCountOut, most_bytes=LARGE_BODY)
def ask_for_recounts(session: Session, call: Call, body: RecountIn, count_id: int) -> Reply:
    """Ask for places to be counted once more, blind again; the count is not approved before."""
    _shown(session, call, count_id)
    ids = product_ids(session, (line.sku for line in body.lines))
    count_again(session, count_id, [(ids[line.sku], line.bin) for line in body.lines], at=call.at)
    return Reply(_shown(session, call, count_id))


@noun.commands(f"{_PATH}/approval", roles=_FLOOR, body=CountDecisionIn, answer=ApprovedCountOut)
def approve_count(session: Session, call: Call, body: CountDecisionIn, count_id: int) -> Reply:  # noqa: ARG001 - it says nothing
    """
    Put right what differs. Shipments that were promised what is not there wait again, the last in the queue first.

    Whoever counted what differs does not approve it, but for an admin.
    """
    _shown(session, call, count_id)
    lost = approve(session, count_id, cause=call.cause, at=call.at, also_own=call.key.role == Role.ADMIN)
    unassigned = [{"id": each.id, "number": each.number} for each in lost]
    return Reply({**_shown(session, call, count_id), "unassigned": unassigned})


@noun.commands(f"{_PATH}/cancellation", roles=_FLOOR, body=CountDecisionIn, answer=StockCountOut)
def cancel_a_count(session: Session, call: Call, body: CountDecisionIn, count_id: int) -> Reply:  # noqa: ARG001 - it says nothing
    """Give a count up: nothing changes."""
    _shown(session, call, count_id)
    cancel_count(session, count_id, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, count_id))


def _blind(call: Call) -> str | None:
    """Give whoever may have counted; an admin sees everything."""
    return None if call.key.role == Role.ADMIN else call.cause.actor


def _shown(session: Session, call: Call, count_id: int) -> dict[str, Any]:
    row, lines = find_count(session, count_id, blind=_blind(call))
    call.enter_warehouse(row["warehouse"], f"count {count_id}")
    return {**_listed(row), "lines": [dict(line) for line in lines]}


def _listed(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "warehouse", "status", "note", "created_by", "ended_by")
    return {
        **{name: row[name] for name in as_it_is},
        "progress": {name: row[name] for name in ("places", "counted", "different")},
        "created_at": moment(row["created_at"]),
        "ended_at": moment(row["ended_at"]),
    }
