"""Labels: what a carrier sells for a parcel. Asked for here, bought by a step, given back until the carrier has the parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.carriers.port import Answer, Rate, Result
from fulfillment.kernel.errors import Conflict, Transient
from fulfillment.labels.choose import cheapest
from fulfillment.labels.rates import RateQuestion, rate_question
from fulfillment.labels.read import find_label, label_of_parcel, open_labels, paper_of
from fulfillment.labels.request import Asked, request_label, request_replacement, request_void
from fulfillment.labels.settle_by_hand import Settlement, settle_by_hand
from fulfillment.packing.parcels import find_parcel
from fulfillment.shipments.read import find_shipment
from web.access import ADMIN, CSR, WAREHOUSE
from web.api.operations import accepted, leads_to_operation
from web.call import Call, Paper, Reply
from web.paging import after_id, page
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.labels import LabelIn, LabelOut, LabelOutcomeIn, LabelsOut, LabelsQuery, RatesOut, VoidLabelIn

_FLOOR = (WAREHOUSE, ADMIN)
_ALL = (CSR, *_FLOOR)

noun = Noun("labels", "What a carrier sells for a parcel: its number, and its paper.")


@leads_to_operation(noun, "/v1/parcels/<id:parcel_id>/label", roles=_FLOOR, body=LabelIn)
def buy_label(session: Session, call: Call, body: LabelIn, parcel_id: int) -> Reply:
    """
    Ask for the label of a parcel: it is bought once, whatever becomes of the answer, and its number lands on the parcel.

    Refused while the parcel is not weighed, or empty, or where its shipping method has no carrier.
    """
    _enter(session, call, parcel_id)
    return accepted(session, call, request_label(session, parcel_id, service=body.service, asked=_asked(call)))


@leads_to_operation(noun, "/v1/parcels/<id:parcel_id>/label/void", roles=_FLOOR, body=VoidLabelIn)
def void_label(session: Session, call: Call, body: VoidLabelIn, parcel_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Give the label of a parcel back, until the carrier has the parcel. Its number is taken off at once."""
    _enter(session, call, parcel_id)
    return accepted(session, call, request_void(session, parcel_id, asked=_asked(call)))


@leads_to_operation(noun, "/v1/parcels/<id:parcel_id>/label/replacement", roles=_FLOOR, body=LabelIn)
def replace_label(session: Session, call: Call, body: LabelIn, parcel_id: int) -> Reply:
    """Give the label of a parcel back and buy another one in its place, one after the other."""
    _enter(session, call, parcel_id)
    return accepted(session, call, request_replacement(session, parcel_id, service=body.service, asked=_asked(call)))


@noun.reads("/v1/parcels/<id:parcel_id>/label", roles=_ALL, answer=LabelOut)
def show_label_of_parcel(session: Session, call: Call, parcel_id: int) -> Reply:
    """Read the label of a parcel; where it has none, the last one that there was."""
    _enter(session, call, parcel_id)
    return Reply(_shown(call, label_of_parcel(session, parcel_id)))


@noun.prints("/v1/parcels/<id:parcel_id>/label.pdf", roles=_FLOOR)
def print_label(session: Session, call: Call, parcel_id: int) -> Paper:
    """Print the label of a parcel, as the carrier made it."""
    _enter(session, call, parcel_id)
    label = label_of_parcel(session, parcel_id)
    return Paper(paper_of(session, label), f"label-{label['tracking_number']}.pdf")


@noun.reads("/v1/labels", roles=_ALL, answer=LabelsOut, query=LabelsQuery)
def list_labels(session: Session, call: Call, query: LabelsQuery) -> Reply:
    """List the labels that are not through yet, oldest first, with the evidence."""
    rows = open_labels(
        session,
        status=query.status,
        for_a_person=query.for_a_person,
        warehouses=None if call.key.warehouses is None else sorted(call.key.warehouses),
        after=after_id(query.cursor) or 0,
        limit=query.limit + 1,
    )
    return Reply(page("labels", rows, query.limit, lambda row: row["id"], [_shown(call, row) for row in rows]))


@noun.reads("/v1/labels/<id:label_id>", roles=_ALL, answer=LabelOut)
def show_label(session: Session, call: Call, label_id: int) -> Reply:
    """Read a label, whatever became of it."""
    label = find_label(session, label_id)
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(label["warehouse"], f"label {label_id}")
    return Reply(_shown(call, label))


