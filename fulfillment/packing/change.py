"""Change a parcel: its weight until it is handed over, its tracking number as that of a shipment (SH9, SH10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.packing.models import Parcel
from fulfillment.packing.parcels import find_parcel
from fulfillment.shipments.update import lock_updatable
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class ParcelChange:
    """What a parcel is to become. The weight is in grams; None takes a tracking number back, or forgets a weight."""

    weight_grams: int | None
    tracking_number: str | None


def change_parcel(session: Session, parcel_id: int, change: ParcelChange, *, cause: Cause, at: datetime) -> None:
    """
    Say what a parcel weighs and under which number the carrier knows it. To say it again does nothing.

    Raises NotFound, or Conflict where its order is neither New nor Processing, or its shipment is canceled.
    """
    parcel = find_parcel(session, parcel_id)
    order, shipment = lock_updatable(session, parcel.shipment_id)
    before = ParcelChange(parcel.weight_grams, parcel.tracking_number)
    if change == before:
        return
    changes = Changes(at=at)
    changes.set(Parcel, parcel.id, weight_grams=change.weight_grams, tracking_number=change.tracking_number)
    changes.raise_version(PurchaseOrder, order)
    detail = {
        "parcel_id": parcel.id,
        "weight_grams": change.weight_grams,
        "tracking_number": change.tracking_number,
    }
    changes.note("shipment", shipment.id, order.id, "change_parcel", cause, detail)
    changes.write(session)
