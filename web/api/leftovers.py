"""What does not go as planned: missing pieces, picks taken back, leftovers, and what is to be put back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.picking.close import close
from fulfillment.picking.put_back import confirm_put_back, list_put_backs
from fulfillment.picking.read import picklist_head
from fulfillment.picking.short_pick import short_pick
from fulfillment.picking.unpick import unpick
from fulfillment.shipments.read import find_picklist
from web.access import ADMIN, CSR, WAREHOUSE
from web.api.picklists import shown_picklist
from web.call import Call, Reply
from web.paging import after_moment, by_creation, page
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.leftovers import (
    ClosingIn,
    ClosingOut,
    ConfirmationIn,
    PutBackOut,
    PutBacksOut,
    PutBacksQuery,
    ShortPickIn,
    ShortPickOut,
    UnpicksIn,
)
from web.schemas.shipments import PicklistOut

noun = Noun("leftovers", "What does not go as planned on a picklist, and what is to be put back.")
_FLOOR = (WAREHOUSE, ADMIN)


@noun.commands(
    "/v1/picklists/<id:picklist_id>/lines/<id:line_id>/short-picks", roles=_FLOOR, body=ShortPickIn, answer=ShortPickOut
)
def create_short_pick(session: Session, call: Call, body: ShortPickIn, picklist_id: int, line_id: int) -> Reply:
    """
    Report missing pieces of a line: they leave the books with this reason, and the line is sourced again.

    From this warehouse where it has more, else from another; what is there ships, and is paid, alone where the market
    splits shipments or `then` says so.
    """
    _enter(session, call, picklist_id)
    done = short_pick(session, picklist_id, body.as_short(line_id), cause=call.cause, at=call.at)
    told = {"quantity": done.quantity, "became": str(done.became), "shipment_id": done.shipment_id}
    return Reply({"picklist_id": picklist_id, "line_id": line_id, **told})


@noun.commands("/v1/picklists/<id:picklist_id>/unpicks", roles=_FLOOR, body=UnpicksIn, answer=PicklistOut)
def create_unpicks(session: Session, call: Call, body: UnpicksIn, picklist_id: int) -> Reply:
    """Take picks back, all or none, as long as they are not packed."""
    _enter(session, call, picklist_id)
    unpick(session, picklist_id, body.as_returned(), cause=call.cause, at=call.at)
    return Reply(shown_picklist(find_picklist(session, picklist_id)))


@noun.commands("/v1/picklists/<id:picklist_id>/closing", roles=_FLOOR, body=ClosingIn, answer=ClosingOut)
def close_picklist(session: Session, call: Call, body: ClosingIn, picklist_id: int) -> Reply:
    """
    Close a picklist: what is not picked whole is released again, for another list.

    What is picked whole stays on it until it is handed over.
    """
    _enter(session, call, picklist_id)
    bins = {int(line_id): code for line_id, code in body.bins.items()}
    released = close(session, picklist_id, bins, cause=call.cause, at=call.at)
    status = picklist_head(session, picklist_id)["status"]
    return Reply({"picklist_id": picklist_id, "status": status, "released": released})


@noun.reads("/v1/put-backs", roles=(CSR, WAREHOUSE, ADMIN), answer=PutBacksOut, query=PutBacksQuery)
def list_all_put_backs(session: Session, call: Call, query: PutBacksQuery) -> Reply:
    """List what was picked for canceled shipments and is to be put back, or was."""
    rows = list_put_backs(
        session,
        warehouse=query.warehouse,
        is_open=None if query.status is None else query.status == "open",
        only=call.key.warehouses,
        after=after_moment(query.cursor),
        limit=query.limit + 1,
    )
    return Reply(page("put_backs", rows, query.limit, by_creation, [_shown(row) for row in rows]))


@noun.commands("/v1/put-backs/<id:put_back_id>/confirmation", roles=_FLOOR, body=ConfirmationIn, answer=PutBackOut)
def confirm(session: Session, call: Call, body: ConfirmationIn, put_back_id: int) -> Reply:
    """Say that the pieces lie on the shelf again: they may be promised from now on."""
    _put_back(session, call, put_back_id)
    confirm_put_back(session, put_back_id, body.bin, cause=call.cause, at=call.at)
    return Reply(_shown(_put_back(session, call, put_back_id)))


def _put_back(session: Session, call: Call, put_back_id: int) -> RowMapping:
    rows = list_put_backs(session, only=call.key.warehouses, put_back_id=put_back_id)
    if not rows:
        raise NotFound(f"no put-back {put_back_id}")
    return rows[0]


def _enter(session: Session, call: Call, picklist_id: int) -> None:
    call.enter_warehouse(picklist_head(session, picklist_id)["warehouse"], f"picklist {picklist_id}")


def _shown(row: RowMapping) -> dict[str, Any]:
    return {**row, **{name: moment(row[name]) for name in ("created_at", "confirmed_at")}}
