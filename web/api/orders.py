"""Orders: read, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.drafts.read import review
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.configuration.read import shown_state
from fulfillment.orders.guards import before_release
from fulfillment.orders.queries import lock_order, shipments_of
from fulfillment.orders.read import OrderView, find_order, read_order
from fulfillment.orders.states import OrderStatus
from fulfillment.payments.read import payments_of_order
from fulfillment.timeline.read import entries_of
from web.access import ADMIN, CSR, STOREFRONT
from web.api.order_lists import summary
from web.api.payments import shown_payment
from web.api.shown_draft import shown_draft
from web.call import Call, Reply
from web.paging import after_id, page
from web.preconditions import etag
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import Page, moment, money
from web.schemas.orders import CancellationIn, OrderOut, TimelineOut

noun = Noun("orders", "Orders, from placement to completion or cancellation.")


@noun.reads("/v1/orders/<name:number>", roles=(STOREFRONT, CSR, ADMIN), answer=OrderOut)
def show_order(session: Session, call: Call, number: str) -> Reply:
    """Read an order with everything that belongs to it. `ETag` is its version."""
    return shown_order(session, call, number)


@noun.reads("/v1/orders/<name:number>/timeline", roles=(CSR, ADMIN), answer=TimelineOut, query=Page)
def show_timeline(session: Session, call: Call, number: str, query: Page) -> Reply:
    """Read what happened to an order: who, when, from which state to which, and because of what."""
    order = find_order(session, number, storefront_id=call.storefront_id)
    rows = entries_of(session, order["id"], after=after_id(query.cursor) or 0, limit=query.limit + 1)
    return Reply(page("entries", rows, query.limit, lambda row: row["id"], [_entry(row) for row in rows]))


@noun.commands(
    "/v1/orders/<name:number>/cancellation", roles=(STOREFRONT, CSR, ADMIN), body=CancellationIn, answer=OrderOut
)
@previewed
def cancel_order(session: Session, call: Call, body: CancellationIn, number: str) -> Reply:
    """
    Cancel an order, or the rest of one of which a part has shipped.

    Nothing ships after the answer; the money goes back by steps. Refused while a hold is open. A storefront may cancel
    its own orders until the warehouse has been told to work them.
    """
    order = find_order(session, number, storefront_id=call.storefront_id)
    if call.key.role == Role.STOREFRONT:
        _refuse_once_released(session, order)
    cancellation = Cancellation(body.reason, body.notify_customer)
    cancel(session, order["id"], cancellation, cause=call.cause, at=call.at)
    return shown_order(session, call, number)


def shown_order(session: Session, call: Call, number: str) -> Reply:
    """Give an order as this caller may see it. Raises NotFound."""
    order = read_order(session, number, storefront_id=call.storefront_id)
    body = {
        **summary(order.head),
        "state": None if call.key.role == Role.STOREFRONT else shown_state(session, order.head, order.holds),
        "invoice_number": order.head["invoice_number"],
        "priority": order.head["priority"],
        "version": order.head["version"],
        "amounts": _amounts(order.head),
        "covered_at": moment(order.head["covered_at"]),
        "completed_at": moment(order.head["completed_at"]),
        "canceled_at": moment(order.head["canceled_at"]),
        "cancel_reason": order.head["cancel_reason"],
        "archived_at": moment(order.head["archived_at"]),
        "forms": [_form(form, order.head["currency"]) for form in order.forms],
        "shipments": _shipments(order),
        "promotions": [{**each, "amount": money(each["amount"], order.head["currency"])} for each in order.promotions],
        "payments": [shown_payment(each) for each in payments_of_order(session, order.head["id"])],
        "holds": None if call.key.role == Role.STOREFRONT else [shown_hold(hold) for hold in order.holds],
        "exchanges": None
        if call.key.role == Role.STOREFRONT
        else [{**each, "link": f"/v1/exchanges/{each['id']}"} for each in order.head["exchanges"]],
        "draft": shown_draft(review(session, number, at=call.at))
        if order.head["status"] == OrderStatus.DRAFT
        else None,
    }
    return Reply(body, headers=etag(order.head["version"]))


def shown_hold(hold: RowMapping) -> dict[str, Any]:
    """Give a hold as it is answered."""
    return {
        "id": hold["id"],
        "status": hold["status"],
        "reason": hold["reason"],
        "note": hold["note"],
        "opened_at": moment(hold["opened_at"]),
        "opened_by": hold["opened_by"],
        "released_at": moment(hold["released_at"]),
        "released_by": hold["released_by"],
    }


def _refuse_once_released(session: Session, order: RowMapping) -> None:
    """The order is locked, so that no shipment is released between the look and the cancellation."""
    locked = lock_order(session, order["id"])
    if (refusal := before_release(locked, shipments_of(session, [locked.id])[locked.id])) is not None:
        raise refusal.as_error()


def _amounts(row: RowMapping) -> dict[str, Any]:
    columns = {
        "items": "items_amount",
        "discount": "discount_amount",
        "shipping": "shipping_amount",
        "tax": "tax_amount",
        "total": "total",
        "canceled": "canceled_amount",
        "authorized": "open_authorized",
        "captured": "captured",
        "manual": "manual",
        "credited": "credited",
        "refunded": "refunded",
        "charged_back": "charged_back",
        "written_off": "written_off",
    }
    return {name: money(row[column], row["currency"]) for name, column in columns.items()}


def _form(form: RowMapping, currency: str) -> dict[str, Any]:
    return {
        "id": form["id"],
        "name": form["name"],
        "contact": form["contact"],
        "bill_to": form["bill_to"],
        "reference": form["reference"],
        "discount": money(form["discount"], currency),
        "subtotal": money(form["subtotal"], currency),
    }


def _shipments(order: OrderView) -> list[dict[str, Any]]:
    currency = order.head["currency"]
    lines: dict[int, list[dict[str, Any]]] = {}
    for line in order.lines:
        lines.setdefault(line["shipment_id"], []).append(_line(line, currency))
    return [_shipment(each, lines.get(each["id"], ()), currency) for each in order.shipments]


def _shipment(shipment: RowMapping, lines: Sequence[dict[str, Any]], currency: str) -> dict[str, Any]:
    as_it_is = (
        "id",
        "form_id",
        "number",
        "status",
        "needs_shipping",
        "ship_to",
        "shipping_method",
        "warehouse",
        "picklist_id",
        "tracking_number",
    )
    return {
        **{name: shipment[name] for name in as_it_is},
        "status_since": moment(shipment["status_since"]),
        "shipping": money(shipment["shipping_amount"], currency),
        "amount": money(shipment["amount"], currency),
        "shipped_at": moment(shipment["shipped_at"]),
        "lines": list(lines),
    }


def _line(line: RowMapping, currency: str) -> dict[str, Any]:
    as_it_is = (
        "id",
        "position",
        "sku",
        "name",
        "options",
        "quantity",
        "price_by",
        "promotion",
        "gift",
        "gift_message",
        "allocated",
        "picked",
        "refunded_quantity",
        "delivery_state",
    )
    return {
        **{name: line[name] for name in as_it_is},
        "list_price": None if line["list_price"] is None else money(line["list_price"], currency),
        "manual": line["product_id"] is None,
        **{name: money(line[name], currency) for name in ("price", "discount", "tax", "amount")},
    }


def _entry(row: RowMapping) -> dict[str, Any]:
    as_it_is = (
        "id",
        "subject",
        "subject_id",
        "verb",
        "before",
        "after",
        "detail",
        "version",
        "cause_id",
        "actor",
        "step",
        "parent_id",
    )
    return {**{name: row[name] for name in as_it_is}, "cause": row["cause_kind"], "at": moment(row["at"])}
