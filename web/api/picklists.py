"""Picklists: make one, pick, hand everything over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.picking.choose import choose
from fulfillment.picking.wave import MOST_ON_PICKLIST
from fulfillment.shipments.pick import Picked, pick
from fulfillment.shipments.picklist import request_picklist
from fulfillment.shipments.read import PicklistView, find_picklist, warehouses_of
from fulfillment.shipments.request import being_packed, request_completion
from web.access import ADMIN, WAREHOUSE
from web.api.operations import accepted, leads_to_operation
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.choices import ShipmentChoiceIn
from web.schemas.shipments import PicklistCompletionIn, PicklistIn, PicklistOut, PicksIn

noun = Noun("picklists", "What is picked in one go.")


@leads_to_operation(noun, "/v1/picklists", roles=(WAREHOUSE, ADMIN), body=PicklistIn)
def create_picklist(session: Session, call: Call, body: PicklistIn) -> Reply:
    """
    Put released shipments of one warehouse on a new picklist: they are packing then. Its id is in the `result`.

    With a `filter` they are the first 500 that fit, by priority, then first covered.
    """
    shipment_ids = body.shipment_ids or _found(session, call, body.filter or ShipmentChoiceIn())
    enter_all(session, call, shipment_ids)
    _, operation_id = request_picklist(session, shipment_ids, client_id=call.key.id, cause=call.cause, at=call.at)
    return accepted(session, call, operation_id)


@noun.reads("/v1/picklists/<id:picklist_id>", roles=(WAREHOUSE, ADMIN), answer=PicklistOut)
def show_picklist(session: Session, call: Call, picklist_id: int) -> Reply:
    """Read a picklist: the shipments on it and what is to be picked."""
    return Reply(shown_picklist(_entered(session, call, picklist_id)))


@noun.commands("/v1/picklists/<id:picklist_id>/picks", roles=(WAREHOUSE, ADMIN), body=PicksIn, answer=PicklistOut)
def create_picks(session: Session, call: Call, body: PicksIn, picklist_id: int) -> Reply:
    """Record picks, all or none."""
    _entered(session, call, picklist_id)
    picked = [Picked(each.line_id, each.quantity) for each in body.picks]
    pick(session, picklist_id, picked, cause=call.cause, at=call.at, as_picker=True)
    return Reply(shown_picklist(find_picklist(session, picklist_id)))


@leads_to_operation(
    noun, "/v1/picklists/<id:picklist_id>/completion", roles=(WAREHOUSE, ADMIN), body=PicklistCompletionIn
)
def complete_picklist(session: Session, call: Call, body: PicklistCompletionIn, picklist_id: int) -> Reply:
    """Hand everything on a picklist that is being packed to the carrier, in one operation."""
    view = _entered(session, call, picklist_id)
    tracking = {int(shipment_id): number for shipment_id, number in body.tracking_numbers.items()}
    if strange := sorted(tracking.keys() - {shipment["id"] for shipment in view.shipments}):
        raise Invalid(
            f"not on the picklist: shipment {', '.join(map(str, strange[:20]))}",
            code="not_on_picklist",
            members={"shipment_ids": strange},
        )
    shipment_ids = being_packed(session, picklist_id)
    if not shipment_ids:
        raise Conflict(
            "nothing on the picklist is being packed",
            code="nothing_to_complete",
            guard="status",
            remedy="read the picklist: its shipments are done, or not on it yet",
        )
    operation_id = request_completion(
        session,
        shipment_ids,
        confirm_all=body.confirm_all,
        tracking_numbers=tracking,
        client_id=call.key.id,
        cause=call.cause,
        at=call.at,
    )
    return accepted(session, call, operation_id)


def _found(session: Session, call: Call, wanted: ShipmentChoiceIn) -> list[int]:
    choice = wanted.as_choice(call.key.warehouses)
    found = [each.id for each in choose(session, choice, unreleased=False, most=MOST_ON_PICKLIST)]
    if not found:
        raise Conflict(
            "no shipment is released that fits",
            code="nothing_to_pick",
            guard="something_chosen",
            remedy="widen the filter, or release shipments first",
        )
    return found


def enter_all(session: Session, call: Call, shipment_ids: Sequence[int]) -> None:
    """Raise NotFound for shipments that lie in a warehouse that is not this key's."""
    if call.key.warehouses is None:
        return
    warehouses = warehouses_of(session, shipment_ids)
    closed = [each for each in shipment_ids if not call.key.may_work_in(warehouses.get(each))]
    if closed:
        raise NotFound(f"no shipment {', '.join(map(str, closed[:20]))}", members={"missing": closed})


def _entered(session: Session, call: Call, picklist_id: int) -> PicklistView:
    view = find_picklist(session, picklist_id)
    call.enter_warehouse(view.picklist["warehouse"], f"picklist {picklist_id}")
    return view


def shown_picklist(view: PicklistView) -> dict[str, Any]:
    """Write a picklist as it is answered."""
    picklist = view.picklist
    return {
        "id": picklist["id"],
        "status": picklist["status"],
        "warehouse": picklist["warehouse"],
        "created_at": moment(picklist["created_at"]),
        "created_by": picklist["created_by"],
        "completed_at": moment(picklist["completed_at"]),
        "shipments": [dict(shipment) for shipment in view.shipments],
        "lines": [
            {name: line[name] for name in ("id", "shipment_id", "sku", "name", "quantity", "picked")}
            for line in view.lines
            if line["product_id"] is not None  # a charge is on no shelf
        ],
    }
