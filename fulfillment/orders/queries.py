"""What the verbs ask about orders. `lock_*` take the row locks that the verbs rely on, always in the order of ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.orders.states import OrderStatus, ShipmentStatus


@dataclass(slots=True)
class OrderUnderLock:
    """An order whose row is locked: everything that belongs to the order stands still. Amounts are minor units."""

    id: int
    number: str
    status: str
    payment_status: str
    open_holds: int
    version: int
    priority: int
    market_id: int
    currency: str
    total: int
    canceled_amount: int
    open_authorized: int
    captured: int
    manual: int
    refunded: int
    charged_back: int
    written_off: int
    given_back: int
    credited: int
    returned: int
    placed_at: datetime
    covered_at: datetime | None
    customer_email: str | None
    releases_automatically: bool
    fills_greedily: bool
    splits: str
    sourcing: list[dict[str, Any]] | None

    @property
    def order_id(self) -> int:
        """An order is its own order."""
        return self.id

    @property
    def due(self) -> int:
        """What the order costs after what was canceled of it, and what was given up."""
        return self.total - self.canceled_amount - self.written_off

    @property
    def paid(self) -> int:
        """What was captured, received by hand or credited by an exchange, whatever was refunded since."""
        return self.captured + self.manual + self.credited

    @property
    def kept(self) -> int:
        """What is left of it after refunds and chargebacks; what went on to an exchange has paid for the goods that come back."""
        return self.paid - self.refunded - self.charged_back

    @property
    def counted(self) -> int:
        """What counts as paid: what is kept, and what was given back for goods that came back. These are not owed again."""
        return self.kept + self.returned

    @property
    def covered(self) -> bool:
        """Whether money set aside or taken reaches what is due: what the users' documents call paid (SH1, OL6)."""
        return self.missing <= 0

    @property
    def missing(self) -> int:
        """What neither was set aside nor counts as paid of what is due; negative where there is more than that."""
        return self.due - self.open_authorized - self.counted

    @property
    def is_open(self) -> bool:
        """Whether anything may still happen to its shipments."""
        return self.status in (OrderStatus.IN_PROGRESS, OrderStatus.PARTIALLY_SHIPPED)


@dataclass(slots=True)
class ShipmentUnderLock:
    """A shipment of a locked order."""

    id: int
    order_id: int
    number: str
    status: str
    needs_shipping: bool
    amount: int
    warehouse_id: int | None
    picklist_id: int | None
    wants_label: bool
    """Whether it is in packing, by a shipping method that lets nothing leave without its carrier's labels."""

    @property
    def is_done(self) -> bool:
        """Whether it can no longer change."""
        return self.status in (ShipmentStatus.SHIPPED, ShipmentStatus.CANCELED)


@dataclass(slots=True)
class Line:
    """A line item, as far as the floor needs it. Quantities are pieces, amounts minor units."""

    id: int
    order_id: int
    shipment_id: int
    product_id: int | None
    quantity: int
    allocated: int
    picked: int
    packed: int
    refunded_quantity: int
    amount: int

    @property
    def missing(self) -> int:
        """Pieces that are not allocated yet; a manual line never needs any."""
        return self.quantity - self.allocated if self.product_id is not None else 0


_ORDERS: Final = """
SELECT o.id, o.number, o.status, o.payment_status, o.open_holds, o.version, o.priority, o.market_id, o.currency, o.total,
       o.canceled_amount, o.open_authorized, o.captured, o.manual, o.refunded, o.charged_back, o.written_off, o.given_back,
       o.credited, o.returned, o.placed_at, o.covered_at, o.customer_email, m.releases_automatically, m.fills_greedily, m.splits, nullif(m.sourcing, '[]') AS sourcing
  FROM purchase_order o JOIN market m ON m.id = o.market_id
 WHERE o.id = ANY (CAST(:ids AS bigint[])) ORDER BY o.id
"""
_READ_ORDERS = text(_ORDERS)
_LOCK_ORDERS = text(f"{_ORDERS} FOR NO KEY UPDATE OF o")
_SHIPMENTS = text("""
SELECT id, order_id, number, status, needs_shipping, amount, warehouse_id, picklist_id,
       CASE WHEN status = 'packing' AND shipping_method IS NOT NULL
            THEN shipping_method IN (SELECT method FROM shipping_carrier WHERE label_required) ELSE false END
  FROM shipment WHERE order_id = ANY (CAST(:ids AS bigint[])) ORDER BY id
""")
_ORDERS_OF_SHIPMENTS = text("SELECT id, order_id FROM shipment WHERE id = ANY (CAST(:ids AS bigint[]))")
_LINES = text("""
SELECT l.id, l.order_id, l.shipment_id, l.product_id, l.quantity, l.allocated, l.picked, l.packed, l.refunded_quantity,
       l.amount
  FROM line_item l WHERE l.shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY l.id
""")


