"""Buy when packed: a method that says so labels the parcels of a shipment as soon as all of it is packed and weighed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.labels.intend import intend
from fulfillment.labels.parcels import parcels_to_label_by_themselves
from fulfillment.timeline.changes import Changes


def buy_when_packed(session: Session, shipment_id: int, *, cause: Cause, at: datetime) -> list[int]:
    """
    Ask for the labels of those parcels of a locked shipment that wait for nothing but theirs; give their ids.

    A parcel whose label was refused is left to a person.
    """
    parcels = parcels_to_label_by_themselves(session, shipment_id)
    changes = Changes(at=at)
    wanted = []
    for parcel in parcels:
        label_id = intend(session, changes, parcel, cause=cause)
        changes.publish("label.wanted", label_id, cause, order_id=parcel.order_id)
        wanted.append(label_id)
    changes.write(session)
    return wanted
