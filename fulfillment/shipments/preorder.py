"""Pre-orders: sold before their day. They reach the stock check unpaid, wait for the day, and take no stock before it (SH1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.shelves import Place
from fulfillment.kernel.job import Job, Refusal
from fulfillment.orders.guards import ShipmentGuard, covered
from fulfillment.orders.queries import FloorSet, OrderUnderLock, ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus
from fulfillment.shipments.queue import place_in_queue

_STAND_BY_PAYMENT = text("""
UPDATE waiting_line AS w SET since = o.covered_at FROM purchase_order o
 WHERE o.id = w.order_id AND w.shipment_id = ANY (CAST(:ids AS bigint[])) AND o.covered_at IS NOT NULL
""")


class Preorders:
    """What the jobs of a set say of shipments that were pre-ordered: their day, and since when they stand in the queue."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        """Jobs without an argument are of no pre-order."""
        self._said: dict[int, Mapping[str, object]] = {job.subject_id: job.argument for job in jobs if job.argument}

    def date_of(self, shipment: ShipmentUnderLock) -> datetime | None:
        """Give the day before which nothing is assigned to a shipment."""
        return _moment(self._said.get(shipment.id, {}).get("not_before"))

    def is_ahead(self, shipment: ShipmentUnderLock, at: datetime) -> bool:
        """Tell whether its day is still to come: then nothing is kept for it."""
        day = self.date_of(shipment)
        return day is not None and day > at

    def or_covered(self, floor: FloorSet) -> ShipmentGuard:
        """Let an order reach the stock check that is paid, or that was pre-ordered and never paid yet (SH1)."""

        def guard(shipment: ShipmentUnderLock) -> Refusal | None:
            order = floor.order_of(shipment)
            waits_already = shipment.status == ShipmentStatus.AWAITING_INVENTORY
            if order.covered_at is None and (waits_already or self.date_of(shipment) is not None):
                return None
            return covered(order, shipment.id)

        return guard

    def place_of(self, order: OrderUnderLock, shipment: ShipmentUnderLock) -> Place:
        """Give the place in the queue: one that is not paid on its day stands behind all who had paid by then."""
        if order.covered_at is not None:
            return place_in_queue(order, shipment)
        since = _moment(self._said.get(shipment.id, {}).get("since"))
        return Place(
            -order.priority, since or max(order.placed_at, self.date_of(shipment) or order.placed_at), shipment.id
        )

    def stand_by_payment(self, session: Session, floor: FloorSet, shipments: Iterable[ShipmentUnderLock]) -> None:
        """Let those that have been paid for meanwhile stand where their payment puts them."""
        paid = [
            each.id
            for each in shipments
            if self._said.get(each.id, {}).get("stands_by_payment") and floor.order_of(each).covered_at is not None
        ]
        if paid:
            session.execute(_STAND_BY_PAYMENT, {"ids": paid})


def _moment(said: object) -> datetime | None:
    return datetime.fromisoformat(said) if isinstance(said, str) else cast("datetime | None", said)
