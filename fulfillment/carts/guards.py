"""Reasons why a cart is not changed, or does not become an order."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from fulfillment.carts.models import CartKind
from fulfillment.carts.queries import CartUnderLock, lock_cart
from fulfillment.kernel.errors import Conflict, Stale


def refuse_converted(cart: CartUnderLock) -> None:
    """What has become an order is changed there. Raises Conflict `cart_converted`, naming the order (ST1)."""
    if cart.order_number is not None:
        raise Conflict(
            f"cart {cart.id} has become order {cart.order_number}",
            code="cart_converted",
            guard="not_converted",
            remedy=f"see GET /v1/orders/{cart.order_number}; for another order begin another cart: POST /v1/carts",
            members={"order": cart.order_number},
        )


def expect_version(session: Session, cart_id: int, versions: Collection[int], *, storefront_id: int | None) -> None:
    """Lock a cart, and go on only where it still has one of these versions. Raises NotFound, Stale (RO2)."""
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    if cart.version not in versions:
        raise Stale(
            f"cart {cart.id} is at version {cart.version}, not {' or '.join(map(str, sorted(versions)))}",
            guard="version",
            remedy=f"read it again: GET /v1/carts/{cart.id}; look at what changed, and send If-Match with its ETag",
            members={"version": cart.version, "updated_by": cart.updated_by},
        )


def refuse_not_orderable(cart: CartUnderLock) -> None:
    """Only a cart becomes an order, and only with something in it. Raises Conflict `wish_list` or `empty_cart`."""
    if cart.kind != CartKind.CART:
        raise Conflict(
            f"{cart.id} is a wish list",
            code="wish_list",
            guard="is_a_cart",
            remedy=f"move what is to be ordered into a cart: POST /v1/carts/{cart.id}/moves",
        )
    if not cart.content.lines:
        raise Conflict(
            f"cart {cart.id} is empty",
            code="empty_cart",
            guard="has_lines",
            remedy=f"add what is to be ordered: POST /v1/carts/{cart.id}/lines",
        )
