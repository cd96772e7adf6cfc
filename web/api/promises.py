"""Promises: what may be promised of a product, and from which day on."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.shipments.promise import PromisedAt, promise
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import day, moment
from web.schemas.promises import PromiseOut, PromiseQuery

noun = Noun("promises", "What may be promised, and from which day on.")


@noun.reads(
    "/v1/products/<name:sku>/promise", roles=(STOREFRONT, CSR, WAREHOUSE, ADMIN), answer=PromiseOut, query=PromiseQuery
)
def show_promise(session: Session, call: Call, query: PromiseQuery, sku: str) -> Reply:
    """Say from which day on so many pieces can be promised, from what is there and what is announced to come."""
    found = promise(session, sku, query.quantity, at=call.at)
    public = call.key.role == Role.STOREFRONT
    own = [each for each in found.places if call.key.may_work_in(each.warehouse)]
    coming = [each for each in found.deliveries if call.key.may_work_in(each[0])]
    return Reply(
        {
            "sku": found.sku,
            "quantity": found.quantity,
            "available": found.available,
            "available_from": moment(found.available_from),
            "promised_on": day(found.promised_on),
            "waiting": None if public else found.waiting,
            "warehouses": None if public else [_place(each) for each in own],
            "deliveries": None
            if public
            else [
                {"warehouse": warehouse, "expected_on": day(expected_on), "pieces": pieces}
                for warehouse, expected_on, pieces in coming
            ],
        }
    )


def _place(place: PromisedAt) -> dict[str, Any]:
    """Give the figures of a warehouse; of one where nothing ever lay they are all 0."""
    names = ("on_hand", "allocated", "safety", "reserved", "available")
    figures = {name: 0 if place.stock is None else place.stock[name] for name in names}
    return {"warehouse": place.warehouse, **figures, "promised_on": day(place.promised_on)}
