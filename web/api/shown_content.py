"""What carts and drafts have in common, as it is answered: codes, sections, addresses, parts, amounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination
from fulfillment.checkout.price import Priced, PricedLine
from web.schemas.base import money


def shown_promotions(checkout: Checkout, currency: str) -> list[dict[str, Any]]:
    """Give what each code gives that counts."""
    return [
        {"code": each.code, "kind": each.kind, "amount": money(each.amount, currency)}
        for each in checkout.promotions or ()
    ]


def shown_form(form: CheckoutForm, priced: Priced | None, currency: str) -> dict[str, Any]:
    """Give a section; its subtotal where it can be worked out."""
    subtotal = None if priced is None else priced.subtotals.get(form.key)
    return {
        "key": form.key or None,
        "name": form.name,
        "contact": form.contact,
        "bill_to": form.bill_to,
        "reference": form.reference,
        "discount": money(form.discount, currency),
        "subtotal": None if subtotal is None else money(subtotal, currency),
    }


def shown_destination(destination: Destination, currency: str) -> dict[str, Any]:
    """Give where items go, by which method, for how much."""
    return {
        "key": destination.key or None,
        "ship_to": destination.ship_to,
        "shipping_method": destination.shipping_method,
        "shipping": money(destination.shipping, currency),
    }


def shown_split(line: CheckoutLine) -> list[dict[str, Any]]:
    """Give where the pieces of a line go, and which are gifts."""
    return [
        {
            "quantity": part.quantity,
            "destination": part.destination or None,
            "gift": part.gift,
            "gift_message": part.gift_message,
        }
        for part in line.all_parts
    ]


def shown_amounts(priced: Priced | None, currency: str) -> dict[str, Any] | None:
    """Give what all of it costs, where that can be worked out."""
    if priced is None:
        return None
    return {name: money(getattr(priced, name), currency) for name in ("items", "discount", "shipping", "tax", "total")}


def amount_of(parts: Iterable[PricedLine], currency: str) -> dict[str, Any] | None:
    """Give what the parts of a line cost together; nothing where they have no price."""
    priced = list(parts)
    return money(sum(part.amount for part in priced), currency) if priced else None
