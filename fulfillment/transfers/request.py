"""Request a transfer. Nothing moves yet, and nothing is kept for it: what is there when it ships, ships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.catalog.products import refuse_repeats
from fulfillment.db.ids import take_ids
from fulfillment.inventory.on_hand import Count
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Invalid
from fulfillment.timeline.changes import Changes
from fulfillment.transfers.models import Transfer, TransferLine
from fulfillment.transfers.states import TransferStatus


def request_transfer(
    session: Session,
    from_warehouse_id: int,
    to_warehouse_id: int,
    counts: Sequence[Count],
    *,
    note: str | None,
    cause: Cause,
    at: datetime,
) -> int:
    """Ask for pieces to go to another warehouse; give the transfer. Raises Invalid where that is no other, or for a repeat."""
    if from_warehouse_id == to_warehouse_id:
        raise Invalid("a transfer goes to another warehouse", code="same_warehouse", remedy="name two warehouses")
    refuse_repeats([each.sku for each in counts])
    [transfer_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(
        Transfer,
        {
            "id": transfer_id,
            "from_warehouse_id": from_warehouse_id,
            "to_warehouse_id": to_warehouse_id,
            "status": TransferStatus.REQUESTED,
            "note": note,
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    for each in counts:
        key = {"transfer_id": transfer_id, "product_id": each.product_id}
        nothing = {"shipped": 0, "received": 0, "returned": 0, "lost": 0}
        changes.insert(TransferLine, {**key, "requested": each.quantity, **nothing})
    changes.write(session)
    return transfer_id
