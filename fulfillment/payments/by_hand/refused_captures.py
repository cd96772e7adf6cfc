"""Captures that were refused for good: what is to become of them once their goods are paid for otherwise, or given up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.dead_letters import replay
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.amounts.owed import untaken
from fulfillment.timeline.changes import Changes

_HOLD = text("""
SELECT id FROM dispatch WHERE order_id = :id AND dead AND step = 'payments.capture' ORDER BY id FOR UPDATE
""")


def hold_refused_captures(session: Session, order_id: int) -> list[int]:
    """Lock the dead letters of an order's captures, before the order itself; give their ids."""
    return list(session.execute(_HOLD, {"id": order_id}).scalars())


def end_refused_captures(
    session: Session, changes: Changes, order: OrderUnderLock, refused: Sequence[int], cause: Cause, *, because: int
) -> None:
    """Once an order owes nothing any more, let what is authorized go back, and its refused captures find nothing to do."""
    if order.is_open or untaken(order) > 0:
        return
    if order.open_authorized > 0:
        changes.publish("order.paid_off", order.id, cause, order_id=order.id, because=because)
    if refused:
        replay(session, refused)
