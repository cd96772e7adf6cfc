"""Reserve: the pieces of a cart are held for a time, so that its customer can pay in peace; all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carts.guards import refuse_converted, refuse_not_orderable
from fulfillment.carts.queries import CartUnderLock, lock_cart
from fulfillment.checkout.price import Catalog, read_catalog
from fulfillment.checkout.reserve import OutOfStockError
from fulfillment.inventory.reservations import Held, held_by, hold_for_cart, let_go
from fulfillment.inventory.shelves import Place, Shelves, lock_shelves, summed, waiting_before
from fulfillment.inventory.sourcing import rules_of
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.shipments.source import best_that_fills
from fulfillment.timeline.changes import Changes

_SECONDS = text("SELECT reserves_for_seconds FROM market WHERE code = :code")
_AFTER_ALL: Final = 2**62


def reserve_cart(
    session: Session,
    cart_id: int,
    *,
    seconds: int | None = None,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
) -> datetime:
    """
    Hold what is in a cart, for `seconds` or as long as its market says; give until when. Once more holds it anew.

    Nobody who waits already loses a piece by it, and nobody who comes later is promised one of them. Raises NotFound;
    Conflict `out_of_stock` naming what is short, `nothing_to_reserve`, or what keeps the cart from being ordered.
    """
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    refuse_converted(cart)
    refuse_not_orderable(cart)
    catalog = read_catalog(session, cart.content)
    needs = shippable(cart, catalog)
    if not needs:
        raise Conflict(
            f"nothing in cart {cart.id} needs shipping",
            code="nothing_to_reserve",
            guard="needs_stock",
            remedy="check it out as it is: such items are never short",
        )
    changes = Changes(at=at)
    shelves = lock_shelves(session, needs, at=at, but_for_cart=cart.id)
    for waiter in waiting_before(session, needs, Place(0, at, _AFTER_ALL), at=at, leaving_out=()):
        shelves.keep(waiter.product_id, waiter.quantity, only=waiter.warehouse_id)
    places = _places(session, cart, catalog, needs, shelves)
    if seconds is None:
        seconds = session.execute(_SECONDS, {"code": cart.content.market}).scalar_one()
    until = at + timedelta(seconds=seconds)
    let_go(session, changes, [cart.id], cause)
    hold_for_cart(session, cart.id, [(each, places[each], needs[each]) for each in sorted(needs)], until=until)
    changes.write(session)
    return until


def release_cart(session: Session, cart_id: int, *, storefront_id: int | None, cause: Cause, at: datetime) -> None:
    """End what a cart holds; one that holds nothing is left as it is. Raises NotFound."""
    cart = lock_cart(session, cart_id, storefront_id=storefront_id)
    changes = Changes(at=at)
    let_go(session, changes, [cart.id], cause)
    changes.write(session)


def at_hand(session: Session, cart: CartUnderLock, *, at: datetime) -> list[Held]:
    """
    Give what a cart holds, where it holds all it needs, in one warehouse: these pieces become the order's.

    Where it was changed since, or they are gone, its reservation ends with the checkout, and the order is filled like any other.
    """
    held = held_by(session, cart.id, at=at)
    if len({each.warehouse_id for each in held}) != 1 or not all(each.there for each in held):
        return []
    found = {each.product_id: each.quantity for each in held}
    return held if found == shippable(cart, read_catalog(session, cart.content)) else []


def shippable(cart: CartUnderLock, catalog: Catalog) -> dict[int, int]:
    """Give the pieces in a cart that must lie in a warehouse, by product."""
    products = ((catalog.products[line.sku], line.quantity) for line in cart.content.lines if not line.manual)
    return summed((product.id, quantity) for product, quantity in products if product.needs_shipping)


def _places(
    session: Session, cart: CartUnderLock, catalog: Catalog, needs: Mapping[int, int], shelves: Shelves
) -> dict[int, int]:
    """Give the warehouse of each product by the rules of the market: one for all, where one has it all."""
    rules, ship_to = rules_of(catalog.sourcing), next((each.ship_to for each in cart.content.destinations), None)

    def best(wanted: Mapping[int, int]) -> int | None:
        return best_that_fills(session, rules, shelves, wanted, ship_to) if rules else shelves.first_that_fills(wanted)

    if (whole := best(needs)) is not None:
        return dict.fromkeys(needs, whole)
    found = {product_id: best({product_id: pieces}) for product_id, pieces in needs.items()}
    short = {product_id for product_id, warehouse_id in found.items() if warehouse_id is None}
    if short:
        skus = sorted(sku for sku, product in catalog.products.items() if product.id in short)
        raise OutOfStockError(
            f"cart {cart.id} cannot be reserved: out of stock: {', '.join(skus[:10])}",
            guard="out_of_stock",
            remedy="take fewer, or ask again when a reservation of another has run out",
            members={"skus": skus},
        )
    return {product_id: warehouse_id for product_id, warehouse_id in found.items() if warehouse_id is not None}
