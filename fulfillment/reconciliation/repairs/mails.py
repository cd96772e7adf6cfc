"""Mails that were promised and of which neither a step nor a trace is there: promised again, and nothing else with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fulfillment.db.ids import take_change_id
from fulfillment.dispatch.models import Dispatch
from fulfillment.process import STEPS
from fulfillment.reconciliation.drift import Repair


def promise_mail(repair: Repair) -> Mapping[str, Any]:
    """Promise a mail by its row alone: its event happened when it did, and whoever else listens was told."""
    assert repair.order is not None
    step = f"notifications.{repair.row['kind']}"
    repair.changes.insert(
        Dispatch,
        {
            "id": take_change_id(repair.session),
            "step": step,
            "lane": STEPS[step].lane,
            "order_id": repair.order.id,
            "subject_id": repair.row["subject_id"],
            "cause_kind": repair.cause.kind,
            "cause_id": repair.cause.id,
            "actor": repair.cause.actor,
        },
    )
    return {"steps": [step]}
