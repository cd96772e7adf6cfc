"""Ship a transfer: its pieces leave one warehouse and are on the way to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes
from fulfillment.transfers.models import Transfer, TransferLine
from fulfillment.transfers.queries import Line, lines_of_transfer, lock_transfer
from fulfillment.transfers.states import TRANSFER


class NotOnTransferError(Conflict):
    """More pieces than the transfer has, or others."""

    code = "not_on_transfer"


def ship_transfer(
    session: Session, transfer_id: int, counts: Sequence[Count] | None, *, cause: Cause, at: datetime
) -> None:
    """
    Let what was requested leave, or less: `counts` say how much, and from which bins.

    Raises NotFound, Conflict where it was shipped or canceled already, NotOnTransferError for more than was requested,
    StockWouldGoNegativeError where pieces are promised to orders.
    """
    transfer = lock_transfer(session, transfer_id)
    _, refused = TRANSFER.admit("ship", [transfer])
    if refused:
        raise refused[0].as_error()
    lines = lines_of_transfer(session, transfer_id)
    if counts is None:
        counts = [Count(line.product_id, line.sku, line.requested) for line in lines.values()]
    refuse_beyond(counts, lines, {product: line.requested for product, line in lines.items()}, "requested")
    changes = Changes(at=at)
    for each in counts:
        key = {"transfer_id": transfer_id, "product_id": each.product_id}
        changes.add(TransferLine, key, shipped=each.quantity)
    changes.move(TRANSFER, Transfer, transfer, "ship", cause, shipped_at=at)
    leaving = [replace(each, quantity=-each.quantity) for each in counts]
    why = Why(document_id=transfer_id)
    change_on_hand(session, changes, MovementKind.TRANSFERRED_OUT, transfer.from_warehouse_id, leaving, cause, why)
    changes.write(session)


def refuse_beyond(counts: Sequence[Count], lines: Mapping[int, Line], most: Mapping[int, int], word: str) -> None:
    """Raise NotOnTransferError where more pieces are named than there are, or a product that is not on the transfer."""
    left = dict(most)
    for each in counts:
        if each.product_id not in lines:
            raise NotOnTransferError(
                f"{each.sku} is not on the transfer",
                guard="on_transfer",
                remedy="leave it out, or request another transfer",
                members={"sku": each.sku},
            )
        left[each.product_id] -= each.quantity
        if left[each.product_id] < 0:
            raise NotOnTransferError(
                f"{each.sku}: {most[each.product_id]} pieces are {word}",
                guard="on_transfer",
                remedy="count again; what is found beyond is an adjustment with the reason found",
                members={"sku": each.sku, word: most[each.product_id]},
            )
