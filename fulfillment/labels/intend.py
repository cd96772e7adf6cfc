"""Intend: the row of a label, committed before the first byte goes out, and the promise to buy it."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.labels.models import Label
from fulfillment.labels.parcels import ParcelToLabel
from fulfillment.labels.states import LabelStatus
from fulfillment.timeline.changes import Changes


def intend(
    session: Session, changes: Changes, parcel: ParcelToLabel, *, service: str | None = None, cause: Cause
) -> int:
    """
    Add the label of an admitted parcel, and give its id.

    It goes by the `service` named, else by the one that its shipping method is bound to; of several the cheapest is chosen
    when it is bought.
    """
    [label_id] = take_ids(session, 1)
    services = [service] if service is not None else list(parcel.services or ())
    changes.begin(
        Label,
        {
            "id": label_id,
            "order_id": parcel.order_id,
            "shipment_id": parcel.shipment_id,
            "parcel_id": parcel.id,
            "position": parcel.position,
            "key": uuid4().hex,
            "carrier": parcel.carrier,
            "services": services,
            "service": services[0] if len(services) == 1 else None,
            "weight_grams": parcel.weight_grams,
            "ship_from": parcel.ship_from,
            "ship_to": parcel.ship_to,
            "status": LabelStatus.NEW,
            "status_since": changes.at,
            "sends": 0,
            "created_at": changes.at,
            "created_by": cause.actor,
        },
    )
    detail = {"parcel_id": parcel.id, "position": parcel.position, "carrier": parcel.carrier, "services": services}
    changes.note("label", label_id, parcel.order_id, "want_label", cause, detail)
    return label_id
