"""The queue for stock: who stands where in it, who leaves it with his pieces, and who goes on waiting (SH2, SH3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.models import MovementKind, WaitingLine
from fulfillment.inventory.movements import record
from fulfillment.inventory.shelves import Place, summed
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import LineItem, Shipment
from fulfillment.orders.queries import Line, OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import SHIPMENT, ShipmentStatus
from fulfillment.timeline.changes import Changes

_STOP_WAITING = text(
    "DELETE FROM waiting_line WHERE shipment_id = ANY (CAST(:ids AS bigint[])) RETURNING since, not_before"
)


def needs_of(lines: Iterable[Line]) -> dict[int, int]:
    """Give the pieces that are not allocated yet, by product."""
    return summed((line.product_id, line.missing) for line in lines if line.product_id is not None and line.missing)


def place_in_queue(order: OrderUnderLock, shipment: ShipmentUnderLock) -> Place:
    """Give the place of a shipment in the queue for stock: by priority, then first covered."""
    return Place(-order.priority, order.covered_at or order.placed_at, shipment.id)


def fill(
    changes: Changes,
    order: OrderUnderLock,
    shipment: ShipmentUnderLock,
    warehouse_id: int,
    lines: Iterable[Line],
    cause: Cause,
    *,
    sourced: Mapping[str, Any] | None = None,
) -> int:
    """
    Give a shipment what it misses from a warehouse of which the stock is locked; give the entry of its assignment.

    `sourced` is why it is that warehouse, where rules chose it.
    """
    for line in lines:
        if line.missing and line.product_id is not None:
            record(changes, MovementKind.ALLOCATED, line.product_id, warehouse_id, line.missing, cause, line_id=line.id)
            changes.set(LineItem, line.id, allocated=line.quantity)
    entry = changes.move(
        SHIPMENT,
        Shipment,
        shipment,
        "assign_inventory",
        cause,
        detail={"warehouse_id": warehouse_id, **({"sourced": sourced} if sourced else {})},
        warehouse_id=warehouse_id,
        status_since=changes.at,
    )
    changes.publish("shipment.inventory_assigned", shipment.id, cause, order_id=order.id, because=entry)
    return entry


def wait(
    changes: Changes,
    order: OrderUnderLock,
    shipment: ShipmentUnderLock,
    needs: Mapping[int, int],
    cause: Cause,
    *,
    since: datetime | None = None,
    not_before: datetime | None = None,
) -> None:
    """Let a pending shipment await inventory, at its place in the queue, or where it stood `since`; a pre-order its date."""
    since = since or place_in_queue(order, shipment).since
    _stand_in_line(changes, order, shipment, needs, since, not_before)
    entry = changes.move(
        SHIPMENT,
        Shipment,
        shipment,
        "await_inventory",
        cause,
        detail={
            "needs": [{"product_id": product, "quantity": quantity} for product, quantity in needs.items()],
            **({"not_before": not_before.isoformat()} if not_before else {}),
        },
        status_since=changes.at,
    )
    changes.publish("shipment.awaiting_inventory", shipment.id, cause, order_id=order.id, because=entry)


def queue_anew(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    shipments: Sequence[tuple[ShipmentUnderLock, Sequence[Line]]],
    cause: Cause,
) -> None:
    """
    Let shipments of an order, each with its lines, wait for what they miss now, and try them.

    They never leave the queue between: nobody behind them takes what they need.
    """
    ids = [shipment.id for shipment, _ in shipments]
    stood = session.execute(_STOP_WAITING, {"ids": ids}).all()
    since = max((row.since for row in stood), default=None)
    not_before = max((row.not_before for row in stood if row.not_before is not None), default=None)
    for shipment, lines in shipments:
        needs = needs_of(lines)
        if shipment.status == ShipmentStatus.AWAITING_INVENTORY:
            _stand_in_line(changes, order, shipment, needs, since or place_in_queue(order, shipment).since, not_before)
        elif needs:
            wait(changes, order, shipment, needs, cause, since=since, not_before=not_before)
        changes.publish("shipment.covered", shipment.id, cause, order_id=order.id)


def _stand_in_line(
    changes: Changes,
    order: OrderUnderLock,
    shipment: ShipmentUnderLock,
    needs: Mapping[int, int],
    since: datetime,
    not_before: datetime | None,
) -> None:
    for product_id, quantity in needs.items():
        changes.insert(
            WaitingLine,
            {
                "shipment_id": shipment.id,
                "product_id": product_id,
                "order_id": order.id,
                "warehouse_id": shipment.warehouse_id,
                "quantity": quantity,
                "priority": order.priority,
                "since": since,
                "not_before": not_before,
            },
        )
