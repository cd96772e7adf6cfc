"""How a cart is written down: its content, and what repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.document import to_document
from fulfillment.checkout.price import Catalog, look_up, read_catalog
from fulfillment.db.session import Executor
from fulfillment.kernel.cause import Cause


def content_columns(content: Checkout, prices: Mapping[str, int | None]) -> dict[str, Any]:
    """Give the columns that keep a content, and those that repeat it."""
    return {
        "customer_id": content.customer_id,
        "customer_name": content.customer_name,
        "customer_email": content.customer_email,
        "document": to_document(content),
        "prices": dict(prices),
    }


def touched(version: int, cause: Cause, at: datetime) -> dict[str, Any]:
    """Give the columns that tell of a change; `version` is the one before it."""
    return {"version": version + 1, "updated_at": at, "updated_by": cause.actor}


def see_prices(
    executor: Executor, before: Checkout, content: Checkout, seen: Mapping[str, int | None]
) -> tuple[Catalog, dict[str, int | None]]:
    """
    Look up what the catalog asks for the lines that were put in or changed; the others keep what was seen before.

    Raises Invalid `unknown_sku`, `not_sold` or `options_not_chosen` for a line that is added (LI3); one whose product has gone
    since it was added does not hinder.
    """
    old = {line.position: line for line in before.lines}
    new = [line for line in content.lines if old.get(line.position) != line]
    catalog = look_up(executor, replace(content, lines=new))
    added = [line for line in new if line.position not in old]
    if not all(line.manual or catalog.sells(line.sku) for line in added):
        read_catalog(executor, replace(content, lines=added))
    prices = {str(line.position): seen.get(str(line.position)) for line in content.lines}
    for line in new:
        product = None if line.manual else catalog.products.get(line.sku)
        prices[str(line.position)] = None if product is None else product.price
    return catalog, prices
