"""Delete: carts are taken out of the system, one by one, as a selection, or because nobody has come back (OL13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carts.queries import lock_cart, lock_carts
from fulfillment.inventory.reservations import let_go
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes

_DELETE = text("DELETE FROM cart WHERE id = ANY (CAST(:ids AS bigint[]))")
_LOCK_OLD = text("""
SELECT c.id FROM cart c JOIN market m ON m.id = c.market_id
 WHERE c.kind = 'cart' AND c.updated_at < CAST(:at AS timestamptz) - make_interval(secs => m.carts_kept_seconds)
 ORDER BY c.updated_at LIMIT 1000 FOR UPDATE OF c SKIP LOCKED
""")


def delete_cart(session: Session, cart_id: int, *, storefront_id: int | None, cause: Cause, at: datetime) -> None:
    """Delete one cart or wish list; the order that it became stays. Raises NotFound."""
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    _delete(session, [cart.id], cause=cause, at=at)


def delete_carts(
    session: Session, cart_ids: Collection[int], *, storefront_id: int | None, cause: Cause, at: datetime
) -> list[int]:
    """Delete those of the carts that are there, and give their ids; a repeat finds none (OL13)."""
    found = [cart.id for cart in lock_carts(session, cart_ids, storefront_id=storefront_id)]
    _delete(session, found, cause=cause, at=at)
    return found


def _delete(session: Session, cart_ids: Sequence[int], *, cause: Cause, at: datetime) -> None:
    """What they held is free, and whoever waits for it is tried."""
    changes = Changes(at=at)
    let_go(session, changes, cart_ids, cause)
    changes.write(session)
    session.execute(_DELETE, {"ids": list(cart_ids)})


def forget_old_carts(session: Session, *, cause: Cause, at: datetime) -> int:
    """
    Forget carts that nobody has touched for as long as their market keeps them; wish lists are kept.

    Takes a thousand at most, and none that somebody is working on; gives how many there were.
    """
    found = session.execute(_LOCK_OLD, {"at": at}).scalars().all()
    _delete(session, found, cause=cause, at=at)
    return len(found)
