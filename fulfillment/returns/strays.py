"""Strays: pieces that came with a return and were never shipped in its order; somebody says what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid, NotFound
from fulfillment.orders.models import PurchaseOrder
from fulfillment.returns.models import ReturnStray
from fulfillment.returns.queries import lock_return
from fulfillment.returns.states import RETURN
from fulfillment.timeline.changes import Changes

_ONE = text("""
SELECT s.id, s.product_id, p.sku, s.code, s.quantity, s.warehouse_id, s.settled_as
  FROM return_stray s LEFT JOIN product p ON p.id = s.product_id WHERE s.id = :id AND s.return_id = :return
""")


class StrayEnd(StrEnum):
    """What becomes of a stray."""

    SENT_BACK = "sent_back"
    STOCKED = "stocked"
    """It is ours: on hand, as whatever else is received."""
    SCRAPPED = "scrapped"


@dataclass(frozen=True, slots=True)
class StrayDecision:
    """What becomes of a stray; what is stocked goes into `bin`, or into none."""

    settled_as: StrayEnd
    bin: str | None = None


def settle_stray(
    session: Session, return_id: int, stray_id: int, decision: StrayDecision, *, cause: Cause, at: datetime
) -> None:
    """
    Say what becomes of a stray, whatever became of its return.

    Raises NotFound, Conflict where that was said before, Invalid where what is none of our products is to be stocked.
    """
    order, return_ = lock_return(session, return_id)
    stray = session.execute(_ONE, {"id": stray_id, "return": return_id}).one_or_none()
    if stray is None:
        raise NotFound(f"return {return_.number} has no stray {stray_id}", remedy="read the return again")
    if stray.settled_as is not None:
        raise Conflict(
            f"it was {stray.settled_as.replace('_', ' ')} already",
            code="settled",
            guard="settled",
            remedy="nothing is to be done",
        )
    changes = Changes(at=at)
    if decision.settled_as == StrayEnd.STOCKED:
        if stray.product_id is None:
            raise Invalid(
                f"{stray.code} is none of our products",
                code="unknown_code",
                remedy="add the product, and receive it: POST /v1/inventory/receipts",
            )
        count = Count(stray.product_id, stray.sku, stray.quantity, decision.bin)
        why = Why(f"came with {return_.number}")
        change_on_hand(session, changes, MovementKind.RECEIVED, stray.warehouse_id, [count], cause, why)
    elif decision.bin is not None:
        raise Invalid("only what is stocked goes into a bin", code="bin_without_stocking", remedy="leave the bin out")
    settled = {"settled_as": decision.settled_as, "settled_by": cause.actor, "settled_at": at}
    changes.set(ReturnStray, stray_id, **settled)
    detail = {"code": stray.code, "quantity": stray.quantity, "settled_as": decision.settled_as}
    changes.note(RETURN.name, return_id, order.id, "settle_stray", cause, detail)
    changes.raise_version(PurchaseOrder, order)
    changes.write(session)
