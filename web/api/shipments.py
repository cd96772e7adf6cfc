"""Shipments: read, release, complete."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.orders.states import ShipmentStatus
from fulfillment.shipments.read import ShipmentFilter, ShipmentView, find_shipment, list_shipments, shipment_of_line
from fulfillment.shipments.request import request_completion, request_release
from fulfillment.shipments.shortage import Shortage, shortages_of
from fulfillment.shipments.split import split
from fulfillment.shipments.states import DeliveryState
from fulfillment.shipments.update import set_tracking
from fulfillment.tracking.say import say_where_item_is
from web.access import ADMIN, CSR, WAREHOUSE
from web.api.operations import accepted, leads_to_operation
from web.call import Call, Reply
from web.paging import after_id, page
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import day, moment
from web.schemas.shipments import (
    CompletionIn,
    DeliveryStateIn,
    ReleaseIn,
    ShipmentOut,
    ShipmentsOut,
    ShipmentsQuery,
    SplitIn,
    SplitOut,
    TrackingIn,
)

_ALL = (CSR, WAREHOUSE, ADMIN)

noun = Noun("shipments", "What goes to one address by one method. No money, no e-mail addresses.")


@noun.reads("/v1/shipments", roles=(CSR, WAREHOUSE, ADMIN), answer=ShipmentsOut, query=ShipmentsQuery)
def list_all_shipments(session: Session, call: Call, query: ShipmentsQuery) -> Reply:
    """List shipments by id, with their lines unless `lines=false`. A warehouse sees its own."""
    wanted = ShipmentFilter(query.status, query.market, query.warehouse, only=call.key.warehouses)
    views = list_shipments(
        session, wanted, after=after_id(query.cursor), limit=query.limit + 1, with_lines=query.lines == "true"
    )
    shown = [_shown(view) for view in views]
    return Reply(page("shipments", views, query.limit, lambda view: view.shipment["id"], shown))


@noun.reads("/v1/shipments/<id:shipment_id>", roles=(CSR, WAREHOUSE, ADMIN), answer=ShipmentOut)
def show_shipment(session: Session, call: Call, shipment_id: int) -> Reply:
    """Read a shipment with its lines, and what it waits for: its place in the queue, and the day by which it can be there."""
    view = _entered(session, call, shipment_id)
    waiting = view.shipment["status"] == ShipmentStatus.AWAITING_INVENTORY
    shortage = shortages_of(session, [shipment_id], at=call.at).get(shipment_id) if waiting else None
    return Reply(_shown(view) | {"waits_for": None if shortage is None else _waits_for(shortage)})


@leads_to_operation(noun, "/v1/shipments/<id:shipment_id>/release", roles=(CSR, WAREHOUSE, ADMIN), body=ReleaseIn)
@previewed
def release_shipment(session: Session, call: Call, body: ReleaseIn, shipment_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Let the warehouse work a shipment. Refused on hold, or while the order is not covered."""
    _entered(session, call, shipment_id)
    return accepted(
        session,
        call,
        request_release(session, shipment_id, client_id=call.key.id, cause=call.cause, at=call.at),
    )


@leads_to_operation(noun, "/v1/shipments/<id:shipment_id>/completion", roles=(WAREHOUSE, ADMIN), body=CompletionIn)
@previewed
def complete_shipment(session: Session, call: Call, body: CompletionIn, shipment_id: int) -> Reply:
    """Hand a shipment to the carrier: stock leaves, and its capture follows. Needs its picks, or confirm_all."""
    _entered(session, call, shipment_id)
    operation_id = request_completion(
        session,
        [shipment_id],
        confirm_all=body.confirm_all,
        tracking_numbers={} if body.tracking_number is None else {shipment_id: body.tracking_number},
        client_id=call.key.id,
        cause=call.cause,
        at=call.at,
    )
    return accepted(session, call, operation_id)


@noun.commands("/v1/shipments/<id:shipment_id>/split", roles=_ALL, body=SplitIn, answer=SplitOut, status=201)
@previewed
def split_shipment(session: Session, call: Call, body: SplitIn, shipment_id: int) -> Reply:
    """
    Let pieces of a shipment travel by themselves, to the same address. Possible until it is packed.

    What is assigned stays with it as far as it needs it; what was waited for is waited for as before. Amounts are shared.
    """
    _entered(session, call, shipment_id)
    pieces = {line.line_id: line.quantity for line in body.lines}
    split_off = split(session, shipment_id, pieces, cause=call.cause, at=call.at)
    kept, gone = (_shown(find_shipment(session, each)) for each in (shipment_id, split_off.id))
    return Reply({"shipment": kept, "split_off": gone}, 201)


@noun.commands("/v1/shipments/<id:shipment_id>/tracking", roles=_ALL, body=TrackingIn, answer=ShipmentOut)
def track_shipment(session: Session, call: Call, body: TrackingIn, shipment_id: int) -> Reply:
    """Enter the tracking number, once the order is covered. Only while the order is New or Processing."""
    _entered(session, call, shipment_id)
    set_tracking(session, shipment_id, tracking_number=body.tracking_number, cause=call.cause, at=call.at)
    return Reply(_shown(find_shipment(session, shipment_id)))


@noun.commands("/v1/lines/<id:line_id>/delivery-state", roles=_ALL, body=DeliveryStateIn, answer=ShipmentOut)
def move_item(session: Session, call: Call, body: DeliveryStateIn, line_id: int) -> Reply:
    """
    Say where an item is on its way; gives its shipment. Only while the order is New or Processing.

    It moves the status of neither. `none` takes back what was said by mistake.
    """
    shipment_id = shipment_of_line(session, line_id)
    _entered(session, call, shipment_id)
    say_where_item_is(session, line_id, DeliveryState(body.state), cause=call.cause, at=call.at)
    return Reply(_shown(find_shipment(session, shipment_id)))


def _entered(session: Session, call: Call, shipment_id: int) -> ShipmentView:
    view = find_shipment(session, shipment_id)
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(view.shipment["warehouse"], f"shipment {shipment_id}")
    return view


def _shown(view: ShipmentView) -> dict[str, Any]:
    shipment = view.shipment
    as_it_is = (
        "id",
        "number",
        "market",
        "status",
        "on_hold",
        "needs_shipping",
        "ship_to",
        "shipping_method",
        "warehouse",
        "picklist_id",
        "tracking_number",
        "priority",
    )
    return {
        **{name: shipment[name] for name in as_it_is},
        "order": shipment["order_number"],
        "status_since": moment(shipment["status_since"]),
        "shipped_at": moment(shipment["shipped_at"]),
        "waits_for": None,
        "lines": None if view.lines is None else [_line(line) for line in view.lines],
    }


def _waits_for(shortage: Shortage) -> dict[str, Any]:
    as_it_is = ("sku", "needed", "available", "place", "ahead_pieces", "missing")
    return {
        "warehouse": shortage.warehouse,
        "not_before": moment(shortage.not_before),
        "expected_on": day(shortage.expected_on),
        "products": [
            {**{name: getattr(each, name) for name in as_it_is}, "expected_on": day(each.expected_on)}
            for each in shortage.products
        ],
    }


def _line(line: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "position", "sku", "name", "quantity", "allocated", "picked", "delivery_state")
    return {**{name: line[name] for name in as_it_is}, "manual": line["product_id"] is None}
