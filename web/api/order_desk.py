"""What customer service keeps about an order beside its goods and its money."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.orders.archive import archive, take_from_archive
from fulfillment.orders.delete import delete
from fulfillment.orders.history import StatusChange, status_history
from fulfillment.orders.invoice import set_invoice_number
from fulfillment.orders.read import find_order
from web.access import ADMIN, CSR
from web.api.orders import shown_order
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.order_desk import ArchiveIn, DeletedOrderOut, DeletionQuery, InvoiceIn, StatusHistoryOut
from web.schemas.orders import OrderOut

noun = Noun("order_desk", "What customer service keeps about an order beside its goods and its money.")


@noun.changes("PUT", "/v1/orders/<name:number>/invoice", roles=(CSR, ADMIN), body=InvoiceIn, answer=OrderOut)
def put_invoice_number(session: Session, call: Call, body: InvoiceIn, number: str) -> Reply:
    """Set the invoice number of an order by itself, whatever its status; null takes it away."""
    order = find_order(session, number)
    set_invoice_number(session, order["id"], body.invoice_number, cause=call.cause, at=call.at)
    return shown_order(session, call, number)


@noun.commands("/v1/orders/<name:number>/archive", roles=(CSR, ADMIN), body=ArchiveIn, answer=OrderOut)
def archive_order(session: Session, call: Call, body: ArchiveIn, number: str) -> Reply:  # noqa: ARG001 - says nothing
    """Put an order away that is completed or canceled: it leaves the lists, unless they ask for what is archived."""
    archive(session, find_order(session, number)["id"], cause=call.cause, at=call.at)
    return shown_order(session, call, number)


@noun.changes("DELETE", "/v1/orders/<name:number>/archive", roles=(CSR, ADMIN), answer=OrderOut)
def unarchive_order(session: Session, call: Call, number: str) -> Reply:
    """Bring an order back from the archive."""
    take_from_archive(session, find_order(session, number)["id"], cause=call.cause, at=call.at)
    return shown_order(session, call, number)


@noun.changes("DELETE", "/v1/orders/<name:number>", roles=(CSR, ADMIN), answer=DeletedOrderOut, query=DeletionQuery)
def delete_order(session: Session, call: Call, number: str, query: DeletionQuery) -> Reply:
    """
    Delete an order that never held money, and all that belongs to it.

    Refused on hold, where it ever held money or may be holding some, and once the warehouse has worked it: such an order is
    canceled and archived. Its number is not given again; who asks for it is told that it was deleted (404).
    """
    order = find_order(session, number)
    delete(session, order["id"], reason=query.reason, cause=call.cause, at=call.at)
    return Reply(
        {"number": number, "deleted_at": moment(call.at), "deleted_by": call.key.actor, "reason": query.reason}
    )


@noun.reads("/v1/orders/<name:number>/status-history", roles=(CSR, ADMIN), answer=StatusHistoryOut)
def show_status_history(session: Session, call: Call, number: str) -> Reply:  # noqa: ARG001 - all see all
    """Read every status that an order and its shipments came to: when, by whom, and because of what."""
    history = status_history(session, find_order(session, number)["id"])
    return Reply({"status_history": [_change(each) for each in history]})


def _change(change: StatusChange) -> dict[str, Any]:
    entry = change.entry
    because = {name: entry[name] for name in ("verb", "step", "cause_id", "detail")}
    return {
        "at": moment(entry["at"]),
        "shipment": change.shipment,
        "status": change.status,
        "before": change.before,
        "by": entry["actor"],
        "because": {**because, "cause": entry["cause_kind"]},
    }
