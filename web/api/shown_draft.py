"""A draft as it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fulfillment.checkout.checkout import CheckoutLine
from fulfillment.checkout.price import PricedLine
from fulfillment.drafts.appraise import Appraisal
from fulfillment.drafts.read import Review
from web.api.shown_content import (
    amount_of,
    shown_amounts,
    shown_destination,
    shown_form,
    shown_promotions,
    shown_split,
)
from web.schemas.base import money


def shown_draft(review: Review) -> dict[str, Any]:
    """Give a draft as it is answered."""
    head, appraisal = review.head, review.appraisal
    checkout, currency = appraisal.checkout, appraisal.catalog.currency
    return {
        "number": head["number"],
        "version": head["version"],
        "market": checkout.market,
        "customer": {"id": checkout.customer_id, "name": checkout.customer_name, "email": checkout.customer_email},
        "reference": checkout.reference,
        "priority": checkout.priority,
        "entered_by": review.entered_by,
        "repeats": review.repeats,
        "codes": list(checkout.codes),
        "promotions": shown_promotions(checkout, currency),
        "lines": _lines(appraisal),
        "forms": [shown_form(form, appraisal.priced, currency) for form in checkout.forms],
        "destinations": [shown_destination(each, currency) for each in checkout.destinations],
        "discount": money(checkout.discount, currency),
        "amounts": shown_amounts(appraisal.priced, currency),
        "needs_shipping": appraisal.needs_shipping,
        "may_go_to_several_addresses": appraisal.pieces_to_ship > 1,
        "obstacles": [
            {
                "code": each.code,
                "reason": each.reason,
                "call": each.call.replace("{number}", head["number"]),
                "names": dict(each.names),
            }
            for each in appraisal.obstacles
        ],
        "notices": [dict(notice) for notice in review.notices],
        "ready": not appraisal.obstacles,
    }


def _lines(appraisal: Appraisal) -> list[dict[str, Any]]:
    priced: dict[int, list[PricedLine]] = {}
    for part in appraisal.priced.lines if appraisal.priced else ():
        priced.setdefault(part.position, []).append(part)
    return [
        _line(line, place, priced.get(line.position or place, []), appraisal)
        for place, line in enumerate(appraisal.checkout.lines, start=1)
    ]


def _line(line: CheckoutLine, place: int, priced: Sequence[PricedLine], appraisal: Appraisal) -> dict[str, Any]:
    currency = appraisal.catalog.currency
    product = None if line.manual else appraisal.catalog.products.get(line.sku)
    list_price = product.price if product is not None and product.currency == currency else None
    price = line.price if line.price is not None else list_price
    return {
        "position": line.position or place,
        "sku": line.sku,
        "name": line.name or (product.name if product is not None else line.sku),
        "manual": line.manual,
        "promotion": line.promotion,
        "options": line.options,
        "quantity": line.quantity,
        "needs_shipping": product is not None and product.needs_shipping,
        "list_price": None if list_price is None else money(list_price, currency),
        "price": None if price is None else money(price, currency),
        "price_by": line.price_by,
        "discount": money(line.discount, currency),
        "amount": amount_of(priced, currency),
        "form": line.form or None,
        "split": shown_split(line),
    }
