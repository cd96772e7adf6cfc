"""A draft under lock: read, changed, kept. Every verb on drafts goes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.document import from_document, to_document
from fulfillment.drafts.appraise import Appraisal, appraise
from fulfillment.drafts.models import OrderDraft
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.orders.search.keep import keep_for_search
from fulfillment.timeline.changes import Changes

_CONTENT = text("SELECT document, notices FROM order_draft WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that is not placed yet, its row locked, and what it is made of so far."""

    order: OrderUnderLock
    checkout: Checkout
    notices: Sequence[Mapping[str, Any]]


def lock_draft(session: Session, order_id: int) -> Draft:
    """Lock a draft. Raises Conflict `not_a_draft` for an order that is placed, NotFound for one that was just deleted."""
    order = lock_order(session, order_id)
    row = session.execute(_CONTENT, {"id": order_id}).one_or_none()
    if row is None:
        raise not_a_draft(order.number, order.status)
    return Draft(order, from_document(row.document), row.notices)


def keep(
    session: Session,
    draft: Draft,
    checkout: Checkout,
    verb: str,
    detail: Mapping[str, Any],
    *,
    cause: Cause,
    at: datetime,
) -> None:
    """Keep what a draft has become, with what it costs now, as a further version of the order."""
    appraisal = appraise(session, checkout, at=at, order_id=draft.order.id)
    changes = Changes(at=at)
    changes.set(PurchaseOrder, draft.order.id, **head_columns(checkout, appraisal))
    changes.raise_version(PurchaseOrder, draft.order)
    changes.note("order", draft.order.id, draft.order.id, verb, cause, detail)
    changes.set(OrderDraft, draft.order.id, document=to_document(checkout))
    changes.write(session)
    keep_for_search(session, [draft.order.id])


def not_a_draft(number: str, status: str) -> Conflict:
    """Give the refusal of what is done to drafts alone."""
    return Conflict(
        f"order {number} is no draft: it is {status}",
        code="not_a_draft",
        guard="draft",
        remedy=f"change an order in progress by PATCH /v1/orders/{number}, or repeat it: POST /v1/orders/{number}/reorder",
    )


def head_columns(checkout: Checkout, appraisal: Appraisal) -> dict[str, Any]:
    """Give what the row of a draft repeats of its content, for lists and filters; amounts are 0 while it has no price."""
    priced = appraisal.priced
    return {
        "customer_id": checkout.customer_id,
        "customer_name": checkout.customer_name,
        "customer_email": checkout.customer_email,
        "reference": checkout.reference,
        "priority": checkout.priority,
        "items_amount": priced.items if priced else 0,
        "discount_amount": priced.discount if priced else 0,
        "shipping_amount": priced.shipping if priced else 0,
        "tax_amount": priced.tax if priced else 0,
        "total": priced.total if priced else 0,
    }
