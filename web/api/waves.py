"""Waves: thousands of shipments on picklists by one command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.warehouses import warehouse_codes
from fulfillment.orders.states import ShipmentStatus
from fulfillment.picking.choose import Chosen, choose, named
from fulfillment.picking.wave import outline, request_wave
from fulfillment.picking.wave_read import WaveView, find_wave, list_waves
from web.access import ADMIN, WAREHOUSE
from web.api.operations import accepted, leads_to_operation
from web.api.picking import listed_picklist
from web.api.picklists import enter_all
from web.call import Call, Reply
from web.paging import after_moment, by_creation, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.choices import ShipmentChoiceIn
from web.schemas.waves import WaveIn, WaveOut, WaveOutlineOut, WavesOut, WavesQuery

noun = Noun("waves", "Many shipments put on picklists together.")
_FLOOR = (WAREHOUSE, ADMIN)
_ADDED_UP = ("shipments", "shipped", "pieces", "picked")


@leads_to_operation(noun, "/v1/waves", roles=_FLOOR, body=WaveIn, most_bytes=LARGE_BODY)
def create_wave(session: Session, call: Call, body: WaveIn) -> Reply:
    """
    Put up to 5,000 shipments on picklists: by warehouse, the first due first, so many to a list. The wave is in the `result`.

    Each shipment is put on its list by itself: one that is refused meanwhile keeps no other back.
    """
    chosen = _chosen(session, call, body)
    asked = body.model_dump(mode="json", exclude_unset=True, exclude={"shipment_ids"})
    _, operation_id = request_wave(
        session,
        chosen,
        body.picklists.as_shape(),
        asked=asked,
        client_id=call.key.id,
        cause=call.cause,
        at=call.at,
    )
    return accepted(session, call, operation_id)


@noun.commands("/v1/waves/preview", roles=_FLOOR, body=WaveIn, answer=WaveOutlineOut, most_bytes=LARGE_BODY)
def preview_a_wave(session: Session, call: Call, body: WaveIn) -> Reply:
    """Say which picklists a wave would have now, of which warehouse and how long. Nothing is opened or released."""
    lists = outline(_chosen(session, call, body), body.picklists.as_shape())
    codes = warehouse_codes(session)
    return Reply(
        {
            "shipments": sum(len(each) for each in lists),
            "pieces": sum(chosen.pieces for each in lists for chosen in each),
            "picklists": [_outlined(each, codes[each[0].warehouse_id]) for each in lists],
        }
    )


@noun.reads("/v1/waves", roles=_FLOOR, answer=WavesOut, query=WavesQuery)
def list_all_waves(session: Session, call: Call, query: WavesQuery) -> Reply:
    """List waves, the latest first. A warehouse sees those that keep within it."""
    rows = list_waves(session, only=call.key.warehouses, before=after_moment(query.cursor), limit=query.limit + 1)
    return Reply(page("waves", rows, query.limit, by_creation, [_listed(row) for row in rows]))


@noun.reads("/v1/waves/<id:wave_id>", roles=_FLOOR, answer=WaveOut)
def show_wave(session: Session, call: Call, wave_id: int) -> Reply:
    """Read how far a wave is: how many shipments are on their lists, and what is picked and shipped of each list."""
    return Reply(_shown(find_wave(session, wave_id, only=call.key.warehouses)))


def _chosen(session: Session, call: Call, body: WaveIn) -> list[Chosen]:
    """Find the shipments that are meant; those of other warehouses are none of this caller's."""
    if body.shipment_ids is not None:
        enter_all(session, call, body.shipment_ids)
        return named(session, body.shipment_ids, unreleased=body.release)
    choice = (body.filter or ShipmentChoiceIn()).as_choice(call.key.warehouses)
    return choose(session, choice, unreleased=body.release, most=body.most)


def _outlined(shipments: Sequence[Chosen], warehouse: str) -> dict[str, Any]:
    return {
        "warehouse": warehouse,
        "shipments": len(shipments),
        "pieces": sum(each.pieces for each in shipments),
        "unreleased": sum(each.status == ShipmentStatus.INVENTORY_ASSIGNED for each in shipments),
        "shipment_ids": [each.id for each in shipments],
    }


def _shown(view: WaveView) -> dict[str, Any]:
    lists = [listed_picklist(row) for row in view.picklists]
    added_up = {name: sum(each[name] for each in lists) for name in _ADDED_UP}
    return {**_listed(view.wave), **added_up, "picklists": lists}


def _listed(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "operation_id", "asked", "total", "done", "refused", "created_by")
    return {
        **{name: row[name] for name in as_it_is},
        "created_at": moment(row["created_at"]),
        "finished_at": moment(row["finished_at"]),
    }
