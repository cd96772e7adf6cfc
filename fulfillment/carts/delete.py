"""Delete: carts are taken out of the system, one by one, as a selection, or because nobody has come back (OL13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carts.queries import lock_cart, lock_carts

_DELETE = text("DELETE FROM cart WHERE id = ANY (CAST(:ids AS bigint[]))")
_FORGET = text("""
DELETE FROM cart WHERE id = ANY (ARRAY(
  SELECT c.id FROM cart c JOIN market m ON m.id = c.market_id
   WHERE c.kind = 'cart' AND c.updated_at < CAST(:at AS timestamptz) - make_interval(secs => m.carts_kept_seconds)
   ORDER BY c.updated_at LIMIT 1000 FOR UPDATE OF c SKIP LOCKED))
RETURNING id
""")


def delete_cart(session: Session, cart_id: int, *, storefront_id: int | None) -> None:
    """Delete one cart or wish list; the order that it became stays. Raises NotFound."""
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    session.execute(_DELETE, {"ids": [cart.id]})


def delete_carts(session: Session, cart_ids: Collection[int], *, storefront_id: int | None) -> list[int]:
    """Delete those of the carts that are there, and give their ids; a repeat finds none (OL13)."""
    found = [cart.id for cart in lock_carts(session, cart_ids, storefront_id=storefront_id)]
    session.execute(_DELETE, {"ids": found})
    return found


def forget_old_carts(session: Session, *, at: datetime) -> int:
    """
    Forget carts that nobody has touched for as long as their market keeps them; wish lists are kept.

    Takes a thousand at most, and none that somebody is working on; gives how many there were.
    """
    return len(session.execute(_FORGET, {"at": at}).all())
