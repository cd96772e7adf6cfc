"""What became of the plan, as the API tells it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from fulfillment.client.api import JSON, Api
from fulfillment.replay.match import Refund
from fulfillment.replay.opening import MARKET


class AmbiguousError(Exception):
    """Two orders stand for the same invoice: nobody can say which is the one."""


@dataclass(slots=True)
class Books:
    """
    What was found and what was done. Several threads write in it.

    `orders` gives the number of the order of an invoice. What the API refused stays with its reason.
    """

    orders: dict[str, str] = field(default_factory=dict)
    placed: int = 0
    shipped: int = 0
    canceled: int = 0
    refunded: int = 0
    refused_sales: dict[str, str] = field(default_factory=dict)
    refused_refunds: list[tuple[Refund, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def changed(self) -> Mapping[str, int]:
        """What this run did. A run over what was done already does nothing."""
        return {
            "orders_placed": self.placed,
            "shipments_completed": self.shipped,
            "orders_canceled": self.canceled,
            "refunds_made": self.refunded,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands, as the API shows it. Amounts are pence."""

    number: str
    status: str
    payment_status: str
    total: int
    captured: int
    refunded: int

    @classmethod
    def of(cls, order: JSON) -> Standing:
        """Read what `GET /v1/orders/{number}` answers."""
        amounts = order["amounts"]
        return cls(
            order["number"],
            order["status"],
            order["payment_status"],
            amounts["total"]["amount"],
            amounts["captured"]["amount"],
            amounts["refunded"]["amount"],
        )


def find_orders(api: Api) -> dict[str, JSON]:
    """Give the orders that stand for an invoice already, as a list shows them. Raises AmbiguousError where two stand for one."""
    if MARKET not in {market["code"] for market in api.all("/v1/markets")}:
        return {}  # a list of the orders of no market is refused
    found: dict[str, list[JSON]] = defaultdict(list)
    for order in api.all("/v1/orders", market=MARKET, archived="any"):
        if order["reference"] is not None:
            found[order["reference"]].append(order)
    if twice := sorted(reference for reference, orders in found.items() if len(orders) > 1):
        raise AmbiguousError(f"several orders of market {MARKET} have the reference {', '.join(twice[:10])}")
    return {reference: orders[0] for reference, orders in found.items()}
