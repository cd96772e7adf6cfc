"""Follow: parcels and their items are brought to where everything that was told of them says they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.db.base import Base
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.machine import Machine
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.shipments.models import ItemDelivery
from fulfillment.shipments.states import DELIVERY, PARCEL, DeliveryState
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.course import Whereabouts, of_item, whereabouts
from fulfillment.tracking.models import ParcelDelivery
from fulfillment.tracking.queries import Consignment, Tracked, consignment


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
    Move the parcels and items of shipments of locked orders to where they are by all that was told of them.

    `said` are verbs by which a person moves items (by line). Neither a shipment nor an order ever moves by this.
    """
    found = consignment(session, orders, shipment_ids)
    entries = _move_parcels(changes, found, cause)
    _move_items(changes, found, cause, entries, said or {})


def _move_parcels(changes: Changes, found: Consignment, cause: Cause) -> dict[int, int]:
    """Move parcels; give the entries that tell of it, by line."""
    entries: dict[int, int] = {}
    for parcel in found.parcels.values():
        here = whereabouts(parcel.told)
        if parcel.status != here.state:
            delivered_at = here.since if here.state == DeliveryState.DELIVERED else None
            entry = _move(changes, PARCEL, ParcelDelivery, parcel, here, cause, delivered_at=delivered_at)
            entries |= dict.fromkeys(parcel.line_ids, entry)
    return entries


def _move_items(
    changes: Changes, found: Consignment, cause: Cause, entries: Mapping[int, int], said: Mapping[int, str]
) -> None:
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
