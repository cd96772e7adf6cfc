"""Parcels in trouble: lost, damaged, back or silent; listed, reported, and decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.orders.queries import read_orders
from fulfillment.packing.parcels import find_parcel
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.attempts.request import Asked
from fulfillment.shipments.states import DeliveryState
from fulfillment.tracking.read import last_problem, parcels_in_trouble
from fulfillment.tracking.resolve import Decision, fitting, report, resolve
from fulfillment.tracking.states import ProblemStatus, Resolution
from web.access import ADMIN, CSR, WAREHOUSE
from web.call import Call, Reply
from web.limits import refuse_beyond_limit
from web.paging import after_moment, moment_and_id, page
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.parcel_problems import (
    ParcelProblemIn,
    ResolutionIn,
    ResolvedOut,
    TroubledParcelOut,
    TroubledParcelsOut,
    TroubleQuery,
)

noun = Noun("parcel_problems", "Parcels that do not arrive as they should, and what is done about them.")


@noun.reads("/v1/parcels", roles=(CSR, WAREHOUSE, ADMIN), answer=TroubledParcelsOut, query=TroubleQuery)
def list_parcels_in_trouble(session: Session, call: Call, query: TroubleQuery) -> Reply:
    """List the parcels that need a person, the one that waits the longest first. A warehouse sees its own."""
    after = after_moment(query.cursor, of=query.kind or "")
    rows = parcels_in_trouble(session, kind=query.kind, only=call.key.warehouses, after=after, limit=query.limit + 1)

    def place(row: RowMapping) -> str:
        return moment_and_id(row["opened_at"], row["problem_id"], of=query.kind or "")

    return Reply(page("parcels", rows, query.limit, place, [_shown(row) for row in rows]))


@noun.commands(
    "/v1/parcels/<id:parcel_id>/problems",
    roles=(CSR, WAREHOUSE, ADMIN),
    body=ParcelProblemIn,
    answer=TroubledParcelOut,
    status=201,
)
def report_problem(session: Session, call: Call, body: ParcelProblemIn, parcel_id: int) -> Reply:
    """Say that a parcel that left is lost, damaged or on its way back, as somebody was told. It needs a person from now on."""
    _enter(session, call, parcel_id)
    report(session, parcel_id, DeliveryState(body.kind), note=body.note, cause=call.cause, at=call.at)
    return Reply(_of(session, parcel_id), 201)


@noun.commands("/v1/parcels/<id:parcel_id>/resolution", roles=(CSR, ADMIN), body=ResolutionIn, answer=ResolvedOut)
def resolve_problem(session: Session, call: Call, body: ResolutionIn, parcel_id: int) -> Reply:
    """
    Decide what becomes of a parcel in trouble: its goods go out again, are paid back, come back, or it was found.

    What left stays shipped: nothing of it is put back into stock. The hold on what is still to ship of its order ends.
    """
    decision = Decision(Resolution(body.by), body.note, body.with_shipping)
    asked = Asked(client_id=call.key.id, cause=call.cause, at=call.at)
    done = resolve(session, parcel_id, decision, asked=asked)
    if done.refund is not None:
        currency = read_orders(session, [done.order_id])[done.order_id].currency
        refuse_beyond_limit(session, call, done.order_id, AttemptKind.REFUND, done.refund, currency)
    operation_id = None if done.refund is None else done.refund.operation_id
    return Reply({"parcel": _of(session, parcel_id), "operation_id": operation_id})


def _enter(session: Session, call: Call, parcel_id: int) -> None:
    parcel = find_parcel(session, parcel_id)
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(parcel.warehouse, f"parcel {parcel_id}")


def _of(session: Session, parcel_id: int) -> dict[str, Any]:
    found = last_problem(session, parcel_id)
    assert found is not None
    return _shown(found)


def _shown(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "shipment_id", "shipment", "warehouse", "tracking_number", "delivery_state")
    of_problem = ("kind", "status", "hold_id", "return_id", "resolution", "note", "reship_id", "ended_by")
    helps = fitting(row["kind"]) if row["status"] == ProblemStatus.OPEN else ()
    return {
        **{name: row[name] for name in as_it_is},
        "order": row["order_number"],
        "delivery_state_since": moment(row["status_since"]),
        "problem": {
            "id": row["problem_id"],
            **{name: row[name] for name in of_problem},
            "since": moment(row["opened_at"]),
            "resolutions": [each for each in helps if each != Resolution.RETURN or row["return_id"] is not None],
            "ended_at": moment(row["ended_at"]),
        },
    }
