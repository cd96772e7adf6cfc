"""What a person may ask of shipments: that they be released, or completed. Steps carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.dispatch.models import Operation
from fulfillment.dispatch.operations import operation_row
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.timeline.changes import Changes
from fulfillment.timeline.request import request_steps

_SHIPMENTS = text("""
SELECT s.id, s.order_id, w.code, w.allows_confirm_all
  FROM shipment s LEFT JOIN warehouse w ON w.id = s.warehouse_id
 WHERE s.id = ANY (CAST(:ids AS bigint[])) ORDER BY s.id
""")
_BEING_PACKED = text("SELECT id FROM shipment WHERE picklist_id = :id AND status = 'packing' ORDER BY id")


def request_release(session: Session, shipment_id: int, *, client_id: int | None, cause: Cause, at: datetime) -> int:
    """Ask for a shipment to be released (SH4); give the operation. Raises NotFound."""
    subjects = [(row.id, row.order_id) for row in session.execute(_SHIPMENTS, {"ids": [shipment_id]})]
    if not subjects:
        raise NotFound(f"no shipment {shipment_id}")
    return request_steps(
        session, "release.requested", subjects, kind="release", client_id=client_id, cause=cause, at=at
    )


def request_completion(
    session: Session,
    shipment_ids: Sequence[int],
    *,
    confirm_all: bool,
    tracking_numbers: Mapping[int, str],
    client_id: int | None,
    cause: Cause,
    at: datetime,
) -> int:
    """
    Ask for shipments to be completed (SH6), each with its tracking number (SH10), all in one operation; give its id.

    Raises NotFound for a shipment that does not exist, Conflict where its warehouse wants every pick recorded.
    """
    rows = session.execute(_SHIPMENTS, {"ids": sorted(set(shipment_ids))}).all()
    if missing := set(shipment_ids) - {row.id for row in rows}:
        raise NotFound(f"no shipment {', '.join(map(str, sorted(missing)))}", members={"missing": sorted(missing)})
    if confirm_all and (strict := sorted({row.code for row in rows if row.allows_confirm_all is False})):
        raise Conflict(
            f"warehouse {', '.join(strict)} wants every pick recorded",
            code="picks_required",
            guard="picks_required",
            remedy="record the picks, and complete without confirm_all",
        )
    [operation_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(Operation, operation_row(operation_id, "completion", client_id=client_id, total=len(rows), at=at))
    for row in rows:
        argument = {"confirm_all": confirm_all, "tracking_number": tracking_numbers.get(row.id)}
        changes.publish(
            "completion.requested", row.id, cause, order_id=row.order_id, argument=argument, operation_id=operation_id
        )
    changes.write(session)
    return operation_id


def being_packed(session: Session, picklist_id: int) -> list[int]:
    """Give the shipments of a picklist that are being packed."""
    return list(session.execute(_BEING_PACKED, {"id": picklist_id}).scalars())
