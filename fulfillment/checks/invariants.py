"""Everything that must be true of the database, at every moment, whatever was killed."""

from __future__ import annotations

from typing import Final

from fulfillment.checks.carts import CARTS
from fulfillment.checks.documents import DOCUMENTS
from fulfillment.checks.exchanges import EXCHANGES
from fulfillment.checks.invariant import Invariant
from fulfillment.checks.labels import LABELS
from fulfillment.checks.money import MONEY
from fulfillment.checks.orders import ORDERS
from fulfillment.checks.promotions import PROMOTIONS
from fulfillment.checks.reconciliations import RECONCILIATIONS
from fulfillment.checks.returns import RETURNS
from fulfillment.checks.scans import SCANS
from fulfillment.checks.search import SEARCH
from fulfillment.checks.states import STATES
from fulfillment.checks.stock import STOCK
from fulfillment.checks.subscriptions import SUBSCRIPTIONS
from fulfillment.checks.tracking import TRACKING
from fulfillment.checks.webhooks import WEBHOOKS
from fulfillment.checks.work import WORK

INVARIANTS: Final[tuple[Invariant, ...]] = (
    *STATES,
    *ORDERS,
    *CARTS,
    *MONEY,
    *EXCHANGES,
    *STOCK,
    *SCANS,
    *DOCUMENTS,
    *RETURNS,
    *SUBSCRIPTIONS,
    *WORK,
    *LABELS,
    *SEARCH,
    *PROMOTIONS,
    *TRACKING,
    *WEBHOOKS,
    *RECONCILIATIONS,
)
