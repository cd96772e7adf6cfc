"""How a cart is answered."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.carts.preview import Notice
from fulfillment.carts.read import CartView, read_cart
from fulfillment.catalog.products import skus_of
from fulfillment.checkout.checkout import CheckoutLine
from fulfillment.checkout.price import PricedLine
from fulfillment.inventory.reservations import held_by
from web.api.shown_content import (
    amount_of,
    shown_amounts,
    shown_destination,
    shown_form,
    shown_promotions,
    shown_split,
)
from web.call import Call, Reply
from web.preconditions import etag
from web.schemas.base import moment, money


def shown_cart(session: Session, call: Call, cart_id: int, status: int = 200) -> Reply:
    """Give a cart as this caller may see it. Raises NotFound."""
    cart = read_cart(session, cart_id, storefront_id=call.storefront_id, at=call.at)
    content, priced, currency = cart.content, cart.preview.priced, cart.preview.currency
    parts: dict[int | None, list[PricedLine]] = {}
    for part in () if priced is None else priced.lines:
        parts.setdefault(part.position, []).append(part)
    body = {
        **summary(cart),
        "codes": list(content.codes),
        "promotions": shown_promotions(cart.preview.checkout, currency),
        "amounts": shown_amounts(priced, currency),
        "needs_shipping": cart.preview.needs_shipping,
        "reservation": _reservation(session, call, cart_id),
        "notices": [_notice(notice) for notice in cart.preview.notices],
        "forms": [shown_form(form, priced, currency) for form in content.forms],
        "destinations": [shown_destination(each, currency) for each in content.destinations],
        "lines": [_line(line, parts.get(line.position, []), currency) for line in _lines(cart)],
    }
    return Reply(body, status, {"Location": f"/v1/carts/{cart_id}", **etag(cart.head["version"])})


def _reservation(session: Session, call: Call, cart_id: int) -> dict[str, Any] | None:
    held = held_by(session, cart_id, at=call.at)
    if not held:
        return None
    skus = skus_of(session, (each.product_id for each in held))
    lines = [{"sku": skus[each.product_id], "quantity": each.quantity} for each in held]
    return {"expires_at": moment(held[0].expires_at), "lines": lines}


def _lines(cart: CartView) -> list[CheckoutLine]:
    """All that was put in, each with what the codes took off it; then what the codes brought."""
    priced = {line.position: line for line in cart.preview.checkout.lines}
    mine = [priced.get(line.position, line) for line in cart.content.lines]
    return mine + [line for line in cart.preview.checkout.lines if line.promotion is not None]


def summary(cart: CartView) -> dict[str, Any]:
    """Give a cart as a list shows it."""
    head, priced = cart.head, cart.preview.priced
    return {
        "id": head["id"],
        "kind": head["kind"],
        "market": head["market"],
        "customer": {"id": head["customer_id"], "name": head["customer_name"], "email": head["customer_email"]},
        "reference": cart.content.reference,
        "line_count": len(cart.content.lines),
        "total": None if priced is None else money(priced.total, cart.preview.currency),
        "version": head["version"],
        "created_at": moment(head["created_at"]),
        "updated_at": moment(head["updated_at"]),
        "order": head["order_number"],
        "converted_at": moment(head["converted_at"]),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {name: getattr(notice, name) for name in ("code", "detail", "position", "remedy", "blocks")}


def _line(line: CheckoutLine, parts: list[PricedLine], currency: str) -> dict[str, Any]:
    first = parts[0] if parts else None
    list_price = None if first is None else first.list_price
    return {
        "position": line.position,
        "sku": line.sku,
        "name": line.name or (line.sku if first is None else first.name),
        "manual": line.manual,
        "options": line.options,
        "quantity": line.quantity,
        "form": line.form or None,
        "list_price": None if list_price is None else money(list_price, currency),
        "price": None if first is None else money(first.price, currency),
        "price_by": line.price_by,
        "promotion": line.promotion,
        "discount": money(line.discount, currency),
        "tax": money(line.tax, currency),
        "amount": amount_of(parts, currency),
        "split": shown_split(line),
    }
