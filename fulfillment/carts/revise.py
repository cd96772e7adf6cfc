"""Revise: a cart is changed as its customer or customer service wishes, until it is an order (LI2, LI3, RO2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.carts.create import with_customer
from fulfillment.carts.guards import refuse_converted
from fulfillment.carts.models import Cart
from fulfillment.carts.queries import CartUnderLock, lock_cart
from fulfillment.carts.write import content_columns, see_prices, touched
from fulfillment.checkout.checkout import Checkout
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes


def revise(
    session: Session,
    cart_id: int,
    revision: Callable[[Checkout], Checkout],
    *,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
) -> None:
    """
    Change the content of a cart by one of `fulfillment.checkout.revise`; a change of nothing is none.

    Raises NotFound, Conflict `cart_converted`, and whatever the revision refuses.
    """
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    refuse_converted(cart)
    content = with_customer(session, revision(cart.content))
    if content != cart.content:
        changes = Changes(at=at)
        keep(session, changes, cart, content, cause)
        changes.write(session)


def keep(session: Session, changes: Changes, cart: CartUnderLock, content: Checkout, cause: Cause) -> None:
    """Note down another content for a cart that is locked."""
    _, prices = see_prices(session, cart.content, content, cart.prices)
    columns = {**content_columns(content, prices), **touched(cart.version, cause, changes.at)}
    changes.set(Cart, cart.id, **columns)
