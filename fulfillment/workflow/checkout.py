"""Placing a checkout, in one statement where it can be."""

from __future__ import annotations

from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.place import Answered, TransactionNeededError, place
from fulfillment.checkout.placed import Placed
from fulfillment.kernel.cause import Cause
from fulfillment.wiring import Services


def place_checkout(
    services: Services, checkout: Checkout, *, storefront_id: int | None, cause: Cause, answered: Answered | None = None
) -> Placed | None:
    """
    Place a checkout; only one that must reserve units or uses codes opens a transaction around its statements.

    Gives None where the idempotency key was used before. Raises Invalid, or Conflict `out_of_stock`.
    """
    at = services.clock()
    try:
        with services.autocommit() as session:  # it connects where something must be read
            return place(
                session,
                checkout,
                storefront_id=storefront_id,
                cause=cause,
                at=at,
                answered=answered,
                in_transaction=False,
                memory=services.catalog_memory,
                together=services.together,
            )
    except TransactionNeededError:
        with services.transaction() as session:
            return place(session, checkout, storefront_id=storefront_id, cause=cause, at=at, answered=answered)
