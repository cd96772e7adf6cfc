"""The status history of an order: what it and its shipments came to, made of the timeline alone (OL21). Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.orders.states import OrderStatus, shown_status

_TOLD = text("""
SELECT t.subject, t.verb, t.before, t.after, t.detail, t.cause_kind, t.cause_id, t.actor, t.step, t.at, s.number AS shipment
  FROM timeline t LEFT JOIN shipment s ON t.subject = 'shipment' AND s.id = t.subject_id
 WHERE t.order_id = :order_id AND t.subject IN ('order', 'shipment', 'hold')
   AND (t.after IS NOT NULL OR t.verb IN ('place', 'hold'))
 ORDER BY t.id
""")


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that an order (`shipment` None) or one of its shipments came to, and the entry that tells of it."""

    shipment: str | None
    before: str | None
    status: str
    entry: RowMapping


def status_history(session: Session, order_id: int) -> Sequence[StatusChange]:
    """
    List every status that an order and its shipments came to, as they came.

    An order is shown as on_hold from the first hold that is opened to the last that is released. A shipment begins with
    the status it left first.
    """
    found: list[StatusChange] = []
    status: str | None = None
    holds = 0
    for entry in session.execute(_TOLD, {"order_id": order_id}).mappings():
        if entry["subject"] == "shipment":
            found.append(StatusChange(entry["shipment"], entry["before"], entry["after"], entry))
            continue
        before = None if status is None else shown_status(status, holds)
        if entry["verb"] == "hold":
            holds += 1
        elif entry["verb"] == "release_hold":
            holds -= 1
        else:
            before = entry["before"] if before is None else before
            status = entry["after"] or OrderStatus.IN_PROGRESS  # a checkout is placed at once, without a draft before
        after = shown_status(status or OrderStatus.DRAFT, holds)
        if after != before:
            found.append(StatusChange(None, before, after, entry))
    return found
