"""Place a draft: it becomes an order in progress by the same verb as a checkout (OL2, OL5, OL6, OL17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.checkout.place import place
from fulfillment.checkout.placed import Placed
from fulfillment.drafts.appraise import appraise
from fulfillment.drafts.draft import lock_draft
from fulfillment.drafts.obstacles import Obstacle
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict

_FORGET = text("DELETE FROM order_draft WHERE id = :id")


def place_draft(
    session: Session, order_id: int, payments: Sequence[CheckoutPayment], *, cause: Cause, at: datetime
) -> Placed:
    """
    Place a draft with these payments, or unpaid: then it waits for money before it is released (OL6).

    Raises Conflict `not_a_draft` (so of two placements at once one places), Conflict with the code of the first obstacle and
    all of them in `obstacles`, Conflict `out_of_stock`, Invalid `payments_too_high`.
    """
    draft = lock_draft(session, order_id)
    appraisal = appraise(session, draft.checkout, at=at, order_id=order_id)
    if appraisal.obstacles:
        raise _refusal(draft.order.number, appraisal.obstacles)
    session.execute(_FORGET, {"id": order_id})
    checkout = replace(appraisal.checkout, payments=payments)
    placed = place(session, checkout, storefront_id=None, draft=draft.order, cause=cause, at=at)
    assert placed is not None, "without an idempotency key of its own it is always placed"
    return placed


def _refusal(number: str, obstacles: Sequence[Obstacle]) -> Conflict:
    first = obstacles[0]
    return Conflict(
        f"order {number} cannot be placed: {first.reason}",
        code=first.code,
        guard="complete",
        remedy=first.call.replace("{number}", number),
        members={
            "obstacles": [
                {"code": each.code, "reason": each.reason, "call": each.call.replace("{number}", number)}
                for each in obstacles
            ]
        },
    )
