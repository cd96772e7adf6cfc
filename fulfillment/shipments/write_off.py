"""Write off: put counts right by force. Whoever was promised what is not there waits again; nobody is oversold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.inventory.reasons import Reason, refuse_misfit
from fulfillment.kernel.cause import Cause
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.shipments.make_room import make_room
from fulfillment.timeline.changes import Changes


def adjust_by_force(
    session: Session,
    warehouse_id: int,
    counts: Sequence[Count],
    *,
    reason: Reason,
    note: str | None = None,
    cause: Cause,
    at: datetime,
) -> Sequence[ShipmentUnderLock]:
    """
    Correct counts with a reason though pieces were promised; give the shipments that lost their assignment by it.

    Raises what `adjust` does, and Conflict where the pieces are promised to shipments that are being packed.
    """
    refuse_misfit(reason, (each.quantity for each in counts))
    changes = Changes(at=at)
    lost = take_by_force(session, changes, MovementKind.ADJUSTED, warehouse_id, counts, cause, Why(str(reason), note))
    changes.write(session)
    return lost


def take_by_force(
    session: Session,
    changes: Changes,
    kind: MovementKind,
    warehouse_id: int,
    counts: Sequence[Count],
    cause: Cause,
    why: Why,
) -> Sequence[ShipmentUnderLock]:
    """Let pieces come or go, and take away the assignments for which there are too few then; give who lost them."""
    change: dict[int, int] = {}
    for each in counts:
        change[each.product_id] = change.get(each.product_id, 0) + each.quantity
    leaving = {product: -pieces for product, pieces in change.items() if pieces < 0}
    if not leaving:
        change_on_hand(session, changes, kind, warehouse_id, counts, cause, why)
        return ()
    room = make_room(session, changes, warehouse_id, leaving, cause, reason=why.reason or str(kind), besides=change)
    change_on_hand(session, changes, kind, warehouse_id, counts, cause, why, freed=room.freed)
    return room.shipments
