"""Resolve: a person decides what becomes of a parcel that is in trouble, or says that one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.orders.states import ShipmentStatus
from fulfillment.payments.amounts.pieces import RefundedLine
from fulfillment.payments.attempts.request import Asked, RefundWanted, Requested, request_refund
from fulfillment.returns.states import OPEN
from fulfillment.shipments.states import DeliveryState
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.follow import follow, release_holds
from fulfillment.tracking.models import ParcelProblem
from fulfillment.tracking.problems import Problem, problems_of
from fulfillment.tracking.queries import pieces_of
from fulfillment.tracking.reship import reship
from fulfillment.tracking.states import PROBLEM, ProblemKind, Resolution

_PARCEL = text("""
SELECT p.id, p.order_id, p.shipment_id, s.number AS shipment, s.status FROM parcel p JOIN shipment s ON s.id = p.shipment_id
 WHERE p.id = :id
""")
_RETURN = text("SELECT number, status, refund FROM return_order WHERE id = :id")
_TELL = text("""
INSERT INTO tracking_event (order_id, shipment_id, parcel_id, status, description, actor, occurred_at, received_at)
VALUES (:order_id, :shipment_id, :parcel_id, :status, :note, :actor, :at, :at)
""")
_R = Resolution
_FITTING: Final = {
    ProblemKind.LOST: (_R.RESHIP, _R.REFUND, _R.FOUND),
    ProblemKind.SILENT: (_R.RESHIP, _R.REFUND, _R.FOUND),
    ProblemKind.DAMAGED: (_R.RESHIP, _R.REFUND, _R.FOUND),
    ProblemKind.RETURNED_TO_SENDER: (_R.RETURN, _R.RESHIP, _R.REFUND),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a parcel that is in trouble, and why. A refund may give back its share of the shipping."""

    by: Resolution
    note: str | None = None
    with_shipping: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of it: the shipment that goes out instead, or the refund that was asked for."""

    order_id: int
    reship_id: int | None
    refund: Requested | None


def fitting(kind: str) -> tuple[Resolution, ...]:
    """Give what may be done about a problem, the usual first."""
    return _FITTING[ProblemKind(kind)]


def resolve(session: Session, parcel_id: int, decision: Decision, *, asked: Asked) -> Resolved:
    """
    Decide what becomes of a parcel that is in trouble. What left stays shipped: nothing of it is put back into stock.

    Raises NotFound, or Conflict: `no_problem`, `not_fitting` for what does not help with this kind of problem, `return_open`
    where a return of these pieces is still to settle it, `paid_back` where it has, and whatever a refund refuses.
    """
    cause, at = asked.cause, asked.at
    parcel = session.execute(_PARCEL, {"id": parcel_id}).one_or_none()
    if parcel is None:
        raise NotFound(f"no parcel {parcel_id}", remedy="read the parcels of its shipment")
    problem = _open_problem(session, lock_order(session, parcel.order_id), parcel_id)
    _refuse_unless_fitting(session, problem, decision.by)
    pieces = pieces_of(session, parcel_id)
    refund = None
    if decision.by == Resolution.REFUND:
        lines = [RefundedLine(line_id, quantity) for line_id, quantity in pieces.items()]
        why = f"parcel {problem.kind.replace('_', ' ')}"
        wanted = RefundWanted(why, lines=lines, with_shipping=decision.with_shipping)
        refund = request_refund(session, parcel.order_id, wanted, asked=asked)
    order = lock_order(session, parcel.order_id)  # as the refund left it
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    reship_id = None
    if decision.by == Resolution.RESHIP:
        reship_id = reship(session, changes, order, parcel.shipment_id, pieces, cause)
    _end(changes, problem, decision, cause, reship_id)
    changes.write(session)
    if decision.by == Resolution.FOUND and problem.kind != ProblemKind.SILENT:
        _say(session, order, parcel_id, parcel.shipment_id, DeliveryState.IN_TRANSIT, decision.note, cause, at)
    release_holds(session, [problem.hold_id] if problem.hold_id is not None else [], cause=cause, at=at)
    return Resolved(order.id, reship_id, refund)


def report(
    session: Session, parcel_id: int, state: DeliveryState, *, note: str | None, cause: Cause, at: datetime
) -> None:
    """
    Say that a parcel that left is lost, damaged or on its way back: by what a customer or a carrier told a person.

    Raises NotFound, or Conflict `not_shipped` for one that we still have, `reported` for one of which it is known.
    """
    parcel = session.execute(_PARCEL, {"id": parcel_id}).one_or_none()
    if parcel is None:
        raise NotFound(f"no parcel {parcel_id}", remedy="read the parcels of its shipment")
    order = lock_order(session, parcel.order_id)
    if parcel.status != ShipmentStatus.SHIPPED:
        raise Conflict(
            f"shipment {parcel.shipment} has not left: it is {parcel.status}",
            code="not_shipped",
            guard="not_shipped",
            remedy="unpack the parcel, or complete its shipment",
        )
    open_one = next((each for each in problems_of(session, [order.id], [parcel_id]) if each.is_open), None)
    if open_one is not None and open_one.kind == state:
        raise Conflict(
            f"parcel {parcel_id} is {state.replace('_', ' ')} already",
            code="reported",
            guard="reported",
            remedy=f"decide what becomes of it: POST /v1/parcels/{parcel_id}/resolution",
        )
    _say(session, order, parcel_id, parcel.shipment_id, state, note, cause, at, by_person=True)


def _open_problem(session: Session, order: OrderUnderLock, parcel_id: int) -> Problem:
    found = next((each for each in problems_of(session, [order.id], [parcel_id]) if each.is_open), None)
    if found is None:
        raise Conflict(
            f"nothing is wrong with parcel {parcel_id}, as far as we know",
            code="no_problem",
            guard="no_problem",
            remedy=f"say what is wrong first: POST /v1/parcels/{parcel_id}/problems",
        )
    return found


def _refuse_unless_fitting(session: Session, problem: Problem, by: Resolution) -> None:
    if by not in fitting(problem.kind) or (by == Resolution.RETURN and problem.return_id is None):
        helps = [each for each in fitting(problem.kind) if each != Resolution.RETURN or problem.return_id is not None]
        raise Conflict(
            f"{by} does not help with a parcel that is {problem.kind.replace('_', ' ')}",
            code="not_fitting",
            guard="not_fitting",
            remedy=f"choose one of: {', '.join(helps)}",
            members={"by": helps},
        )
    if by == Resolution.RETURN or problem.return_id is None:
        return
    coming = session.execute(_RETURN, {"id": problem.return_id}).one()
    if coming.status in OPEN:
        raise Conflict(
            f"return {coming.number} pays for what comes back of it",
            code="return_open",
            guard="return_open",
            remedy=f"leave it to the return, or cancel that first: POST /v1/returns/{problem.return_id}/cancellation",
            members={"return_id": problem.return_id},
        )
    if by == Resolution.RESHIP and coming.refund:
        raise Conflict(
            f"return {coming.number} has paid back what was in it",
            code="paid_back",
            guard="paid_back",
            remedy="say that the return has settled it (by: return); what is to go out again is ordered: POST /v1/orders",
            members={"return_id": problem.return_id},
        )


def _end(changes: Changes, problem: Problem, decision: Decision, cause: Cause, reship_id: int | None) -> None:
    changes.move(
        PROBLEM,
        ParcelProblem,
        problem,
        "resolve_problem",
        cause,
        detail={"parcel_id": problem.parcel_id, "kind": problem.kind, "by": decision.by},
        resolution=decision.by,
        note=decision.note,
        reship_id=reship_id,
        ended_at=changes.at,
        ended_by=cause.actor,
    )


def _say(
    session: Session,
    order: OrderUnderLock,
    parcel_id: int,
    shipment_id: int,
    state: DeliveryState,
    note: str | None,
    cause: Cause,
    at: datetime,
    *,
    by_person: bool = False,
) -> None:
    of = {"order_id": order.id, "shipment_id": shipment_id, "parcel_id": parcel_id}
    session.execute(_TELL, {**of, "status": state, "note": note, "actor": cause.actor, "at": at})
    changes = Changes(at=at)
    if by_person:
        changes.raise_version(PurchaseOrder, order)
    follow(session, changes, {order.id: order}, [shipment_id], cause)
