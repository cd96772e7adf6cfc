"""Receive a transfer, all or a part; end it, with the rest returned or lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.movements import record
from fulfillment.inventory.on_hand import Count, Why, change_on_hand, lock_levels
from fulfillment.inventory.reasons import Reason
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes
from fulfillment.transfers.models import Transfer, TransferLine
from fulfillment.transfers.queries import TransferUnderLock, lines_of_transfer, lock_transfer
from fulfillment.transfers.ship import refuse_beyond
from fulfillment.transfers.states import TRANSFER, TransferStatus


class Rest(StrEnum):
    """What became of pieces that did not come."""

    LOST = "lost"
    RETURNED = "returned"


def receive_transfer(
    session: Session, transfer_id: int, counts: Sequence[Count], *, cause: Cause, at: datetime
) -> None:
    """
    Put what came on hand at its new warehouse, and try the shipments that wait for it.

    Raises NotFound, Conflict where nothing is on the way, NotOnTransferError for more than is in transit.
    """
    transfer = lock_transfer(session, transfer_id)
    _, refused = TRANSFER.admit("receive_part", [transfer])
    if refused:
        raise refused[0].as_error()
    lines = lines_of_transfer(session, transfer_id)
    on_the_way = {product: line.in_transit for product, line in lines.items()}
    refuse_beyond(counts, lines, on_the_way, "in_transit")
    changes = Changes(at=at)
    for each in counts:
        key = {"transfer_id": transfer_id, "product_id": each.product_id}
        changes.add(TransferLine, key, received=each.quantity)
    all_there = sum(on_the_way.values()) == sum(each.quantity for each in counts)
    verb, ended_at = ("receive_all", at) if all_there else ("receive_part", None)
    changes.move(TRANSFER, Transfer, transfer, verb, cause, ended_at=ended_at)
    why = Why(document_id=transfer_id)
    change_on_hand(session, changes, MovementKind.TRANSFERRED_IN, transfer.to_warehouse_id, counts, cause, why)
    changes.write(session)


def end_transfer(session: Session, transfer_id: int, rest: Rest | None, *, cause: Cause, at: datetime) -> None:
    """
    Cancel a transfer that has not left; or close one, with what is still on the way back where it came from, or lost.

    Raises NotFound, Conflict where it has ended, or where nobody says what became of what is on the way.
    """
    transfer = lock_transfer(session, transfer_id)
    canceled = transfer.status == TransferStatus.REQUESTED
    _, refused = TRANSFER.admit("cancel" if canceled else "close", [transfer])
    if refused:
        raise refused[0].as_error()
    changes = Changes(at=at)
    if not canceled:
        if rest is None:
            raise Conflict(
                "pieces are on the way",
                code="in_transit",
                guard="in_transit",
                remedy="say what became of the rest: returned or lost",
            )
        _account_for(session, changes, transfer, rest, cause)
    changes.move(TRANSFER, Transfer, transfer, "cancel" if canceled else "close", cause, ended_at=at)
    changes.write(session)


def _account_for(session: Session, changes: Changes, transfer: TransferUnderLock, rest: Rest, cause: Cause) -> None:
    lines = [line for line in lines_of_transfer(session, transfer.id).values() if line.in_transit]
    for line in lines:
        key = {"transfer_id": transfer.id, "product_id": line.product_id}
        changes.add(TransferLine, key, **{str(rest): line.in_transit})
    counts = [Count(line.product_id, line.sku, line.in_transit) for line in lines]
    why = Why(document_id=transfer.id)
    if rest == Rest.RETURNED:
        source = transfer.from_warehouse_id
        change_on_hand(session, changes, MovementKind.TRANSFERRED_IN, source, counts, cause, why)
        return
    # What is lost on the way is lost by the warehouse it was on the way to: it comes, and goes, with a reason.
    target = transfer.to_warehouse_id
    lock_levels(session, target, (each.product_id for each in counts))
    for each in counts:
        for kind, pieces, reason in (
            (MovementKind.TRANSFERRED_IN, each.quantity, None),
            (MovementKind.ADJUSTED, -each.quantity, Reason.LOST),
        ):
            record(changes, kind, each.product_id, target, pieces, cause, reason=reason, document_id=transfer.id)
