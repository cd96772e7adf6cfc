"""Reorder: an order is repeated as a draft, with what has changed since named in it (OL14, OL15, OL16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.price import Catalog, look_up
from fulfillment.checkout.promote import promote, read_offers
from fulfillment.drafts.begin import begin
from fulfillment.drafts.repeat import Notice, as_sold_now, content_again
from fulfillment.drafts.tariff import read_tariff
from fulfillment.editing.read import read_content
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.queries import read_orders
from fulfillment.orders.read import find_order
from fulfillment.orders.states import OrderStatus
from fulfillment.promotions.offer import Kind

# Also what was given back when the order was canceled: its coupon counts again unless something is against it.
_USES = text("""
SELECT p.code, p.kind, u.amount FROM promotion_use u JOIN promotion p ON p.id = u.promotion_id
 WHERE u.order_id = :id ORDER BY u.id
""")
_TIED = text("""
SELECT DISTINCT l.position FROM line_item l JOIN shipment s ON s.id = l.shipment_id
 WHERE s.order_id = :id
   AND (l.promotion IS NOT NULL
        OR EXISTS (SELECT FROM parcel_problem b WHERE b.reship_id = s.id))  -- what went out again was ordered once
""")


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
    uses = session.execute(_USES, {"id": head["id"]}).all()
    whole = replace(
        content_again(content, tied=[row.position for row in session.execute(_TIED, {"id": head["id"]})]),
        codes=[use.code for use in uses],
        customer_name=head["customer_name"],
        customer_email=head["customer_email"],
        priority=head["priority"],
    )
    catalog = look_up(session, whole)
    of_codes = sum(use.amount for use in uses if use.kind != Kind.FREE_SHIPPING)
    tariff = read_tariff(session, catalog.market_id)
    checkout, notices = as_sold_now(whole, content, catalog, tariff, of_codes=of_codes)
    checkout, refused = _codes_again(session, checkout, catalog, at=at)
    notices += refused
    kept = [notice.as_document() for notice in notices]
    return begin(session, checkout, repeats=number, notices=kept, cause=cause, at=at), notices


def _codes_again(
    session: Session, checkout: Checkout, catalog: Catalog, *, at: datetime
) -> tuple[Checkout, list[Notice]]:
    """Leave out the codes that do not count any more, and name them (OL16)."""
    offers = read_offers(session, checkout, catalog)
    priced = [
        line
        for line in checkout.lines
        if line.price is not None
        or ((product := catalog.products.get(line.sku)) is not None and product.price is not None)
    ]
    refused = promote(replace(checkout, lines=priced), offers, at=at).refused if priced else ()
    gone = {each.code.casefold() for each in refused}
    notices = [Notice(f"code_{each.guard}", each.reason, {"promotion": each.code}) for each in refused]
    return replace(checkout, codes=[code for code in checkout.codes if code.casefold() not in gone]), notices
