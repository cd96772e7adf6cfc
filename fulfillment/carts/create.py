"""Create: a customer, known or not, begins to collect (ST1, ST7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carts.models import Cart, CartKind
from fulfillment.carts.write import content_columns, see_prices
from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.revise import add_lines
from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Invalid
from fulfillment.timeline.changes import Changes

_CUSTOMER = text("SELECT name, email FROM customer WHERE id = :id")


def create(
    session: Session, content: Checkout, *, kind: CartKind, storefront_id: int | None, cause: Cause, at: datetime
) -> int:
    """
    Begin a cart or a wish list with this content; give its id. `storefront_id` is the storefront that alone sees it.

    A customer who is named but not described is filled in. Raises Invalid for a market, a SKU or a customer that is not
    there, and where lines name forms or destinations that are not there.
    """
    empty = replace(with_customer(session, content), lines=(), last_position=0)
    content = add_lines(empty, content.lines)
    catalog, prices = see_prices(session, empty, content, {})
    [cart_id] = take_ids(session, 1)
    changes = Changes(at=at)
    changes.insert(
        Cart,
        {
            "id": cart_id,
            "kind": kind,
            "storefront_id": storefront_id,
            "market_id": catalog.market_id,
            **content_columns(content, prices),
            "version": 1,
            "created_at": at,
            "created_by": cause.actor,
            "updated_at": at,
            "updated_by": cause.actor,
        },
    )
    changes.write(session)
    return cart_id


def with_customer(session: Session, content: Checkout) -> Checkout:
    """Fill in name and e-mail of a known customer where they are not given. Raises Invalid where there is none (FI4)."""
    if content.customer_id is None:
        return content
    found: Any = session.execute(_CUSTOMER, {"id": content.customer_id}).one_or_none()
    if found is None:
        raise Invalid(
            f"no customer {content.customer_id}",
            code="unknown_customer",
            remedy="find the customer in GET /v1/customers, or leave the id out",
            members={"customer_id": content.customer_id},
        )
    return replace(
        content,
        customer_name=content.customer_name or found.name,
        customer_email=content.customer_email or found.email,
    )
