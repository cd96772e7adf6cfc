"""Mails that were promised and of which neither a step nor a trace is there: promised again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fulfillment.process import EVENTS
from fulfillment.reconciliation.drift import Repair

_EVENTS: Final = {
    "order_received": "order.covered",
    "shipped": "shipment.shipped",
    "canceled": "order.canceled",
    "refunded": "payment.refunded",
}


def promise_mail(repair: Repair) -> Mapping[str, Any]:
    """Promise a mail, and nothing else that follows the same event."""
    assert repair.order is not None
    event, step = _EVENTS[repair.row["kind"]], f"notifications.{repair.row['kind']}"
    others = [each for each in EVENTS[event] if each != step]
    repair.changes.publish(event, repair.row["subject_id"], repair.cause, order_id=repair.order.id, leaving_out=others)
    return {"steps": [step]}
