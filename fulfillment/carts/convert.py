"""Convert: a cart becomes an order, once (ST1, OL1, OL3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.carts.guards import refuse_converted, refuse_not_orderable
from fulfillment.carts.models import Cart
from fulfillment.carts.queries import lock_cart
from fulfillment.carts.reserve import at_hand
from fulfillment.carts.write import touched
from fulfillment.checkout.checkout import CheckoutPayment
from fulfillment.checkout.place import place
from fulfillment.checkout.placed import Placed
from fulfillment.checkout.revise import settled
from fulfillment.inventory.reservations import let_go
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.kernel.money import printed
from fulfillment.timeline.changes import Changes


def convert(
    session: Session,
    cart_id: int,
    *,
    payments: Sequence[CheckoutPayment] = (),
    expected_total: int | None = None,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
) -> Placed:
    """
    Place what a cart holds, at today's prices, and mark the cart with the order; both in this transaction.

    Pieces that were reserved for the cart are the order's at once; its reservation ends either way.

    The order belongs to the storefront of the cart, whoever converts it. Raises NotFound; Conflict `cart_converted` (naming
    the order), `wish_list`, `empty_cart`, `out_of_stock`, or `total_changed` where it costs something else than
    `expected_total`, in minor units; and what `place` refuses.
    """
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    refuse_converted(cart)
    refuse_not_orderable(cart)
    checkout = replace(settled(cart.content), payments=payments)
    changes = Changes(at=at)
    held = at_hand(session, cart, at=at)
    let_go(session, changes, [cart.id], cause)
    placed = place(session, checkout, storefront_id=cart.storefront_id, cause=cause, at=at, held=held)
    assert placed is not None, "no idempotency key was handed over"
    _refuse_other_total(cart_id, placed, expected_total)
    changes.note("order", placed.id, placed.id, "convert_cart", cause, {"cart_id": cart.id})
    changes.set(Cart, cart.id, order_id=placed.id, converted_at=at, **touched(cart.version, cause, at))
    changes.write(session)
    return placed


def _refuse_other_total(cart_id: int, placed: Placed, expected: int | None) -> None:
    """The transaction is rolled back: nobody pays what was not shown."""
    if expected is not None and expected != placed.total:
        raise Conflict(
            f"cart {cart_id} costs {printed(placed.total, placed.currency)}, not {printed(expected, placed.currency)}",
            code="total_changed",
            guard="total",
            remedy=f"show the customer GET /v1/carts/{cart_id}: its notices say what has changed",
            members={"total": {"amount": placed.total, "currency": placed.currency}},
        )
