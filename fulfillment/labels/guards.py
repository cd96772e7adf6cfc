"""What must not happen to a parcel that has a label, or whose label is being bought."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.kernel.job import Refusal
from fulfillment.labels.queries import LabelUnderLock, wanted_labels
from fulfillment.labels.states import UNDECIDED
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus


def unlabeled(label: LabelUnderLock | None) -> Refusal | None:
    """Say no where a parcel has a label: what that says of it, and its number, would no longer be so."""
    if label is None:
        return None
    what = "a label is being bought for" if label.status in UNDECIDED else f"label {label.tracking_number} is on"
    return Refusal(
        label.parcel_id,
        guard="has_label",
        reason=f"{what} parcel {label.position} of shipment {label.shipment_number}",
        remedy=f"give it back first: POST /v1/parcels/{label.parcel_id}/label/void",
        members={"label_id": label.id},
    )


def refuse_labeled(session: Session, parcel_id: int) -> None:
    """Raise Conflict `has_label` where a parcel of a locked order has a label, or one is being bought."""
    if (refusal := unlabeled(wanted_labels(session, [parcel_id]).get(parcel_id))) is not None:
        raise refusal.as_error()


def not_handed_over(shipment: ShipmentUnderLock, parcel_id: int) -> Refusal | None:
    """Say no once the carrier has the parcel: its label is used."""
    if shipment.status != ShipmentStatus.SHIPPED:
        return None
    return Refusal(
        parcel_id,
        guard="handed_over",
        reason=f"the carrier has the parcels of shipment {shipment.number}",
        remedy="nothing is to be done: the label is used",
    )
