"""What customer service keeps about an order beside its goods and its money."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.orders.history import StatusChange, status_history
from fulfillment.orders.invoice import set_invoice_number
from fulfillment.orders.read import find_order
from web.access import ADMIN, CSR
from web.api.orders import shown_order
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.order_desk import InvoiceIn, StatusHistoryOut
from web.schemas.orders import OrderOut

noun = Noun("order_desk", "What customer service keeps about an order beside its goods and its money.")


@noun.changes("PUT", "/v1/orders/<name:number>/invoice", roles=(CSR, ADMIN), body=InvoiceIn, answer=OrderOut)
def put_invoice_number(session: Session, call: Call, body: InvoiceIn, number: str) -> Reply:
    """Set the invoice number of an order by itself, whatever its status; null takes it away."""
    order = find_order(session, number)
    set_invoice_number(session, order["id"], body.invoice_number, cause=call.cause, at=call.at)
    return shown_order(session, call, number)


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
