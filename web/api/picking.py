"""Picking: claim a picklist, walk it, scan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.keys import picker_named
from fulfillment.access.models import Role
from fulfillment.picking.claim import claim, give_up, hand_over
from fulfillment.picking.read import PicklistFilter, list_picklists, picklist_head
from fulfillment.picking.scan import scan
from fulfillment.picking.totes import give_totes
from fulfillment.picking.walk import walk
from web.access import ADMIN, WAREHOUSE
from web.call import Call, Reply
from web.paging import after_moment, by_creation, page
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.picking import (
    ClaimIn,
    HandoverIn,
    ListedPicklistOut,
    PicklistsOut,
    PicklistsQuery,
    ScanIn,
    ScanOut,
    TotesIn,
    WalkOut,
)

noun = Noun("picking", "Picklists in somebody's hands: claimed, walked, scanned.")
_FLOOR = (WAREHOUSE, ADMIN)


@noun.reads("/v1/picklists", roles=_FLOOR, answer=PicklistsOut, query=PicklistsQuery)
def list_all_picklists(session: Session, call: Call, query: PicklistsQuery) -> Reply:
    """List picklists with their progress, the latest first. A warehouse sees its own."""
    claimed = None if query.claimed is None else query.claimed == "true"
    wanted = PicklistFilter(query.status, query.warehouse, claimed, only=call.key.warehouses)
    rows = list_picklists(session, wanted, at=call.at, before=after_moment(query.cursor), limit=query.limit + 1)
    return Reply(page("picklists", rows, query.limit, by_creation, [listed_picklist(row) for row in rows]))


@noun.reads("/v1/picklists/<id:picklist_id>/walk", roles=_FLOOR, answer=WalkOut)
def walk_picklist(session: Session, call: Call, picklist_id: int) -> Reply:
    """Read what is still to be picked, bin after bin in walking order; what is on hold or canceled is left out."""
    _enter(session, call, picklist_id)
    stops = [asdict(stop) for stop in walk(session, picklist_id)]
    return Reply({"picklist_id": picklist_id, "left": sum(stop["quantity"] for stop in stops), "stops": stops})


@noun.commands("/v1/picklists/<id:picklist_id>/claim", roles=_FLOOR, body=ClaimIn, answer=ListedPicklistOut)
def claim_picklist(session: Session, call: Call, body: ClaimIn, picklist_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Take a picklist: nobody else picks it until 15 minutes after the last scan. A scan takes it, too."""
    _enter(session, call, picklist_id)
    claim(session, picklist_id, cause=call.cause, at=call.at)
    return _head(session, picklist_id)


@noun.commands("/v1/picklists/<id:picklist_id>/claim/handover", roles=_FLOOR, body=HandoverIn, answer=ListedPicklistOut)
def hand_picklist_over(session: Session, call: Call, body: HandoverIn, picklist_id: int) -> Reply:
    """Give a picklist to another picker. An administrator may give that of anybody."""
    warehouse = _enter(session, call, picklist_id)
    to = picker_named(session, body.to, warehouse, at=call.at)
    hand_over(session, picklist_id, to, cause=call.cause, at=call.at, by_force=call.key.role == Role.ADMIN)
    return _head(session, picklist_id)


@noun.commands("/v1/picklists/<id:picklist_id>/claim/release", roles=_FLOOR, body=ClaimIn, answer=ListedPicklistOut)
def give_picklist_up(session: Session, call: Call, body: ClaimIn, picklist_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Leave a picklist to whoever takes it. What was picked stays picked."""
    _enter(session, call, picklist_id)
    give_up(session, picklist_id, cause=call.cause, at=call.at, by_force=call.key.role == Role.ADMIN)
    return _head(session, picklist_id)


@noun.commands("/v1/picklists/<id:picklist_id>/totes", roles=_FLOOR, body=TotesIn, answer=WalkOut)
def give_totes_to_shipments(session: Session, call: Call, body: TotesIn, picklist_id: int) -> Reply:
    """Give shipments of a picklist a tote each. From then on each scan of theirs names the tote."""
    _enter(session, call, picklist_id)
    totes = {each.shipment_id: each.code for each in body.totes}
    give_totes(session, picklist_id, totes, cause=call.cause, at=call.at)
    return walk_picklist(session, call, picklist_id)


@noun.commands("/v1/picklists/<id:picklist_id>/scans", roles=_FLOOR, body=ScanIn, answer=ScanOut)
def create_scan(session: Session, call: Call, body: ScanIn, picklist_id: int) -> Reply:
    """
    Scan pieces: they are picked for the first shipment that needs them, or for that of the tote.

    Refused with wrong_item, wrong_bin, wrong_tote, tote_needed, unknown_code, over_pick, already_picked, short, on_hold,
    canceled or not_yours, and what to do next; then nothing is counted.
    """
    _enter(session, call, picklist_id)
    return Reply(scan(session, picklist_id, body.as_scan(), cause=call.cause, at=call.at))


def _enter(session: Session, call: Call, picklist_id: int) -> str:
    warehouse: str = picklist_head(session, picklist_id)["warehouse"]
    call.enter_warehouse(warehouse, f"picklist {picklist_id}")
    return warehouse


def _head(session: Session, picklist_id: int) -> Reply:
    return Reply(listed_picklist(picklist_head(session, picklist_id, counted=True)))


def listed_picklist(row: RowMapping) -> dict[str, Any]:
    """Write a picklist as it is listed."""
    times = {name: moment(row[name]) for name in ("created_at", "claimed_until")}
    return {**row, **times}
