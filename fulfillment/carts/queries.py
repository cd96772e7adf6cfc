"""What the verbs ask about carts. The row is the lock of the cart; locks are taken in the order of ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.document import from_document
from fulfillment.kernel.errors import NotFound

_LOCK = text("""
SELECT id, kind, storefront_id, version, document, prices, updated_by, order_id FROM cart
 WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE
""")
# Asked after the lock is held: while it was waited for, the order may have come to be.
_NUMBERS = text("SELECT id, number FROM purchase_order WHERE id = ANY (CAST(:ids AS bigint[]))")


@dataclass(frozen=True, slots=True)
class CartUnderLock:
    """A cart whose row is locked. `prices` are the catalog's by position, in minor units, as they were last seen."""

    id: int
    kind: str
    storefront_id: int | None
    version: int
    content: Checkout
    prices: Mapping[str, int | None]
    updated_by: str
    order_number: str | None


def lock_carts(session: Session, cart_ids: Collection[int], *, storefront_id: int | None) -> list[CartUnderLock]:
    """Lock those of the carts that are there, in the order of ids; a storefront's own alone, where one is named."""
    rows = session.execute(_LOCK, {"ids": sorted(set(cart_ids))}).all()
    order_ids = [row.order_id for row in rows if row.order_id is not None]
    numbers = {row.id: row.number for row in session.execute(_NUMBERS, {"ids": order_ids})} if order_ids else {}
    return [
        CartUnderLock(
            row.id,
            row.kind,
            row.storefront_id,
            row.version,
            from_document(row.document),
            row.prices,
            row.updated_by,
            numbers.get(row.order_id),
        )
        for row in rows
        if storefront_id is None or row.storefront_id == storefront_id
    ]


def lock_cart(session: Session, cart_id: int, *, storefront_id: int | None) -> CartUnderLock:
    """Lock one cart. Raises NotFound, also for the cart of another storefront: it must not be guessed (RO1)."""
    found: Sequence[CartUnderLock] = lock_carts(session, [cart_id], storefront_id=storefront_id)
    if not found:
        raise NotFound(f"no cart {cart_id}", remedy="find it in GET /v1/carts, or begin one with POST /v1/carts")
    return found[0]
