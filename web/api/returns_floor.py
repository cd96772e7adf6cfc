"""Returns at the bench: received by scan, decided about piece by piece."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.catalog.warehouses import warehouse_id
from fulfillment.returns.decide import Decision, decide_pieces
from fulfillment.returns.read import pieces_to_vendor, warehouse_of_stray
from fulfillment.returns.receive import Arrived, receive_return
from fulfillment.returns.strays import StrayDecision, settle_stray
from web.access import ADMIN, CSR, WAREHOUSE
from web.api.returns import shown_return
from web.call import Call, Reply
from web.paging import after_id, page
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.returns import DecisionIn, ReturnReceiptIn, StrayIn, ToVendorQuery
from web.schemas.returns_shown import DecidedOut, ReturnOut, ReturnReceivedOut, ToVendorsOut

_FLOOR = (WAREHOUSE, ADMIN)
_PATH = "/v1/returns/<id:return_id>"

noun = Noun("returns_floor", "What came back, by scan, and what becomes of it.")


@noun.commands(f"{_PATH}/receipts", roles=_FLOOR, body=ReturnReceiptIn, answer=ReturnReceivedOut, status=201)
def receive_pieces(session: Session, call: Call, body: ReturnReceiptIn, return_id: int) -> Reply:
    """Count pieces that came back, by scan. More or others than announced are kept, too, and told as such."""
    call.enter_warehouse(body.warehouse, f"warehouse {body.warehouse}")
    arrived = Arrived(
        body.scan_id,
        body.code,
        body.quantity,
        warehouse_id(session, body.warehouse),
        body.condition,
        body.disposition,
        body.bin,
        body.place,
        body.note,
    )
    return Reply(receive_return(session, return_id, arrived, cause=call.cause, at=call.at), 201)


@noun.commands(f"{_PATH}/decisions", roles=_FLOOR, body=DecisionIn, answer=DecidedOut, status=201)
def decide_what_becomes(session: Session, call: Call, body: DecisionIn, return_id: int) -> Reply:
    """Say what becomes of pieces that came: restocked, scrapped, to their vendor, or refused and sent back."""
    call.enter_warehouse(body.warehouse, f"warehouse {body.warehouse}")
    decision = Decision(
        body.scan_id,
        body.code,
        body.quantity,
        warehouse_id(session, body.warehouse),
        body.disposition,
        body.bin,
        body.note,
    )
    return Reply(decide_pieces(session, return_id, decision, cause=call.cause, at=call.at), 201)


@noun.commands(f"{_PATH}/strays/<id:stray_id>/settlement", roles=_FLOOR, body=StrayIn, answer=ReturnOut)
def settle_a_stray(session: Session, call: Call, body: StrayIn, return_id: int, stray_id: int) -> Reply:
    """Say what becomes of pieces that came with a return and are none of its order: sent back, stocked or scrapped."""
    call.enter_warehouse(warehouse_of_stray(session, return_id, stray_id), f"stray {stray_id}")
    settle_stray(session, return_id, stray_id, StrayDecision(body.settled_as, body.bin), cause=call.cause, at=call.at)
    return Reply(shown_return(session, call, return_id))


@noun.reads("/v1/vendor-returns", roles=(CSR, *_FLOOR), answer=ToVendorsOut, query=ToVendorQuery)
def list_pieces_to_vendor(session: Session, call: Call, query: ToVendorQuery) -> Reply:
    """List pieces that came back and go to their vendor, the latest first."""
    rows = pieces_to_vendor(
        session,
        sku=query.sku,
        warehouse=query.warehouse,
        only=call.key.warehouses,
        before=after_id(query.cursor),
        limit=query.limit + 1,
    )
    shown = [
        {
            **{name: row[name] for name in ("id", "sku", "name", "quantity", "warehouse", "note")},
            "return_number": row["return"],
            "decided_by": row["actor"],
            "decided_at": moment(row["at"]),
        }
        for row in rows
    ]
    return Reply(page("pieces", rows, query.limit, lambda row: row["id"], shown))
