"""Transfers: requested, shipped, received in parts, ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.inventory.documents import LatestDocuments
from fulfillment.kernel.errors import NotFound
from fulfillment.transfers.read import find_transfer, list_transfers
from fulfillment.transfers.receive import end_transfer, receive_transfer
from fulfillment.transfers.request import request_transfer
from fulfillment.transfers.ship import ship_transfer
from web.access import ADMIN, WAREHOUSE
from web.call import Call, Reply
from web.counts import counts_of
from web.paging import after_moment, by_creation, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.transfers import (
    TransferEndIn,
    TransferIn,
    TransferOut,
    TransferReceiptIn,
    TransferShipmentIn,
    TransfersOut,
    TransfersQuery,
)

_FLOOR = (WAREHOUSE, ADMIN)
_PATH = "/v1/transfers/<id:transfer_id>"

noun = Noun("transfers", "What goes from one warehouse to another.")


@noun.reads("/v1/transfers", roles=_FLOOR, answer=TransfersOut, query=TransfersQuery)
def list_all_transfers(session: Session, call: Call, query: TransfersQuery) -> Reply:
    """List transfers, the latest first. A warehouse sees those that leave it or come to it."""
    wanted = LatestDocuments(query.status, call.key.warehouses, after_moment(query.cursor), query.limit + 1)
    rows = list_transfers(session, wanted)
    return Reply(page("transfers", rows, query.limit, by_creation, [_listed(row) for row in rows]))


@noun.commands("/v1/transfers", roles=_FLOOR, body=TransferIn, answer=TransferOut, status=201, most_bytes=LARGE_BODY)
def create_transfer(session: Session, call: Call, body: TransferIn) -> Reply:
    """Request a transfer, by the warehouse that gives or the one that gets. Nothing moves before it is shipped."""
    if not call.key.may_work_in(body.to_warehouse):
        call.enter_warehouse(body.from_warehouse, f"warehouse {body.from_warehouse}")
    source, target = (warehouse_id(session, code) for code in (body.from_warehouse, body.to_warehouse))
    counts = counts_of(session, body.lines)
    transfer_id = request_transfer(session, source, target, counts, note=body.note, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, transfer_id), 201)


@noun.reads(_PATH, roles=_FLOOR, answer=TransferOut)
def show_transfer(session: Session, call: Call, transfer_id: int) -> Reply:
    """Read a transfer: what left, what came, what is on the way."""
    return Reply(_shown(session, call, transfer_id))


@noun.commands(f"{_PATH}/shipment", roles=_FLOOR, body=TransferShipmentIn, answer=TransferOut, most_bytes=LARGE_BODY)
def ship_a_transfer(session: Session, call: Call, body: TransferShipmentIn, transfer_id: int) -> Reply:
    """Let what was requested leave its warehouse, or less."""
    call.enter_warehouse(_shown(session, call, transfer_id)["from_warehouse"], f"transfer {transfer_id}")
    counts = None if body.lines is None else counts_of(session, body.lines)
    ship_transfer(session, transfer_id, counts, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, transfer_id))


@noun.commands(
    f"{_PATH}/receipts", roles=_FLOOR, body=TransferReceiptIn, answer=TransferOut, status=201, most_bytes=LARGE_BODY
)
def receive_a_transfer(session: Session, call: Call, body: TransferReceiptIn, transfer_id: int) -> Reply:
    """Take in what came, all or a part. Shipments that wait for it are tried in their order."""
    call.enter_warehouse(_shown(session, call, transfer_id)["to_warehouse"], f"transfer {transfer_id}")
    receive_transfer(session, transfer_id, counts_of(session, body.lines), cause=call.cause, at=call.at)
    return Reply(_shown(session, call, transfer_id), 201)


@noun.commands(f"{_PATH}/end", roles=_FLOOR, body=TransferEndIn, answer=TransferOut)
def end_a_transfer(session: Session, call: Call, body: TransferEndIn, transfer_id: int) -> Reply:
    """Cancel a transfer that has not left, or say that the rest on the way was returned or is lost."""
    _shown(session, call, transfer_id)
    end_transfer(session, transfer_id, body.rest, cause=call.cause, at=call.at)
    return Reply(_shown(session, call, transfer_id))


def _shown(session: Session, call: Call, transfer_id: int) -> dict[str, Any]:
    row, lines = find_transfer(session, transfer_id)
    if not any(call.key.may_work_in(row[end]) for end in ("from_warehouse", "to_warehouse")):
        raise NotFound(f"no transfer {transfer_id}")
    return {**_listed(row), "lines": [dict(line) for line in lines]}


def _listed(row: RowMapping) -> dict[str, Any]:
    times = {name: moment(row[name]) for name in ("created_at", "shipped_at", "ended_at")}
    return {**row, **times}
