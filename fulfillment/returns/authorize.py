"""Authorize a return: say which pieces of an order are to come back, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.catalog.return_policy import ReturnPolicy, return_policy
from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Denied, Invalid, NotFound
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.returns.guards import refusal_to_return
from fulfillment.returns.models import ReturnLine, ReturnOrder
from fulfillment.returns.queries import PiecesOfLine, SoldLine, returns_made, sold_lines
from fulfillment.returns.states import RETURN, ReturnReason, ReturnStatus, Settlement
from fulfillment.returns.worth import Worth, worth_of_return
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class PiecesBack:
    """Pieces of one line item that are to come back."""

    line_id: int
    quantity: int
    reason: ReturnReason


@dataclass(frozen=True, slots=True)
class ReturnWanted:
    """
    What is to come back, and whether the customer is told how.

    They are to be sent to `warehouse_id`, or to any. `by_storefront` says that no customer service was asked.
    """

    lines: Sequence[PiecesBack]
    notify_customer: bool
    note: str | None = None
    warehouse_id: int | None = None
    settles_by: Settlement = Settlement.REFUND
    by_storefront: bool = False


def authorize_return(session: Session, order_id: int, wanted: ReturnWanted, *, cause: Cause, at: datetime) -> int:
    """Authorize a return of an order; give its id. Raises what `add_return` does, NotFound where the order is gone."""
    order = lock_order(session, order_id)
    changes = Changes(at=at)
    return_id = add_return(session, changes, order, wanted, cause)
    changes.raise_version(PurchaseOrder, order)
    changes.write(session)
    return return_id


def add_return(session: Session, changes: Changes, order: OrderUnderLock, wanted: ReturnWanted, cause: Cause) -> int:
    """
    Add a return to the changes of a locked order; give its id.

    Raises Conflict `not_shipped`, `return_window` or `over_return` (and others of `refusal_to_return`), Denied where the market
    leaves it to customer service, or a storefront names the carrier's reason, for which no window counts, Invalid for a line named twice, NotFound for one of another order.
    """
    policy = return_policy(session, order.market_id)
    if wanted.by_storefront and not policy.by_storefront:
        raise Denied(
            f"returns of market {policy.market} are authorized by customer service",
            code="returns_by_service",
            guard="returns_by_storefront",
            remedy="ask customer service",
        )
    if wanted.by_storefront and any(back.reason == ReturnReason.RETURNED_TO_SENDER for back in wanted.lines):
        raise Denied(
            "what the carrier brings back is told by customer service",
            code="returns_by_service",
            guard="returns_by_storefront",
            remedy="name the customer's own reason, or ask customer service",
        )
    sold = _chosen(order, wanted.lines, {line.id: line for line in sold_lines(session, order.id)})
    for line, back in sold:
        _refuse_to_return(line, back, policy, changes.at)
    [return_id, *line_ids] = take_ids(session, 1 + len(sold))
    number = f"{order.number}-R{returns_made(session, order.id) + 1}"
    changes.insert(ReturnOrder, _row(return_id, number, order, wanted, policy, cause, changes.at))
    for line_id, (line, back) in zip(line_ids, sold, strict=True):
        changes.insert(ReturnLine, line_row(line_id, return_id, line, back.reason, announced=back.quantity))
    detail = {
        "number": number,
        "lines": [{"line_id": line.id, "quantity": back.quantity, "reason": back.reason} for line, back in sold],
        "worth": worth_of_wanted(session, order, wanted.lines, policy).amount,
        "notify_customer": wanted.notify_customer,
        "settles_by": wanted.settles_by,
    }
    entry = changes.note(RETURN.name, return_id, order.id, "authorize_return", cause, detail)
    told = wanted.notify_customer and order.customer_email
    unmailed = () if told else ("notifications.return_authorized",)
    changes.publish("return.authorized", return_id, cause, order_id=order.id, because=entry, leaving_out=unmailed)
    return return_id


def worth_of_wanted(
    session: Session, order: OrderUnderLock, wanted: Sequence[PiecesBack], policy: ReturnPolicy
) -> Worth:
    """Give what is paid back if all of these pieces come back and none is refused."""
    none = dict.fromkeys(("received", "restocked", "scrapped", "to_vendor", "refused", "given_up", "refunded"), 0)
    lines = [
        PiecesOfLine(id=0, line_id=back.line_id, product_id=0, reason=back.reason, announced=back.quantity, **none)
        for back in wanted
    ]
    return worth_of_return(session, order, 0, lines, policy, with_coming=True)


def line_row(
    line_id: int, return_id: int, line: SoldLine, reason: ReturnReason, *, announced: int
) -> dict[str, object]:
    """Make up the row of a line of a return, of which nothing has come yet."""
    counters = ("received", "restocked", "scrapped", "to_vendor", "refused", "given_up", "refunded")
    return {
        "id": line_id,
        "return_id": return_id,
        "line_id": line.id,
        "product_id": line.product_id,
        "reason": reason,
        "announced": announced,
        **dict.fromkeys(counters, 0),
    }


def _chosen(
    order: OrderUnderLock, wanted: Sequence[PiecesBack], sold: dict[int, SoldLine]
) -> list[tuple[SoldLine, PiecesBack]]:
    if len({back.line_id for back in wanted}) < len(wanted):
        raise Invalid("a line is named twice", code="duplicate_line", remedy="name each line once, with all its pieces")
    for back in wanted:
        if back.line_id not in sold:
            raise NotFound(f"order {order.number} has no line {back.line_id}")
    return [(sold[back.line_id], back) for back in wanted]


def _refuse_to_return(line: SoldLine, back: PiecesBack, policy: ReturnPolicy, at: datetime) -> None:
    refusal = refusal_to_return(line, policy, at=at, quantity=back.quantity, reason=back.reason)
    if refusal is not None:
        raise refusal.as_error()


def _row(
    return_id: int,
    number: str,
    order: OrderUnderLock,
    wanted: ReturnWanted,
    policy: ReturnPolicy,
    cause: Cause,
    at: datetime,
) -> dict[str, object]:
    return {
        "id": return_id,
        "order_id": order.id,
        "number": number,
        "status": ReturnStatus.AUTHORIZED,
        "settles_by": wanted.settles_by,
        "warehouse_id": wanted.warehouse_id,
        "note": wanted.note,
        "created_at": at,
        "created_by": cause.actor,
        "expires_at": at + policy.expires_after,
    }
