"""Begin: an order has its number from the first moment, and is a draft until it is placed (OL5, ST6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.document import to_document
from fulfillment.checkout.place import order_number
from fulfillment.db.ids import take_ids
from fulfillment.drafts.appraise import Appraisal, appraise
from fulfillment.drafts.draft import head_columns
from fulfillment.drafts.models import OrderDraft
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.search.keep import keep_for_search
from fulfillment.orders.states import OrderStatus, PaymentStatus
from fulfillment.timeline.changes import Changes


def begin(
    session: Session,
    checkout: Checkout,
    *,
    repeats: str | None = None,
    notices: Sequence[Mapping[str, Any]] = (),
    cause: Cause,
    at: datetime,
) -> int:
    """
    Keep a checkout as a draft; give the order's id. `repeats` is the number of the order it was made from.

    It has no form, shipment, line, money or stock until it is placed. Raises Invalid for a market that does not exist.
    """
    appraisal = appraise(session, checkout, at=at)
    [order_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(PurchaseOrder, _row(order_id, checkout, appraisal, at))
    content = {"document": to_document(checkout), "entered_by": cause.actor, "repeats": repeats}
    changes.insert(OrderDraft, {"id": order_id, **content, "notices": [dict(notice) for notice in notices]})
    changes.note("order", order_id, order_id, "enter", cause, {"repeats": repeats} if repeats else None)
    changes.write(session)
    keep_for_search(session, [order_id])
    return order_id


def _row(order_id: int, checkout: Checkout, appraisal: Appraisal, at: datetime) -> dict[str, Any]:
    return {
        "id": order_id,
        "number": order_number(order_id),
        "market_id": appraisal.catalog.market_id,
        "status": OrderStatus.DRAFT,
        "payment_status": PaymentStatus.UNPAID,
        "open_holds": 0,
        "version": 1,
        "currency": appraisal.catalog.currency,
        "placed_at": at,
        **head_columns(checkout, appraisal),
    }
