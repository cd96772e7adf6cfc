"""Goods in, and counts put right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.inventory.reasons import Reason, refuse_misfit
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes


def receive(
    session: Session,
    warehouse_id: int,
    counts: Sequence[Count],
    *,
    cause: Cause,
    at: datetime,
    reason: str | None = None,
) -> None:
    """
    Put received pieces on hand, and try the shipments that wait for them.

    Raises Invalid for a bin that the warehouse does not have, Conflict for one that is not active.
    """
    changes = Changes(at=at)
    change_on_hand(session, changes, MovementKind.RECEIVED, warehouse_id, counts, cause, Why(reason))
    changes.write(session)


def adjust(
    session: Session,
    warehouse_id: int,
    counts: Sequence[Count],
    *,
    reason: Reason,
    note: str | None = None,
    cause: Cause,
    at: datetime,
) -> None:
    """
    Correct counts by the given pieces, up or down, with a reason.

    Raises Invalid for a reason that does not fit, StockWouldGoNegativeError, changing nothing, where fewer pieces would
    remain than are promised, NotThereError where they do not lie where they are taken from.
    """
    refuse_misfit(reason, (each.quantity for each in counts))
    changes = Changes(at=at)
    change_on_hand(session, changes, MovementKind.ADJUSTED, warehouse_id, counts, cause, Why(reason, note))
    changes.write(session)
