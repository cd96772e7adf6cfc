"""Ask for one action on many orders. The selection is taken at this moment and stays as it is (FI8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.bulk.models import Action, BulkItem, ItemStatus
from fulfillment.db.ids import take_ids
from fulfillment.dispatch.models import Operation
from fulfillment.dispatch.operations import operation_row
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Invalid
from fulfillment.orders.filter import OrderFilter
from fulfillment.orders.find import every_page
from fulfillment.timeline.changes import Changes

MOST_ITEMS: Final = 10_000
BULK: Final = "bulk"
"""The kind of such operations."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The action, and what it needs: a reason (hold, cancel, delete), and whether customers are told (cancel, OL12)."""

    action: Action
    reason: str | None = None
    notify_customer: bool | None = None

    def check(self) -> None:
        """Raise Invalid where the action lacks what it needs, or is given what it has no use for."""
        needs_reason = self.action in (Action.HOLD, Action.CANCEL, Action.DELETE)
        needs_notice = self.action == Action.CANCEL
        if needs_reason != (self.reason is not None) or needs_notice != (self.notify_customer is not None):
            needed = ["reason"] * needs_reason + ["notify_customer"] * needs_notice
            raise Invalid(
                f"{self.action} takes {' and '.join(needed) or 'neither reason nor notify_customer'}",
                code="bulk_incomplete",
                remedy=f"send {' and '.join(needed) or 'the action alone'}",
            )


_FOUND = text("SELECT number, id FROM purchase_order WHERE number = ANY (CAST(:numbers AS text[]))")


def request_bulk(
    session: Session, wanted: Wanted, numbers: Sequence[str], *, client_id: int | None, cause: Cause, at: datetime
) -> int:
    """
    Ask for an action on the orders of these numbers; give the operation. What cannot be done is refused one by one.

    Raises Invalid where the action is not said in full, for no order or too many, or for one that is named twice.
    """
    wanted.check()
    if not 0 < len(numbers) <= MOST_ITEMS:
        raise Invalid(
            f"{len(numbers):,} orders are chosen",
            code="bulk_selection",
            remedy=f"choose 1 to {MOST_ITEMS:,} orders; narrow the selection, or send it in parts",
            members={"chosen": len(numbers), "most": MOST_ITEMS},
        )
    if len(set(numbers)) < len(numbers):
        raise Invalid("an order is named twice", code="named_twice")
    ids = {row.number: row.id for row in session.execute(_FOUND, {"numbers": list(numbers)})}
    [operation_id] = take_ids(session, 1)
    missing = len(numbers) - len(ids)
    changes = Changes(at=at)
    operation = operation_row(
        operation_id, BULK, client_id=client_id, total=len(numbers), at=at, result={"action": wanted.action}
    )
    changes.insert(Operation, {**operation, "done": missing, "finished_at": at if missing == len(numbers) else None})
    argument = {"action": wanted.action, "reason": wanted.reason, "notify_customer": wanted.notify_customer}
    for position, number in enumerate(numbers, start=1):
        changes.insert(BulkItem, _item(operation_id, position, number, ids.get(number), at))
        if number in ids:
            changes.publish("bulk.requested", ids[number], cause, argument=argument, operation_id=operation_id)
    changes.write(session)
    return operation_id


def numbers_of(session: Session, wanted: OrderFilter) -> list[str]:
    """Give the orders that a filter leaves at this moment, over all pages (FI8); more than may be chosen are not read."""
    ids: list[int] = []
    for found in every_page(session, wanted):
        ids += found.order_ids
        if len(ids) > MOST_ITEMS:
            break
    numbers = {row.id: row.number for row in session.execute(_NUMBERS, {"ids": ids})}
    return [numbers[order_id] for order_id in ids if order_id in numbers]


_NUMBERS = text("SELECT id, number FROM purchase_order WHERE id = ANY (CAST(:ids AS bigint[]))")


def _item(operation_id: int, position: int, number: str, order_id: int | None, at: datetime) -> dict[str, Any]:
    gone = order_id is None
    return {
        "operation_id": operation_id,
        "position": position,
        "subject_id": order_id,
        "number": number,
        "status": ItemStatus.REFUSED if gone else ItemStatus.PENDING,
        "guard": "not_found" if gone else None,
        "reason": f"no order {number}" if gone else None,
        "remedy": "nothing is to be done" if gone else None,
        "done_at": at if gone else None,
    }
