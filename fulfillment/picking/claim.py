"""Claims: one picker works a picklist at a time. A claim is a lease: whoever walks away does not block it for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.shipments.claimed import refuse_another
from fulfillment.shipments.models import Picklist
from fulfillment.shipments.states import PicklistStatus
from fulfillment.timeline.changes import Changes

LEASE: Final = timedelta(minutes=15)
"""How long a claim lasts after the last scan."""

_LOCK = text("""
SELECT id, warehouse_id, status, claimed_by, claimed_until FROM picklist WHERE id = :id FOR NO KEY UPDATE
""")


def claim(session: Session, picklist_id: int, *, cause: Cause, at: datetime) -> None:
    """
    Take a picklist, or go on having it: its picks are this picker's until the lease ends (LEASE after the last scan).

    Raises NotFound, or Conflict where it is completed or another picker has it.
    """
    changes = Changes(at=at)
    hold_claim(session, changes, picklist_id, cause)
    changes.write(session)


def hand_over(session: Session, picklist_id: int, to: str, *, cause: Cause, at: datetime, by_force: bool) -> None:
    """
    Give a picklist to another picker; with `by_force` also one that somebody else has.

    Raises NotFound, or Conflict where it is completed or another picker's.
    """
    changes = Changes(at=at)
    _lock_open(session, picklist_id, cause.actor, at, by_force=by_force)
    changes.set(Picklist, picklist_id, claimed_by=to, claimed_until=at + LEASE)
    changes.write(session)


def give_up(session: Session, picklist_id: int, *, cause: Cause, at: datetime, by_force: bool) -> None:
    """
    Leave a picklist to whoever takes it; with `by_force` also one that somebody else has.

    Raises NotFound, or Conflict where it is completed or another picker's.
    """
    changes = Changes(at=at)
    _lock_open(session, picklist_id, cause.actor, at, by_force=by_force)
    changes.set(Picklist, picklist_id, claimed_by=None, claimed_until=None)
    changes.write(session)


def hold_claim(session: Session, changes: Changes, picklist_id: int, cause: Cause) -> None:
    """
    Lock an open picklist and let this picker have it from now on; `changes` then set no other column of it.

    Locks go in order: orders and stock are locked before. Raises NotFound, or Conflict where it is completed or another's.
    """
    _lock_open(session, picklist_id, cause.actor, changes.at, by_force=False)
    changes.set(Picklist, picklist_id, claimed_by=cause.actor, claimed_until=changes.at + LEASE)


def _lock_open(session: Session, picklist_id: int, actor: str, at: datetime, *, by_force: bool) -> None:
    row = session.execute(_LOCK, {"id": picklist_id}).one_or_none()
    if row is None:
        raise NotFound(f"no picklist {picklist_id}")
    if row.status != PicklistStatus.OPEN:
        raise Conflict(
            f"picklist {picklist_id} is completed",
            code="picklist_closed",
            guard="picklist_open",
            remedy="take another: GET /v1/picklists?status=open",
        )
    if not by_force:
        refuse_another(picklist_id, row.claimed_by, row.claimed_until, actor, at)
