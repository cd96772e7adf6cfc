"""Places: where pieces lie, and how they are moved from bin to bin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.products import find_product, product_ids
from fulfillment.inventory.move import Move, move_pieces
from fulfillment.inventory.on_hand import Count
from fulfillment.inventory.read import bin_movements_of, places_of
from web.access import ADMIN, CSR, WAREHOUSE
from web.api.inventory import place_of, shown_counts
from web.call import Call, Reply
from web.paging import after_id, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.inventory import CountsOut, MovementsQuery
from web.schemas.places import BinMovementsOut, BinMovesIn, PlacesOut, PlacesQuery

noun = Noun("places", "Where the pieces of a product lie, and how they went from bin to bin.")


@noun.reads("/v1/inventory/places", roles=(CSR, WAREHOUSE, ADMIN), answer=PlacesOut, query=PlacesQuery)
def show_places(session: Session, call: Call, query: PlacesQuery) -> Reply:
    """Read where the pieces of a product lie: in which bins, in none, or picked already."""
    find_product(session, query.sku)
    rows = [row for row in places_of(session, query.sku) if call.key.may_work_in(row["warehouse"])]
    return Reply({"sku": query.sku, "warehouses": [_lying(row) for row in rows]})


@noun.commands(
    "/v1/inventory/bin-moves",
    roles=(WAREHOUSE, ADMIN),
    body=BinMovesIn,
    answer=CountsOut,
    status=201,
    most_bytes=LARGE_BODY,
)
def create_bin_moves(session: Session, call: Call, body: BinMovesIn) -> Reply:
    """Put pieces away, move them from bin to bin, or take them out. What is on hand and what is promised stays."""
    place = place_of(session, call, body.warehouse)
    ids = product_ids(session, (line.sku for line in body.lines))
    moves = [Move(ids[line.sku], line.sku, line.quantity, line.from_bin, line.to_bin) for line in body.lines]
    move_pieces(session, place, moves, cause=call.cause, at=call.at)
    return shown_counts(session, call, body.warehouse, [Count(each.product_id, each.sku, 0) for each in moves])


@noun.reads("/v1/inventory/bin-movements", roles=(WAREHOUSE, ADMIN), answer=BinMovementsOut, query=MovementsQuery)
def list_bin_movements(session: Session, call: Call, query: MovementsQuery) -> Reply:
    """List how the pieces of a product went from bin to bin, the latest first."""
    find_product(session, query.sku)
    rows = bin_movements_of(
        session, query.sku, before=after_id(query.cursor), limit=query.limit + 1, only=call.key.warehouses
    )
    return Reply(page("movements", rows, query.limit, lambda row: row["id"], [_bin_movement(row) for row in rows]))


def _bin_movement(row: RowMapping) -> dict[str, Any]:
    as_it_is = (
        "id",
        "sku",
        "warehouse",
        "kind",
        "from_bin",
        "to_bin",
        "quantity",
        "line_id",
        "cause_id",
        "actor",
    )
    return {**{name: row[name] for name in as_it_is}, "cause": row["cause_kind"], "at": moment(row["at"])}


def _lying(row: RowMapping) -> dict[str, Any]:
    return {
        "warehouse": row["warehouse"],
        "on_hand": row["on_hand"],
        "allocated": row["allocated"],
        "bins": row["bins"],
        "picked": row["picked"],
        "unplaced": row["on_hand"] - row["in_bins"] - row["picked"],
        "in_transit": row["in_transit"],
    }
