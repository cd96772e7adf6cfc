"""Reservations: pieces that a cart holds for a time. One that has run out counts for nothing, whether or not it was swept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes

_OF_CART = text("""
SELECT product_id, warehouse_id, r.quantity, r.expires_at, s.on_hand - s.allocated >= r.quantity AS there
  FROM cart_reservation r JOIN stock s USING (product_id, warehouse_id)
 WHERE r.cart_id = :cart AND r.expires_at > CAST(:at AS timestamptz) ORDER BY product_id, warehouse_id
""")
_HOLD = text("""
WITH held AS (
  INSERT INTO cart_reservation (cart_id, product_id, warehouse_id, quantity, expires_at)
  SELECT :cart, v.product_id, v.warehouse_id, v.quantity, CAST(:until AS timestamptz)
    FROM unnest(CAST(:products AS bigint[]), CAST(:warehouses AS bigint[]), CAST(:pieces AS bigint[]))
         AS v(product_id, warehouse_id, quantity)
  RETURNING product_id, warehouse_id)
UPDATE stock AS s SET reserved_until = greatest(s.reserved_until, CAST(:until AS timestamptz))
  FROM held WHERE held.product_id = s.product_id AND held.warehouse_id = s.warehouse_id
""")
_LET_GO = text("DELETE FROM cart_reservation WHERE cart_id = ANY (CAST(:carts AS bigint[])) RETURNING product_id")
_EXPIRE = text("""
DELETE FROM cart_reservation WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM cart_reservation WHERE expires_at <= CAST(:at AS timestamptz) LIMIT 10000 FOR UPDATE SKIP LOCKED))
RETURNING product_id
""")


@dataclass(frozen=True, slots=True)
class Held:
    """Pieces of a product that a cart holds in a warehouse; they are no longer `there` where counts were put right below them."""

    product_id: int
    warehouse_id: int
    quantity: int
    expires_at: datetime
    there: bool


def held_by(session: Session, cart_id: int, *, at: datetime) -> list[Held]:
    """Give what a cart holds."""
    return [Held(*row) for row in session.execute(_OF_CART, {"cart": cart_id, "at": at})]


def hold_for_cart(session: Session, cart_id: int, held: Sequence[tuple[int, int, int]], *, until: datetime) -> None:
    """
    Hold pieces (product, warehouse, quantity) for a cart that holds none.

    Their stock rows must be locked: whoever locks them next sees by `reserved_until` that there is something to look for.
    """
    products, warehouses, pieces = (list(each) for each in zip(*held, strict=True))
    said = {"cart": cart_id, "until": until, "products": products, "warehouses": warehouses, "pieces": pieces}
    session.execute(_HOLD, said)


def let_go(session: Session, changes: Changes, cart_ids: Iterable[int], cause: Cause) -> int:
    """End what carts hold, and have those tried that wait for it; give how many reservations there were."""
    freed = list(session.execute(_LET_GO, {"carts": sorted(set(cart_ids))}).scalars())
    _gained(changes, freed, cause)
    return len(freed)


def expire_reservations(session: Session, *, cause: Cause, at: datetime) -> int:
    """Take away reservations that have run out, and have those tried that wait for the pieces; give how many there were."""
    freed = list(session.execute(_EXPIRE, {"at": at}).scalars())
    changes = Changes(at=at)
    _gained(changes, freed, cause)
    changes.write(session)
    return len(freed)


def _gained(changes: Changes, product_ids: Iterable[int], cause: Cause) -> None:
    for product_id in sorted(set(product_ids)):
        changes.publish("stock.gained", product_id, cause)
