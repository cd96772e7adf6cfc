"""What a person may ask of the label of a parcel: one, another one in its place, or that it is given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.kernel.job import Refusal
from fulfillment.labels.give_back import unwant
from fulfillment.labels.guards import not_handed_over, unlabeled
from fulfillment.labels.intend import intend
from fulfillment.labels.parcels import ParcelToLabel, parcel_to_label, refusal_to_label
from fulfillment.labels.queries import LabelUnderLock, wanted_labels
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, ShipmentUnderLock, lock_shipments
from fulfillment.shipments.pick import being_packed
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when. `client_id` is the API key's."""

    client_id: int | None
    cause: Cause
    at: datetime


@dataclass(slots=True)
class _OnBench:
    """A parcel of a locked order, and its label."""

    parcel: ParcelToLabel
    order: OrderUnderLock
    shipment: ShipmentUnderLock
    label: LabelUnderLock | None


def request_label(session: Session, parcel_id: int, *, service: str | None = None, asked: Asked) -> int:
    """
    Ask for a label for a parcel; give the operation. By the `service` named, else by that of its shipping method.

    Raises NotFound, or Conflict: `on_hold`, `status` where it is not being packed, `has_label`, `no_carrier`, `no_origin`,
    `empty_parcel` or `not_weighed`.
    """
    found = _locked(session, parcel_id)
    _refuse(_unpackable(found) or unlabeled(found.label) or refusal_to_label(found.parcel))
    changes = Changes(at=asked.at)
    label_id = intend(session, changes, found.parcel, service=service, cause=asked.cause)
    return _ask(session, changes, found.order, "label.wanted", label_id, kind="label", asked=asked)


def request_void(session: Session, parcel_id: int, *, asked: Asked) -> int:
    """
    Ask for the label of a parcel to be given back; give the operation. Its number is taken off the parcel at once.

    Raises NotFound, or Conflict: `no_label`, or `handed_over` once the carrier has the parcel.
    """
    found = _locked(session, parcel_id)
    label = _given(found)
    changes = Changes(at=asked.at)
    unwant(session, changes, [label], cause=asked.cause)
    return _ask(session, changes, found.order, "label.void_wanted", label.id, kind="label_void", asked=asked)


def request_replacement(session: Session, parcel_id: int, *, service: str | None = None, asked: Asked) -> int:
    """
    Ask for the label of a parcel to be given back, and for another one in its place; give the operation of the latter.

    Raises as `request_void` and `request_label` do; then nothing is done.
    """
    found = _locked(session, parcel_id)
    _refuse(_unpackable(found) or refusal_to_label(found.parcel))
    label = _given(found)
    changes = Changes(at=asked.at)
    unwant(session, changes, [label], cause=asked.cause)
    # Rows of one lane go one after the other: the old one is given back before the new one is bought.
    changes.publish("label.void_wanted", label.id, asked.cause, order_id=label.order_id)
    # Written by itself: in one statement the new label might be added while the old one is still wanted.
    changes.write(session)
    changes = Changes(at=asked.at)
    label_id = intend(session, changes, found.parcel, service=service, cause=asked.cause)
    return _ask(session, changes, found.order, "label.wanted", label_id, kind="label", asked=asked)


def _locked(session: Session, parcel_id: int) -> _OnBench:
    """Lock the order of a parcel, and look at the parcel as it is then. Raises NotFound."""
    floor = lock_shipments(session, [parcel_to_label(session, parcel_id).shipment_id])
    parcel = parcel_to_label(session, parcel_id)
    [shipment] = floor.asked
    return _OnBench(parcel, floor.order_of(shipment), shipment, wanted_labels(session, [parcel_id]).get(parcel_id))


def _unpackable(found: _OnBench) -> Refusal | None:
    return not_on_hold(found.order, found.shipment.id) or being_packed(found.shipment)


def _given(found: _OnBench) -> LabelUnderLock:
    _refuse(not_handed_over(found.shipment, found.parcel.id))
    if found.label is None:
        raise Conflict(
            f"parcel {found.parcel.position} of shipment {found.shipment.number} has no label",
            code="no_label",
            guard="has_label",
            remedy=f"ask for one: POST /v1/parcels/{found.parcel.id}/label",
        )
    return found.label


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal.as_error()


def _ask(
    session: Session, changes: Changes, order: OrderUnderLock, event: str, label_id: int, *, kind: str, asked: Asked
) -> int:
    changes.raise_version(PurchaseOrder, order)
    return request_steps(
        session,
        event,
        [(label_id, order.id)],
        kind=kind,
        client_id=asked.client_id,
        cause=asked.cause,
        at=asked.at,
        result={"label_id": label_id},
        changes=changes,
    )
