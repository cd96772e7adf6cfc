"""Give back: nobody wants a label any more, so it is voided once it is known to be bought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.labels.models import Label
from fulfillment.labels.queries import LabelUnderLock, wanted_labels_of
from fulfillment.timeline.changes import Changes

_TAKE_OFF = text("""
WITH voided AS (SELECT * FROM jsonb_to_recordset(CAST(:labels AS jsonb)) AS v (parcel bigint, shipment bigint, number text)),
     off AS (UPDATE parcel p SET tracking_number = NULL FROM voided v WHERE p.id = v.parcel AND p.tracking_number = v.number)
UPDATE shipment s SET tracking_number = NULL FROM voided v WHERE s.id = v.shipment AND s.tracking_number = v.number
""")


def unwant(session: Session, changes: Changes, labels: Sequence[LabelUnderLock], *, cause: Cause) -> None:
    """
    Note that nobody wants these labels of locked orders, and take their numbers off parcels and shipments.

    The caller promises the void: `label.void_wanted`.
    """
    for label in labels:
        changes.set(Label, label.id, unwanted_at=changes.at)
        detail = {"parcel_id": label.parcel_id, "position": label.position, "tracking_number": label.tracking_number}
        changes.note("label", label.id, label.order_id, "unwant_label", cause, detail)
    numbered = [
        {"parcel": each.parcel_id, "shipment": each.shipment_id, "number": each.tracking_number}
        for each in labels
        if each.tracking_number is not None
    ]
    if numbered:
        session.execute(_TAKE_OFF, {"labels": orjson.dumps(numbered).decode()})


def give_back_labels(
    session: Session, changes: Changes, shipment_ids: Iterable[int], *, parcel_id: int | None = None, cause: Cause
) -> None:
    """Give the labels of the parcels of these shipments back, or of one of them: they are undone in this same change."""
    found = wanted_labels_of(session, shipment_ids)
    given = [label for label in found if parcel_id in (None, label.parcel_id)]
    if given:
        unwant(session, changes, given, cause=cause)
        for label in given:
            changes.publish("label.void_wanted", label.id, cause, order_id=label.order_id)
