"""The routes, one file per noun."""

from typing import Final

from web.api import (
    carts,
    catalog,
    checkouts,
    conversions,
    customers,
    dead_letters,
    explanations,
    health,
    holds,
    inventory,
    markets,
    operations,
    order_configurations,
    order_desk,
    order_edits,
    order_notes,
    orders,
    payments,
    picklists,
    shipments,
    shipping_methods,
)
from web.routes import Noun

NOUNS: Final[tuple[Noun, ...]] = (
    checkouts.noun,
    carts.noun,
    conversions.noun,
    orders.noun,
    holds.noun,
    order_notes.noun,
    order_desk.noun,
    order_edits.noun,
    explanations.noun,
    order_configurations.noun,
    payments.noun,
    shipments.noun,
    picklists.noun,
    inventory.noun,
    catalog.products,
    markets.noun,
    shipping_methods.noun,
    catalog.warehouses,
    customers.noun,
    operations.noun,
    dead_letters.noun,
    health.noun,
)
