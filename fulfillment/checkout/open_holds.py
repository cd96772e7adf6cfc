"""Open the holds that the rules of a market lay on an order as it is placed (OL7)."""

from __future__ import annotations

from dataclasses import replace

from fulfillment.checkout.placed import Placed
from fulfillment.db.ids import take_ids
from fulfillment.db.session import Executor
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import Hold
from fulfillment.orders.states import HoldStatus
from fulfillment.timeline.changes import Changes


def open_holds(
    executor: Executor, changes: Changes, placed: Placed, market: str, cause: Cause, *, because: int
) -> None:
    """Add a hold per reason, each with its entry on the timeline; the order's count is the caller's."""
    if not placed.held_for:
        return
    followed = replace(cause, parent_id=because)
    ids = take_ids(executor, len(placed.held_for))
    for hold_id, (reason, kinds) in zip(ids, placed.held_for.items(), strict=True):
        changes.insert(
            Hold,
            {
                "id": hold_id,
                "order_id": placed.id,
                "status": HoldStatus.OPEN,
                "reason": reason,
                "opened_at": changes.at,
                "opened_by": f"hold rules of market {market}",
            },
        )
        detail = {"hold_id": hold_id, "reason": reason, "rules": kinds}
        changes.note("order", placed.id, placed.id, "hold", followed, detail)
        changes.publish("order.held", placed.id, followed, order_id=placed.id)
