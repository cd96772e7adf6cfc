"""Give up: what was announced and has not come is not waited for any more. By a person, or when its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.job import Refusal
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.returns.models import ReturnLine, ReturnOrder
from fulfillment.returns.queries import PiecesOfLine, ReturnUnderLock, lines_of_return, lock_return
from fulfillment.returns.states import RETURN, ReturnStatus
from fulfillment.timeline.changes import Changes

_MAIL: Final = "notifications.return_ended"

_OVERDUE = text("""
SELECT r.id FROM return_order r
 WHERE r.status IN ('authorized', 'receiving') AND r.expires_at <= CAST(:at AS timestamptz)
   AND EXISTS (SELECT FROM return_line l WHERE l.return_id = r.id AND l.announced - l.given_up > l.received)
 ORDER BY r.expires_at LIMIT 200
""")
# A week before it is over, or when half of a shorter time has passed.
_TO_REMIND = text("""
SELECT r.id FROM return_order r
 WHERE r.status IN ('authorized', 'receiving') AND r.reminded_at IS NULL AND r.expires_at > CAST(:at AS timestamptz)
   AND r.expires_at - least(interval '7 days', (r.expires_at - r.created_at) / 2) <= CAST(:at AS timestamptz)
   AND EXISTS (SELECT FROM return_line l WHERE l.return_id = r.id AND l.announced - l.given_up > l.received)
 ORDER BY r.expires_at LIMIT 200
""")


def cancel_return(
    session: Session, return_id: int, *, reason: str, notify_customer: bool, cause: Cause, at: datetime
) -> None:
    """
    Cancel a return of which nothing has come; of one of which a part came, give up the rest.

    Raises NotFound, or Conflict where it has ended or nothing more is to come.
    """
    order, return_ = lock_return(session, return_id)
    lines = lines_of_return(session, return_id)
    if (refusal := refusal_to_cancel_return(return_, lines)) is not None:
        raise refusal.as_error()
    changes = Changes(at=at)
    detail = {"reason": reason, "notify_customer": notify_customer}
    _end(changes, order, return_, lines, "cancel_return", cause, detail, told=notify_customer)
    changes.raise_version(PurchaseOrder, order)
    changes.write(session)


def overdue_returns(session: Session, *, at: datetime) -> list[int]:
    """Give the returns of which something is awaited though its time is over."""
    return list(session.execute(_OVERDUE, {"at": at}).scalars())


def give_up_overdue(session: Session, return_id: int, *, cause: Cause, at: datetime) -> bool:
    """Give up what has not come of a return in its time, and tell the customer; give whether there was anything."""
    try:
        order, return_ = lock_return(session, return_id)
    except NotFound:
        return False
    lines = lines_of_return(session, return_id)
    if refusal_to_cancel_return(return_, lines) is not None or return_.expires_at > at:
        return False
    changes = Changes(at=at)
    detail: dict[str, object] = {"expired_at": return_.expires_at.isoformat()}
    _end(changes, order, return_, lines, "expire_return", cause, detail, told=True)
    changes.write(session)
    return True


def returns_to_remind(session: Session, *, at: datetime) -> list[int]:
    """Give the returns whose customers are to be told that their time is nearly over."""
    return list(session.execute(_TO_REMIND, {"at": at}).scalars())


def remind(session: Session, return_id: int, *, cause: Cause, at: datetime) -> bool:
    """Tell a customer, once, until when pieces are waited for; give whether that was still to be said."""
    try:
        order, return_ = lock_return(session, return_id)
    except NotFound:
        return False
    lines = lines_of_return(session, return_id)
    if refusal_to_cancel_return(return_, lines) is not None:
        return False
    changes = Changes(at=at)
    changes.set(ReturnOrder, return_id, reminded_at=at)
    entry = changes.note(
        RETURN.name, return_id, order.id, "remind_of_return", cause, {"coming": sum(line.coming for line in lines)}
    )
    unmailed = () if order.customer_email else ("notifications.return_reminder",)
    changes.publish("return.due", return_id, cause, order_id=order.id, because=entry, leaving_out=unmailed)
    changes.write(session)
    return True


def give_up_rest(changes: Changes, lines: Sequence[PiecesOfLine]) -> int:
    """Wait for nothing more of these lines; give how many pieces that were."""
    given_up = 0
    for line in lines:
        if coming := line.coming:
            line.given_up += coming
            given_up += coming
            changes.set(ReturnLine, line.id, given_up=line.given_up)
    return given_up


def refusal_to_cancel_return(return_: ReturnUnderLock, lines: Sequence[PiecesOfLine]) -> Refusal | None:
    """Say why a return must not be canceled: it has ended, or all of it is here."""
    if return_.status not in (ReturnStatus.AUTHORIZED, ReturnStatus.RECEIVING):
        return Refusal(
            return_.id,
            guard="status",
            reason=f"return {return_.number} is {return_.status}",
            remedy="nothing is to be done",
        )
    if return_.status == ReturnStatus.RECEIVING and not any(line.coming for line in lines):
        return Refusal(
            return_.id,
            guard="nothing_coming",
            reason=f"all that is awaited of return {return_.number} is here",
            remedy=f"complete it: POST /v1/returns/{return_.id}/completion",
        )
    return None


def _end(
    changes: Changes,
    order: OrderUnderLock,
    return_: ReturnUnderLock,
    lines: Sequence[PiecesOfLine],
    verb: str,
    cause: Cause,
    detail: dict[str, object],
    *,
    told: bool,
) -> None:
    detail = {**detail, "pieces": give_up_rest(changes, lines)}
    left_out = return_.not_followed_by + (() if told and order.customer_email else (_MAIL,))
    if return_.status == ReturnStatus.AUTHORIZED:
        entry = changes.move(RETURN, ReturnOrder, return_, verb, cause, detail=detail, ended_at=changes.at)
        changes.publish("return.canceled", return_.id, cause, order_id=order.id, because=entry, leaving_out=left_out)
    else:
        entry = changes.note(RETURN.name, return_.id, order.id, "give_up_rest", cause, detail)
        changes.publish(
            "return.rest_given_up", return_.id, cause, order_id=order.id, because=entry, leaving_out=left_out
        )
