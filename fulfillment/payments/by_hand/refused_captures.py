"""Captures that were refused for good: what is to become of them once their goods are paid for otherwise, or given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.dead_letters import replay
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import OrderUnderLock, shipments_of
from fulfillment.payments.amounts.owed import untaken
from fulfillment.payments.guards import nothing_left_to_capture
from fulfillment.timeline.changes import Changes

# Those that somebody else holds are being seen to. The order is locked already, and who holds one of these may wait for it.
_TRY_AGAIN = text("""
UPDATE dispatch SET dead = false, failures = 0, fence = fence + 1, due_at = now()
 WHERE id = ANY (ARRAY(SELECT id FROM dispatch WHERE order_id = ANY (CAST(:order_ids AS bigint[])) AND dead
                          AND step = 'payments.capture' ORDER BY id FOR UPDATE SKIP LOCKED))
""")
_HOLD = text("""
SELECT id FROM dispatch WHERE order_id = :id AND dead AND step = 'payments.capture' ORDER BY id FOR UPDATE
""")


def hold_refused_captures(session: Session, order_id: int) -> list[int]:
    """Lock the dead letters of an order's captures, before the order itself; give their ids."""
    return list(session.execute(_HOLD, {"id": order_id}).scalars())


def end_refused_captures(
    session: Session, changes: Changes, order: OrderUnderLock, refused: Sequence[int], cause: Cause, *, because: int
) -> None:
    """Once what has left is paid, let refused captures find nothing to do; once all is, let what is authorized go back."""
    if refused and nothing_left_to_capture(order, shipments_of(session, [order.id])[order.id], order.id) is None:
        replay(session, refused)
    if not order.is_open and untaken(order) <= 0 and order.open_authorized > 0:
        changes.publish("order.paid_off", order.id, cause, order_id=order.id, because=because)


def try_captures_again(session: Session, order_ids: Iterable[int]) -> None:
    """Let refused captures of locked orders be tried again, since there is other money now."""
    if listed := sorted(order_ids):
        session.execute(_TRY_AGAIN, {"order_ids": listed})
