"""What the verbs ask about returns. The order's row is the lock of all its returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.orders.states import ShipmentStatus
from fulfillment.returns.states import Settlement
from fulfillment.shipments.states import DeliveryState

COMING_BACK: Final = "greatest(r.announced - r.given_up, r.received) - r.refused"
"""Pieces of a return line `r` that are not with the customer any more, or will not be: those that came back or are to."""

_ORDER_OF = text("SELECT order_id FROM return_order WHERE id = :id")
_ONE = text("""
SELECT id, order_id, number, status, settles_by, warehouse_id, expires_at FROM return_order WHERE id = :id
""")
_COUNT = text("SELECT count(*) FROM return_order WHERE order_id = :id")
_LINES = text("""
SELECT id, line_id, product_id, reason, announced, received, restocked, scrapped, to_vendor, refused, given_up, refunded
  FROM return_line WHERE return_id = :id ORDER BY id
""")
_SHIPPED = text(f"""
SELECT l.id, l.product_id, l.sku, l.quantity, l.refunded_quantity, s.number AS shipment, s.status, s.needs_shipping,
       s.shipped_at, CASE d.status WHEN '{DeliveryState.DELIVERED}' THEN d.status_since END AS delivered_at,
       (SELECT coalesce(sum({COMING_BACK}), 0)::bigint FROM return_line r WHERE r.line_id = l.id) AS coming_back
  FROM shipment s JOIN line_item l ON l.shipment_id = s.id LEFT JOIN item_delivery d ON d.id = l.id
 WHERE s.order_id = :id
   -- What went out again in place of a parcel was paid for once: the pieces that were paid for come back.
   AND NOT EXISTS (SELECT FROM parcel_problem b WHERE b.reship_id = s.id)
 ORDER BY char_length(s.number), s.number, l.position, l.id
""")  # noqa: S608 - our own names only


@dataclass(slots=True)
class ReturnUnderLock:
    """A return of a locked order, as a subject of its machine."""

    id: int
    order_id: int
    number: str
    status: str
    settles_by: str
    warehouse_id: int | None
    expires_at: datetime

    @property
    def not_followed_by(self) -> tuple[str, ...]:
        """The steps that have nothing to do with it: no exchange follows a return that is paid back."""
        return () if self.settles_by == Settlement.EXCHANGE else ("exchanges.follow_returns",)


@dataclass(slots=True)
class PiecesOfLine:
    """What of a line item is in a return. Quantities are pieces."""

    id: int
    line_id: int
    product_id: int
    reason: str
    announced: int
    received: int
    restocked: int
    scrapped: int
    to_vendor: int
    refused: int
    given_up: int
    refunded: int

    @property
    def coming(self) -> int:
        """Pieces that were announced and have not come."""
        return max(0, self.announced - self.given_up - self.received)

    @property
    def undecided(self) -> int:
        """Pieces that came, and of which nobody has said what becomes of them."""
        return self.received - self.restocked - self.scrapped - self.to_vendor - self.refused

    @property
    def accepted(self) -> int:
        """Pieces that came and were not refused."""
        return self.received - self.refused


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line item of an order, and what of it may come back. Quantities are pieces."""

    id: int
    product_id: int | None
    sku: str
    quantity: int
    refunded_quantity: int
    shipment: str
    status: str
    needs_shipping: bool
    shipped_at: datetime | None
    delivered_at: datetime | None
    coming_back: int

    @property
    def with_customer(self) -> int:
        """Pieces that were shipped and are not on their way back."""
        if self.status != ShipmentStatus.SHIPPED or not self.needs_shipping or self.product_id is None:
            return 0
        return self.quantity - self.coming_back


def lock_return(session: Session, return_id: int) -> tuple[OrderUnderLock, ReturnUnderLock]:
    """Lock the order of a return, and with it the return. Raises NotFound."""
    order_id = session.execute(_ORDER_OF, {"id": return_id}).scalar_one_or_none()
    if order_id is None:
        raise NotFound(f"no return {return_id}", remedy="list returns: GET /v1/returns")
    order = lock_order(session, order_id)
    return order, read_return(session, return_id)


def read_return(session: Session, return_id: int) -> ReturnUnderLock:
    """Give a return as it is: to ask the guards, or once its order is locked."""
    return ReturnUnderLock(*session.execute(_ONE, {"id": return_id}).one())


def returns_made(session: Session, order_id: int) -> int:
    """Give how many returns a locked order has had."""
    return int(session.execute(_COUNT, {"id": order_id}).scalar_one())


def lines_of_return(session: Session, return_id: int) -> list[PiecesOfLine]:
    """Give the lines of a return of a locked order."""
    return [PiecesOfLine(*row) for row in session.execute(_LINES, {"id": return_id})]


def sold_lines(session: Session, order_id: int) -> list[SoldLine]:
    """Give the line items of an order, by shipment and position, with what of each is on its way back."""
    return [SoldLine(*row) for row in session.execute(_SHIPPED, {"id": order_id})]


def of_product(lines: Iterable[PiecesOfLine], product_id: int) -> list[PiecesOfLine]:
    """Give the lines of a return that are about a product."""
    return [line for line in lines if line.product_id == product_id]
