"""Whose a picklist is: nobody picks beside the picker who has claimed it."""

from __future__ import annotations

from datetime import datetime

from fulfillment.kernel.errors import Conflict


def refuse_another(
    picklist_id: int, claimed_by: str | None, claimed_until: datetime | None, actor: str, at: datetime
) -> None:
    """Raise Conflict where a picklist is another picker's at this moment."""
    if claimed_by in (None, actor) or claimed_until is None or claimed_until <= at:
        return
    raise Conflict(
        f"picklist {picklist_id} is picked by {claimed_by}",
        code="not_yours",
        guard="not_yours",
        remedy="take another, or have it handed over: POST /v1/picklists/{id}/claim/handover",
        members={"claimed_by": claimed_by},
    )
