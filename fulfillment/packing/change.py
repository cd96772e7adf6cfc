"""Change a parcel: its weight until it is handed over, its tracking number as that of a shipment (SH9, SH10)."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.labels.buy_when_packed import buy_when_packed
from fulfillment.labels.guards import refuse_labeled
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.states import ShipmentStatus
from fulfillment.packing.models import Parcel
from fulfillment.packing.parcels import find_parcel
from fulfillment.shipments.update import lock_updatable
from fulfillment.timeline.changes import Changes


class ParcelChange(TypedDict, total=False):
    """What is said of a parcel: what is left out stays. The weight is in grams; None forgets a weight, or takes a number back."""

    weight_grams: int | None
    tracking_number: str | None


def change_parcel(session: Session, parcel_id: int, change: ParcelChange, *, cause: Cause, at: datetime) -> None:
    """
    Say what a parcel weighs, or under which number the carrier knows it. To say it again does nothing.

    Raises NotFound, or Conflict where its order is neither New nor Processing, its shipment is canceled, or (`has_label`) its
    label says both.
    """
    order, shipment = lock_updatable(session, find_parcel(session, parcel_id).shipment_id)
    parcel = find_parcel(session, parcel_id)  # As it is now: another may have changed or undone it meanwhile.
    before = ParcelChange(weight_grams=parcel.weight_grams, tracking_number=parcel.tracking_number)
    after: ParcelChange = {**before, **change}
    if after == before:
        return
    refuse_labeled(session, parcel.id)
    changes = Changes(at=at)
    changes.set(Parcel, parcel.id, **after)
    changes.raise_version(PurchaseOrder, order)
    detail = {"parcel_id": parcel.id, **after}
    changes.note("shipment", shipment.id, order.id, "change_parcel", cause, detail)
    changes.write(session)
    if shipment.status == ShipmentStatus.PACKING and not order.open_holds:
        buy_when_packed(session, shipment.id, cause=cause, at=at)