def lock_orders(session: Session, order_ids: Iterable[int]) -> dict[int, OrderUnderLock]:
    """Lock orders until the end of the transaction; ids that do not exist are left out."""
    rows = session.execute(_LOCK_ORDERS, {"ids": sorted(set(order_ids))}).all()
    return {row.id: OrderUnderLock(*row) for row in rows}


def lock_order(session: Session, order_id: int) -> OrderUnderLock:
    """Lock one order until the end of the transaction. Raises NotFound where somebody has just deleted it."""
    found = lock_orders(session, [order_id])
    if order_id not in found:
        raise NotFound("there is no such order any more")
    return found[order_id]


def read_orders(session: Session, order_ids: Iterable[int]) -> dict[int, OrderUnderLock]:
    """Give orders as they are, without a lock: to ask the guards, never to act on what they say."""
    rows = session.execute(_READ_ORDERS, {"ids": sorted(set(order_ids))}).all()
    return {row.id: OrderUnderLock(*row) for row in rows}


def shipments_of(session: Session, order_ids: Iterable[int]) -> dict[int, list[ShipmentUnderLock]]:
    """Give the shipments of locked orders, by order."""
    found: dict[int, list[ShipmentUnderLock]] = defaultdict(list)
    for row in session.execute(_SHIPMENTS, {"ids": sorted(set(order_ids))}).all():
        found[row.order_id].append(ShipmentUnderLock(*row))
    return found


def orders_of_shipments(session: Session, shipment_ids: Iterable[int]) -> dict[int, int]:
    """Give the order of each shipment that exists."""
    rows = session.execute(_ORDERS_OF_SHIPMENTS, {"ids": sorted(set(shipment_ids))}).all()
    return {row.id: row.order_id for row in rows}


def lines_of(session: Session, shipment_ids: Iterable[int]) -> dict[int, list[Line]]:
    """Give the lines of shipments, by shipment."""
    found: dict[int, list[Line]] = defaultdict(list)
    for row in session.execute(_LINES, {"ids": sorted(set(shipment_ids))}).all():
        found[row.shipment_id].append(Line(*row))
    return found


@dataclass(slots=True)
class FloorSet:
    """The shipments a verb was asked about, their locked orders, and all shipments of those orders."""

    orders: dict[int, OrderUnderLock]
    by_order: dict[int, list[ShipmentUnderLock]]
    asked: list[ShipmentUnderLock]

    def order_of(self, shipment: ShipmentUnderLock) -> OrderUnderLock:
        """Give the order a shipment belongs to."""
        return self.orders[shipment.order_id]


def lock_shipments(session: Session, shipment_ids: Sequence[int], order_ids: Iterable[int | None] = ()) -> FloorSet:
    """Lock the orders of these shipments. `order_ids` spares a look-up where the caller knows them all."""
    known = [order_id for order_id in order_ids if order_id is not None]
    if len(known) < len(shipment_ids):
        known = list(orders_of_shipments(session, shipment_ids).values())
    orders = lock_orders(session, known)
    by_order = shipments_of(session, orders)
    wanted = set(shipment_ids)
    asked = [shipment for shipments in by_order.values() for shipment in shipments if shipment.id in wanted]
    return FloorSet(orders, by_order, asked)
