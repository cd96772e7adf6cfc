"""Move: lines go from a cart to another, or from a wish list into a cart and back (ST7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.carts.guards import refuse_converted
from fulfillment.carts.queries import CartUnderLock, lock_carts
from fulfillment.carts.revise import keep
from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from fulfillment.checkout.revise import add_lines, line_at, put_destination, put_form, remove_lines
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Invalid, NotFound
from fulfillment.timeline.changes import Changes


def move_lines(
    session: Session,
    cart_id: int,
    positions: Sequence[int],
    *,
    to: int,
    storefront_id: int | None,
    cause: Cause,
    at: datetime,
) -> None:
    """
    Move lines into another cart of the same market and storefront, both changed or none.

    There they get positions of their own, and neither form nor destination: those are of the cart they leave. Raises
    NotFound for a cart or a line that is not there, Conflict `cart_converted`, Invalid for another market.
    """
    source, target = _both(session, cart_id, to, storefront_id)
    for cart in (source, target):
        refuse_converted(cart)
    _refuse_strangers(source, target)
    lines = [line_at(source.content, position) for position in dict.fromkeys(positions)]
    changes = Changes(at=at)
    keep(session, changes, source, remove_lines(source.content, positions), cause)
    room = _with_unnamed(target.content)
    keep(session, changes, target, add_lines(room, [_alone(line) for line in lines]), cause)
    changes.write(session)


def _both(session: Session, cart_id: int, to: int, storefront_id: int | None) -> tuple[CartUnderLock, CartUnderLock]:
    found = {cart.id: cart for cart in lock_carts(session, [cart_id, to], storefront_id=storefront_id)}
    if missing := [each for each in (cart_id, to) if each not in found]:
        raise NotFound(f"no cart {missing[0]}", remedy="find it in GET /v1/carts, or begin one with POST /v1/carts")
    return found[cart_id], found[to]


def _refuse_strangers(source: CartUnderLock, target: CartUnderLock) -> None:
    if source.id == target.id:
        raise Invalid("a line is moved to another cart", code="same_cart", remedy="name another cart in `to`")
    if (source.content.market, source.storefront_id) != (target.content.market, target.storefront_id):
        raise Invalid(
            f"cart {target.id} is of another market or storefront",
            code="other_market",
            remedy=f"choose a cart of market {source.content.market} and the same storefront",
        )


def _with_unnamed(content: Checkout) -> Checkout:
    """Lines that come from elsewhere belong to the form and the destination without a key."""
    if all(form.key for form in content.forms):
        content = put_form(content, CheckoutForm())
    if all(each.key for each in content.destinations):
        content = put_destination(content, Destination())
    return content


def _alone(line: CheckoutLine) -> CheckoutLine:
    parts = line.all_parts
    gift = LinePart(line.quantity, "", parts[0].gift, parts[0].gift_message)
    return replace(line, form="", parts=[gift] if len(parts) == 1 else (), position=None)
