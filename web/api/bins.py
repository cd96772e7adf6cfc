"""Bins: added, changed, walked, looked into."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.inventory.bins import add_bins, change_bin, contents_of, find_bin, list_bins
from web.access import ADMIN, WAREHOUSE
from web.call import Call, Reply
from web.paging import after_place, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.bins import BinChangeIn, BinOut, BinsAddedOut, BinsIn, BinsOut, BinsQuery

noun = Noun("bins", "The places of a warehouse where pieces lie. A warehouse without bins works as well.")


@noun.reads("/v1/bins", roles=(WAREHOUSE, ADMIN), answer=BinsOut, query=BinsQuery)
def list_bins_of_a_warehouse(session: Session, call: Call, query: BinsQuery) -> Reply:
    """List the bins of a warehouse in walking order."""
    call.enter_warehouse(query.warehouse, f"warehouse {query.warehouse}")
    place = warehouse_id(session, query.warehouse)
    after = after_place(query.cursor) or (-1, "")
    rows = list_bins(session, place, after=after, limit=query.limit + 1)
    return Reply(page("bins", rows, query.limit, _place_of, [dict(row) for row in rows]))


@noun.commands(
    "/v1/bins", roles=(WAREHOUSE, ADMIN), body=BinsIn, answer=BinsAddedOut, status=201, most_bytes=LARGE_BODY
)
def create_bins(session: Session, call: Call, body: BinsIn) -> Reply:
    """Add bins to a warehouse, up to 1,000 together, all or none. One that is there just like this is left alone."""
    call.enter_warehouse(body.warehouse, f"warehouse {body.warehouse}")
    added = add_bins(session, warehouse_id(session, body.warehouse), body.as_bins())
    return Reply({"added": added, "unchanged": len(body.bins) - added}, 201)


@noun.reads("/v1/bins/<id:bin_id>", roles=(WAREHOUSE, ADMIN), answer=BinOut)
def show_bin(session: Session, call: Call, bin_id: int) -> Reply:
    """Read a bin, and what lies in it."""
    return Reply(_shown(session, call, bin_id))


@noun.changes("PATCH", "/v1/bins/<id:bin_id>", roles=(WAREHOUSE, ADMIN), body=BinChangeIn, answer=BinOut)
def change_a_bin(session: Session, call: Call, body: BinChangeIn, bin_id: int) -> Reply:
    """Change the code or the place of a bin, or close it. What lies in it stays there."""
    _shown(session, call, bin_id)
    change_bin(session, bin_id, body.changes())
    return Reply(_shown(session, call, bin_id))


def _place_of(row: RowMapping) -> str:
    return f"{row['position']} {row['code']}"


def _shown(session: Session, call: Call, bin_id: int) -> dict[str, Any]:
    row = find_bin(session, bin_id)
    call.enter_warehouse(row["warehouse"], f"bin {bin_id}")
    return {**row, "contents": [dict(each) for each in contents_of(session, bin_id)]}
