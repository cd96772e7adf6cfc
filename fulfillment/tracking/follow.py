"""Follow: parcels and their items are brought to where everything that was told of them says they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.base import Base
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.machine import Machine
from fulfillment.orders.hold import release_hold
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.shipments.models import ItemDelivery
from fulfillment.shipments.states import DELIVERY, PARCEL, DeliveryState
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.course import Whereabouts, of_item, whereabouts
from fulfillment.tracking.models import ParcelDelivery
from fulfillment.tracking.problems import follow_problems
from fulfillment.tracking.queries import Consignment, Tracked, consignment, told_by_mail


def follow(
    session: Session,
    changes: Changes,
    orders: Mapping[int, OrderUnderLock],
    shipment_ids: Collection[int],
    cause: Cause,
    *,
    said: Mapping[int, str] | None = None,
) -> None:
    """
    Move the parcels and items of shipments of locked orders to where they are by all that was told of them, and write it.

    `said` are verbs by which a person moves items (by line). Neither a shipment nor an order ever moves by this: a parcel in
    trouble becomes a person's task, and holds back what is still to ship.
    """
    found = consignment(session, orders, shipment_ids)
    moved = _move_parcels(changes, found, cause)
    _move_items(changes, found, cause, moved, said or {})
    _tell_of_deliveries(session, changes, orders, moved, cause)
    holds = follow_problems(session, changes, orders, moved, cause)
    changes.write(session)
    release_holds(session, holds, cause=cause, at=changes.at)


def release_holds(session: Session, hold_ids: Collection[int], *, cause: Cause, at: datetime) -> None:
    """End the holds of problems that are none any more, but for those that somebody ended before."""
    for hold_id in session.execute(_STILL_OPEN, {"ids": sorted(hold_ids)}).scalars().all() if hold_ids else ():
        release_hold(session, hold_id, cause=cause, at=at)


_STILL_OPEN = text("SELECT id FROM hold WHERE id = ANY (CAST(:ids AS bigint[])) AND status = 'open' ORDER BY id")


def _move_parcels(changes: Changes, found: Consignment, cause: Cause) -> dict[int, tuple[Tracked, int]]:
    """Move parcels; give those that moved, each with the entry that tells of it."""
    moved: dict[int, tuple[Tracked, int]] = {}
    for parcel in found.parcels.values():
        here = whereabouts(parcel.told)
        if parcel.status != here.state:
            delivered_at = here.since if here.state == DeliveryState.DELIVERED else None
            entry = _move(changes, PARCEL, ParcelDelivery, parcel, here, cause, delivered_at=delivered_at)
            moved[parcel.id] = (parcel, entry)
    return moved


def _tell_of_deliveries(
    session: Session,
    changes: Changes,
    orders: Mapping[int, OrderUnderLock],
    moved: Mapping[int, tuple[Tracked, int]],
    cause: Cause,
) -> None:
    for parcel, entry in moved.values():
        if parcel.status == DeliveryState.DELIVERED:
            order = orders[parcel.order_id]
            tells = order.customer_email and told_by_mail(session, order.market_id).delivery
            unmailed = () if tells else ("notifications.delivered",)
            changes.publish(
                "parcel.delivered", parcel.id, cause, order_id=order.id, because=entry, leaving_out=unmailed
            )


def _move_items(
    changes: Changes,
    found: Consignment,
    cause: Cause,
    moved: Mapping[int, tuple[Tracked, int]],
    said: Mapping[int, str],
) -> None:
    entries = {line_id: entry for parcel, entry in moved.values() for line_id in parcel.line_ids}
    for item in found.items.values():
        here = where_item_is(found, item)
        if item.status != here.state:
            verb = said.get(item.id)
            _move(changes, DELIVERY, ItemDelivery, item, here, cause, verb=verb, because=entries.get(item.id))


def where_item_is(found: Consignment, item: Tracked) -> Whereabouts:
    """Say where an item is by its parcels, and by what people said of it alone."""
    parcels = found.parcels_with(item.id)
    if not parcels:
        return whereabouts(item.told)
    return of_item([whereabouts([*parcel.told, *item.told]) for parcel in parcels])


def _move(
    changes: Changes,
    machine: Machine,
    model: type[Base],
    subject: Tracked,
    here: Whereabouts,
    cause: Cause,
    *,
    verb: str | None = None,
    because: int | None = None,
    **columns: Any,
) -> int:
    since = here.since or changes.at
    if subject.is_new:
        row = {"id": subject.id, "order_id": subject.order_id, "status": subject.status, "status_since": since}
        changes.begin(model, {**row, **columns})
        subject.is_new = False
    if verb is None:
        verb = f"report_{here.state}" if here.state != DeliveryState.NONE else "take_back"
    return changes.move(machine, model, subject, verb, cause, because=because, status_since=since, **columns)
