"""Reorder: an order is repeated as a draft, with what has changed since named in it (OL14, OL15, OL16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.checkout.price import look_up
from fulfillment.drafts.begin import begin
from fulfillment.drafts.repeat import Notice, as_sold_now, content_again
from fulfillment.drafts.tariff import read_tariff
from fulfillment.editing.read import read_content
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.queries import read_orders
from fulfillment.orders.read import find_order
from fulfillment.orders.states import OrderStatus


def reorder(session: Session, number: str, *, cause: Cause, at: datetime) -> tuple[int, list[Notice]]:
    """
    Begin a draft with the forms, addresses, methods and lines of an order, whatever became of it, at today's prices.

    Gives the draft's id, and what of the order could not be repeated as it was. Raises NotFound, Conflict `not_placed` for a
    draft.
    """
    head = find_order(session, number)
    if head["underlying_status"] == OrderStatus.DRAFT:
        raise Conflict(
            f"order {number} is a draft",
            code="not_placed",
            guard="order_placed",
            remedy=f"place it: POST /v1/orders/{number}/placement",
        )
    content = read_content(session, read_orders(session, [head["id"]])[head["id"]])
    whole = replace(
        content_again(content),
        customer_name=head["customer_name"],
        customer_email=head["customer_email"],
        priority=head["priority"],
    )
    catalog = look_up(session, whole)
    checkout, notices = as_sold_now(whole, content, catalog, read_tariff(session, catalog.market_id))
    kept = [notice.as_document() for notice in notices]
    return begin(session, checkout, repeats=number, notices=kept, cause=cause, at=at), notices
