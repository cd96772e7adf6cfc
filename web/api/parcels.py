"""Parcels: packed by scan, weighed, undone until the carrier has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.packing.bench import Pieces
from fulfillment.packing.change import ParcelChange, change_parcel
from fulfillment.packing.pack import open_parcel, put_in
from fulfillment.packing.parcels import ParcelView, find_parcel, parcels_of
from fulfillment.packing.unpack import take_out, unpack
from fulfillment.shipments.read import find_shipment
from fulfillment.tracking.read import events_of
from web.access import ADMIN, CSR, WAREHOUSE
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.parcels import ItemsIn, ParcelChangeIn, ParcelIn, ParcelOut, ParcelsOut, PiecesIn, TrackingEventsOut

_FLOOR = (WAREHOUSE, ADMIN)

noun = Noun("parcels", "The boxes of a shipment, and what is in each.")


@noun.reads("/v1/shipments/<id:shipment_id>/parcels", roles=(CSR, *_FLOOR), answer=ParcelsOut)
def list_parcels(session: Session, call: Call, shipment_id: int) -> Reply:
    """List the parcels of a shipment, and what of it is in none of them yet."""
    _enter(session, call, shipment_id)
    return Reply(_of_shipment(session, shipment_id))


@noun.commands("/v1/shipments/<id:shipment_id>/parcels", roles=_FLOOR, body=ParcelIn, answer=ParcelOut, status=201)
def create_parcel(session: Session, call: Call, body: ParcelIn, shipment_id: int) -> Reply:
    """Begin a parcel of a shipment that is being packed, with pieces in it or still empty."""
    _enter(session, call, shipment_id)
    parcel_id = open_parcel(
        session,
        shipment_id,
        _pieces(body.items),
        weight_grams=body.weight_grams,
        tracking_number=body.tracking_number,
        cause=call.cause,
        at=call.at,
    )
    return Reply(_shown(find_parcel(session, parcel_id)), 201, {"Location": f"/v1/parcels/{parcel_id}"})


@noun.reads("/v1/parcels/<id:parcel_id>", roles=(CSR, *_FLOOR), answer=ParcelOut)
def show_parcel(session: Session, call: Call, parcel_id: int) -> Reply:
    """Read a parcel and what is in it."""
    return Reply(_shown(_entered(session, call, parcel_id)))


@noun.reads("/v1/parcels/<id:parcel_id>/events", roles=(CSR, *_FLOOR), answer=TrackingEventsOut)
def list_tracking_events(session: Session, call: Call, parcel_id: int) -> Reply:
    """List what was told of a parcel, in the order in which it happened; what came late is where it belongs."""
    parcel = _entered(session, call, parcel_id)
    events = [
        {**event, "occurred_at": moment(event["occurred_at"]), "received_at": moment(event["received_at"])}
        for event in events_of(session, parcel_id)
    ]
    return Reply({"delivery_state": parcel.delivery_state, "events": events})


@noun.commands("/v1/parcels/<id:parcel_id>/items", roles=_FLOOR, body=ItemsIn, answer=ParcelOut)
def add_items(session: Session, call: Call, body: ItemsIn, parcel_id: int) -> Reply:
    """Put pieces into a parcel, all or none. Each is verified: it belongs to the shipment, is picked, and is not too many."""
    _entered(session, call, parcel_id)
    put_in(session, parcel_id, _pieces(body.items), cause=call.cause, at=call.at)
    return Reply(_shown(find_parcel(session, parcel_id)))


@noun.commands("/v1/parcels/<id:parcel_id>/removals", roles=_FLOOR, body=ItemsIn, answer=ParcelOut)
def remove_items(session: Session, call: Call, body: ItemsIn, parcel_id: int) -> Reply:
    """Take pieces out of a parcel again, until the carrier has it. They stay picked."""
    _entered(session, call, parcel_id)
    take_out(session, parcel_id, _pieces(body.items), cause=call.cause, at=call.at)
    return Reply(_shown(find_parcel(session, parcel_id)))


@noun.changes("PATCH", "/v1/parcels/<id:parcel_id>", roles=(CSR, *_FLOOR), body=ParcelChangeIn, answer=ParcelOut)
def edit_parcel(session: Session, call: Call, body: ParcelChangeIn, parcel_id: int) -> Reply:
    """Say what a parcel weighs, and under which number the carrier knows it. Only while the order is New or Processing."""
    _entered(session, call, parcel_id)
    said = cast("ParcelChange", body.model_dump(exclude_unset=True))
    change_parcel(session, parcel_id, said, cause=call.cause, at=call.at)
    return Reply(_shown(find_parcel(session, parcel_id)))


@noun.changes("DELETE", "/v1/parcels/<id:parcel_id>", roles=_FLOOR, answer=ParcelsOut)
def unpack_parcel(session: Session, call: Call, parcel_id: int) -> Reply:
    """Undo a parcel, until the carrier has it: what was in it stays picked. Gives what is left of the shipment's packing."""
    parcel = _entered(session, call, parcel_id)
    unpack(session, parcel_id, cause=call.cause, at=call.at)
    return Reply(_of_shipment(session, parcel.shipment_id))


def _entered(session: Session, call: Call, parcel_id: int) -> ParcelView:
    parcel = find_parcel(session, parcel_id)
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(parcel.warehouse, f"parcel {parcel_id}")
    return parcel


def _enter(session: Session, call: Call, shipment_id: int) -> None:
    view = find_shipment(session, shipment_id)
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(view.shipment["warehouse"], f"shipment {shipment_id}")


def _pieces(items: Iterable[PiecesIn]) -> list[Pieces]:
    return [Pieces(each.quantity, each.line_id, each.code) for each in items]


def _of_shipment(session: Session, shipment_id: int) -> dict[str, Any]:
    parcels = parcels_of(session, shipment_id)
    packed: dict[int, int] = {}
    for parcel in parcels:
        for item in parcel.items:
            packed[item.line_id] = packed.get(item.line_id, 0) + item.quantity
    to_pack = [
        {
            "line_id": line["id"],
            "sku": line["sku"],
            "name": line["name"],
            "quantity": line["quantity"] - packed.get(line["id"], 0),
            "picked": line["picked"] - packed.get(line["id"], 0),
        }
        for line in find_shipment(session, shipment_id).lines or ()
        if line["quantity"] > packed.get(line["id"], 0)
    ]
    return {"parcels": [_shown(parcel) for parcel in parcels], "to_pack": to_pack}


def _shown(parcel: ParcelView) -> dict[str, Any]:
    shown = asdict(parcel)
    del shown["warehouse"]
    times = ("created_at", "delivery_state_since", "delivered_at")
    return {**shown, **{name: moment(shown[name]) for name in times}}
