"""Repair: put one item right, if it is still as it was found; before and after stand on its order's timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import lock_order
from fulfillment.reconciliation.drift import Repair, find_again
from fulfillment.reconciliation.drifts import RULES
from fulfillment.reconciliation.states import DriftClass, ItemStatus
from fulfillment.timeline.changes import Changes

_LOCK = text("""
SELECT id, reconciliation_id, drift, rule, order_id, place, facts, status FROM drift_item WHERE id = :id FOR UPDATE
""")
_REPAIRED = text("""
UPDATE drift_item SET status = 'repaired', refusal = NULL, after = CAST(:after AS jsonb),
       repaired_at = CAST(:at AS timestamptz), repaired_by = :actor
 WHERE id = :id
""")
_REFUSED = text("UPDATE drift_item SET refusal = :refusal, status = :status WHERE id = :id AND status = 'open'")
GONE: Final = "drift_gone"
_ANEW: Final = "reconcile anew: POST /v1/reconciliations"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was found, held by whoever repairs it."""

    id: int
    reconciliation_id: int
    drift: DriftClass
    rule: str
    order_id: int | None
    place: Mapping[str, Any]
    facts: Mapping[str, Any]
    status: ItemStatus


def hold_item(session: Session, item_id: int) -> Item:
    """Give an item, and keep others from repairing it meanwhile. Raises NotFound."""
    row = session.execute(_LOCK, {"id": item_id}).one_or_none()
    if row is None:
        raise NotFound(f"no item {item_id}")
    return Item(
        id=row.id,
        reconciliation_id=row.reconciliation_id,
        drift=DriftClass(row.drift),
        rule=row.rule,
        order_id=row.order_id,
        place=row.place,
        facts=row.facts,
        status=ItemStatus(row.status),
    )


def repair_item(session: Session, item: Item, *, cause: Cause, at: datetime) -> None:
    """
    Put right what a held item names; one that was repaired stays as it is.

    Raises Conflict where it is not as it was found any more, or cannot be put right by itself.
    """
    if item.status == ItemStatus.REPAIRED:
        return
    drift = RULES[item.rule]
    order = None if item.order_id is None else lock_order(session, item.order_id)
    number = None if order is None else order.number
    row = find_again(session, drift, item.place, number=number, at=at)
    if row is None:
        raise gone(item)
    if dict(row) != dict(item.facts):
        raise changed(item, row)
    changes = Changes(at=at)
    after = drift.repair(Repair(session, changes, row, order, cause, at))
    if order is not None:
        detail = {"drift": item.drift, "rule": item.rule, "item_id": item.id, "before": row, "after": after}
        changes.raise_version(PurchaseOrder, order)
        changes.note("order", order.id, order.id, "reconcile", cause, detail)
    changes.write(session)
    close_item(session, item, after, cause=cause, at=at)


def close_item(session: Session, item: Item, after: Mapping[str, Any], *, cause: Cause, at: datetime) -> None:
    """Write down that an item is repaired."""
    told = {"id": item.id, "after": orjson.dumps(after).decode(), "at": at, "actor": cause.actor}
    session.execute(_REPAIRED, told)


def refuse_item(session: Session, item_id: int, reason: str, *, code: str) -> None:
    """Keep why an item was not repaired; what is as it should be by now needs no repair any more."""
    status = ItemStatus.PASSED if code == GONE else ItemStatus.OPEN
    session.execute(_REFUSED, {"id": item_id, "refusal": reason, "status": status})


def gone(item: Item) -> Conflict:
    """Give the refusal of what has not drifted any more."""
    return Conflict(f"item {item.id}: it is as it should be by now", code=GONE, guard="still_so", remedy=_ANEW)


def changed(item: Item, row: Mapping[str, Any]) -> Conflict:
    """Give the refusal of what has drifted otherwise since it was found."""
    return Conflict(
        f"item {item.id}: it is not as it was found",
        code="drift_changed",
        guard="still_so",
        remedy=_ANEW,
        members={"found": dict(item.facts), "now": dict(row)},
    )
