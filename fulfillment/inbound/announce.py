"""Announce a delivery, say that it comes another day, or that nothing more comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from fulfillment.catalog.products import refuse_repeats
from fulfillment.db.ids import take_ids
from fulfillment.inbound.models import InboundDelivery, InboundLine
from fulfillment.inbound.queries import lock_delivery
from fulfillment.inbound.states import INBOUND, OPEN, InboundStatus
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.timeline.changes import Changes

_REMEDY: Final = "nothing is to be done: what comes all the same is received by POST /v1/inventory/receipts"


@dataclass(frozen=True, slots=True)
class Expected:
    """Pieces of one product that are to come."""

    product_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a supplier is to bring, by the supplier's own reference."""

    warehouse_id: int
    supplier: str
    reference: str
    expected_on: date
    lines: Sequence[Expected]


def announce(session: Session, announcement: Announcement, *, cause: Cause, at: datetime) -> int:
    """Write down a delivery that is to come; give its id. Raises Invalid where a product is named twice."""
    refuse_repeats([line.sku for line in announcement.lines])
    [delivery_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(
        InboundDelivery,
        {
            "id": delivery_id,
            "warehouse_id": announcement.warehouse_id,
            "supplier": announcement.supplier,
            "reference": announcement.reference,
            "expected_on": announcement.expected_on,
            "status": InboundStatus.EXPECTED,
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    for line in announcement.lines:
        changes.insert(
            InboundLine,
            {"delivery_id": delivery_id, "product_id": line.product_id, "expected": line.quantity, "received": 0},
        )
    changes.write(session)
    return delivery_id


def reschedule(session: Session, delivery_id: int, columns: Mapping[str, Any], *, at: datetime) -> None:
    """
    Change the day, the supplier or the reference of a delivery that is still expected.

    Raises NotFound, or Conflict where nothing more is expected of it.
    """
    delivery = lock_delivery(session, delivery_id)
    if delivery.status not in OPEN:
        raise Conflict(f"the delivery is {delivery.status}", code="status", guard="status", remedy=_REMEDY)
    changes = Changes(at=at)
    changes.set(InboundDelivery, delivery_id, **columns)
    changes.write(session)


def end(session: Session, delivery_id: int, *, cause: Cause, at: datetime) -> None:
    """
    Say that nothing more comes: a delivery of which nothing came is canceled, one of which a part came is closed.

    Raises NotFound, or Conflict where it has ended already.
    """
    delivery = lock_delivery(session, delivery_id)
    verb = "cancel" if delivery.status == InboundStatus.EXPECTED else "close"
    _, refused = INBOUND.admit(verb, [delivery])
    if refused:
        raise refused[0].as_error()
    changes = Changes(at=at)
    changes.move(INBOUND, InboundDelivery, delivery, verb, cause, ended_at=at)
    changes.write(session)