@noun.commands("/v1/labels/<id:label_id>/outcome", roles=(ADMIN,), body=LabelOutcomeIn, answer=LabelOut)
def settle_label(session: Session, call: Call, body: LabelOutcomeIn, label_id: int) -> Reply:
    """
    Say what became of a label of which nobody can ask the carrier any more. 409 `still_asked` while it still knows the key.

    One that was bought and that nobody wants any more is given back.
    """
    said = Settlement(body.outcome, body.note, body.reference, body.tracking_number)
    if body.cost is not None:
        said = replace(said, amount=body.cost.amount, currency=body.cost.currency)
    settle_by_hand(session, label_id, said, cause=call.cause, at=call.at)
    return Reply(_shown(call, find_label(session, label_id)))


@noun.reads("/v1/shipments/<id:shipment_id>/rates", roles=_ALL, answer=RatesOut, refuses=True)
def list_rates(session: Session, call: Call, shipment_id: int) -> Reply:
    """Ask the carrier what the parcels of a shipment would cost by each of its services. Nothing is bought."""
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(find_shipment(session, shipment_id).shipment["warehouse"], f"shipment {shipment_id}")
    asked = rate_question(session, shipment_id)
    session.close()  # The connection is others' while the carrier is asked.
    if (carrier := call.services.carriers.get(asked.carrier)) is None:
        raise Conflict(
            f"carrier {asked.carrier} is not connected",
            code="no_such_carrier",
            guard="carrier_connected",
            remedy="connect it: set CARRIER_URL",
        )
    return Reply(_shown_rates(call, asked, carrier.rates(asked.consignments)))


def _shown_rates(call: Call, asked: RateQuestion, answers: Sequence[list[Rate] | Answer]) -> dict[str, Any]:
    parcels = []
    for parcel, answer in zip(asked.parcels, answers, strict=True):
        if isinstance(answer, Answer):
            raise _unanswered(answer, asked.carrier)
        chosen = cheapest(answer, asked.services)
        rates = [
            {
                "service": rate.service,
                "price": None if call.key.role == Role.WAREHOUSE else money(rate.amount, rate.currency),
                "days": rate.days,
                "of_method": rate.service in asked.services,
            }
            for rate in sorted(answer, key=lambda each: each.amount)
        ]
        about = {"parcel_id": parcel.id, "position": parcel.position, "weight_grams": parcel.weight_grams}
        parcels.append({**about, "rates": rates, "chosen": None if chosen is None else chosen.service})
    return {"carrier": asked.carrier, "parcels": parcels}


def _unanswered(answer: Answer, carrier: str) -> Exception:
    if answer.result == Result.FAILED:
        return Conflict(
            f"{carrier}: {answer.message}", code=answer.code, guard="carrier", remedy="change the parcel or its address"
        )
    return Transient(f"{carrier} could not be asked: {answer.message}", code="carrier_unreachable", remedy="try again")


def _enter(session: Session, call: Call, parcel_id: int) -> None:
    parcel = find_parcel(session, parcel_id)
    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(parcel.warehouse, f"parcel {parcel_id}")


def _asked(call: Call) -> Asked:
    return Asked(call.key.id, call.cause, call.at)


def _shown(call: Call, row: RowMapping) -> dict[str, Any]:
    as_it_is = (
        "id",
        "order",
        "shipment_id",
        "shipment",
        "parcel_id",
        "position",
        "carrier",
        "services",
        "service",
        "status",
        "weight_grams",
        "reference",
        "tracking_number",
        "key",
        "sends",
        "code",
        "message",
        "dead_letter_id",
        "error",
        "created_by",
    )
    wanted = row["unwanted_at"] is None and row["status"] != "failed"
    hidden = row["amount"] is None or call.key.role == Role.WAREHOUSE
    return {
        **{name: row[name] for name in as_it_is},
        "status_since": moment(row["status_since"]),
        "created_at": moment(row["created_at"]),
        "wanted": wanted,
        "cost": None if hidden else money(row["amount"], row["currency"]),
        "paper": f"/v1/parcels/{row['parcel_id']}/label.pdf" if wanted and row["has_paper"] else None,
    }
