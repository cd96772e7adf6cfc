"""Work on the orders of a bulk operation: the same verbs as one by one, and one that is refused is refused alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.bulk.models import Action, ItemStatus
from fulfillment.kernel.errors import Conflict, FulfillmentError, NotFound
from fulfillment.kernel.job import Job, Outcome
from fulfillment.orders.archive import archive
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.delete import delete
from fulfillment.orders.hold import hold
from fulfillment.orders.queries import lock_order, lock_orders, shipments_of
from fulfillment.orders.states import ShipmentStatus
from fulfillment.shipments.release import release

_RECORD = text("""
UPDATE bulk_item i SET status = v.status, guard = v.guard, reason = v.reason, remedy = v.remedy, done_at = :at
  FROM jsonb_to_recordset(CAST(:items AS jsonb))
       AS v(operation_id bigint, subject_id bigint, status text, guard text, reason text, remedy text)
 WHERE i.operation_id = v.operation_id AND i.subject_id = v.subject_id
""")


def work_on_bulk(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """
    Do to each order what its operation asks, each behind a savepoint, and write down what became of it (OL13).

    The orders are locked first and in one order, as by every verb on a set. Refusals stand with the items; to the operation
    each job is done.
    """
    lock_orders(session, (job.subject_id for job in jobs))
    items = [_tried(session, job, at) for job in jobs]
    session.execute(_RECORD, {"items": json.dumps(items), "at": at})
    return Outcome(done=[job.subject_id for job in jobs])


def _tried(session: Session, job: Job, at: datetime) -> dict[str, Any]:
    item = {"operation_id": job.operation_id, "subject_id": job.subject_id}
    try:
        with session.begin_nested():
            if job.subject_id not in lock_orders(session, [job.subject_id]):
                raise NotFound("the order was deleted since", code="order_deleted")
            _DO[Action(cast("str", job.argument["action"]))](session, job, at)
    except FulfillmentError as error:
        remedy = error.remedy or "nothing is to be done"
        said = {"guard": error.guard or error.reason, "reason": error.detail, "remedy": remedy}
        return {**item, "status": ItemStatus.REFUSED, **said}
    return {**item, "status": ItemStatus.DONE}


def _release(session: Session, job: Job, at: datetime) -> None:
    """Release what has its inventory assigned; shipments that still wait for theirs stay as they are."""
    order = lock_order(session, job.subject_id)
    ready = [
        Job(shipment.id, job.cause, order_id=order.id)
        for shipment in shipments_of(session, [order.id])[order.id]
        if shipment.status == ShipmentStatus.INVENTORY_ASSIGNED
    ]
    if not ready:
        raise Conflict(
            f"no shipment of order {order.number} has its inventory assigned",
            code="nothing_to_release",
            guard="nothing_to_release",
            remedy=f"see what it waits for: GET /v1/orders/{order.number}/explanation",
        )
    if refused := release(session, ready, at=at).refused:
        raise refused[0].as_error()


def _hold(session: Session, job: Job, at: datetime) -> None:
    hold(session, job.subject_id, reason=_reason(job), note=None, cause=job.cause, at=at)


def _cancel(session: Session, job: Job, at: datetime) -> None:
    cancellation = Cancellation(_reason(job), notify_customer=bool(job.argument["notify_customer"]))
    cancel(session, job.subject_id, cancellation, cause=job.cause, at=at)


def _delete(session: Session, job: Job, at: datetime) -> None:
    delete(session, job.subject_id, reason=_reason(job), cause=job.cause, at=at)


def _archive(session: Session, job: Job, at: datetime) -> None:
    archive(session, job.subject_id, cause=job.cause, at=at)


def _reason(job: Job) -> str:
    return cast("str", job.argument["reason"])


_DO: Final[dict[Action, Callable[[Session, Job, datetime], None]]] = {
    Action.RELEASE: _release,
    Action.HOLD: _hold,
    Action.CANCEL: _cancel,
    Action.DELETE: _delete,
    Action.ARCHIVE: _archive,
}
