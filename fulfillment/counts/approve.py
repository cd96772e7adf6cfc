"""Approve a count: what differs is put right, and whoever was promised what is not there waits again. Or give it up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.counts.models import StockCount
from fulfillment.counts.queries import Counted, lines_entered_by, lines_of_count, lock_count
from fulfillment.counts.states import COUNT
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why
from fulfillment.inventory.places import NotThereError
from fulfillment.inventory.reasons import Reason
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.shipments.write_off import take_by_force
from fulfillment.timeline.changes import Changes

_CLOSE = text("UPDATE count_line SET is_open = false WHERE count_id = :id")


def approve(
    session: Session, count_id: int, *, cause: Cause, at: datetime, also_own: bool = False
) -> Sequence[ShipmentUnderLock]:
    """
    Put right by the differences what lay in each place when it was counted; what moved since is as it is.

    Gives the shipments that lost their assignment, the last in the queue first. Raises NotFound, Conflict where the count has
    ended, a place is not counted, pieces that are missing have moved on since, or are promised to shipments being packed; or
    where who approves has counted what differs (but for `also_own`): pieces do not vanish on one person's word.
    """
    count = lock_count(session, count_id)
    _, refused = COUNT.admit("approve", [count])
    if refused:
        raise refused[0].as_error()
    lines = lines_of_count(session, count_id).values()
    if missing := [{"sku": line.sku, "bin": line.bin} for line in lines if line.counted is None]:
        raise Conflict(
            f"{len(missing)} places are not counted",
            code="not_counted",
            guard="all_counted",
            remedy=f"enter what lies there: POST /v1/counts/{count_id}/entries",
            members={"places": missing[:100]},
        )
    if not also_own:
        _refuse_own(lines, lines_entered_by(session, count_id, cause.actor))
    changes = Changes(at=at)
    differences = [Count(line.product_id, line.sku, line.difference, line.bin) for line in lines if line.difference]
    lost: Sequence[ShipmentUnderLock] = ()
    if differences:
        why = Why(str(Reason.COUNT), document_id=count_id)
        try:
            lost = take_by_force(session, changes, MovementKind.COUNTED, count.warehouse_id, differences, cause, why)
        except NotThereError as moved:
            raise Conflict(
                f"moved since it was counted: {moved.detail}",
                code="moved_since_counted",
                guard="still_there",
                remedy="count this place again, and approve then",
                members=moved.members,
            ) from None
    session.execute(_CLOSE, {"id": count_id})
    changes.move(COUNT, StockCount, count, "approve", cause, ended_at=at, ended_by=cause.actor)
    changes.write(session)
    return lost


def _refuse_own(lines: Iterable[Counted], entered: Collection[int]) -> None:
    own = [{"sku": line.sku, "bin": line.bin} for line in lines if line.difference and line.id in entered]
    if own:
        raise Conflict(
            f"{len(own)} places that differ were counted by whoever approves",
            code="own_count",
            guard="four_eyes",
            remedy="let somebody else approve it, who counted none of them, or an admin",
            members={"places": own[:100]},
        )


def cancel_count(session: Session, count_id: int, *, cause: Cause, at: datetime) -> None:
    """Give a count up: nothing changes. Raises NotFound, Conflict where it has ended."""
    count = lock_count(session, count_id)
    _, refused = COUNT.admit("cancel", [count])
    if refused:
        raise refused[0].as_error()
    session.execute(_CLOSE, {"id": count_id})
    changes = Changes(at=at)
    changes.move(COUNT, StockCount, count, "cancel", cause, ended_at=at, ended_by=cause.actor)
    changes.write(session)
