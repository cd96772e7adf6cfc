"""How far an order is, in the words of somebody who waits for a parcel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fulfillment.client.answers import Order
from fulfillment.client.webhooks import Event

_STAGES: Final = ("Ordered", "Paid", "Being packed", "Shipped")
_REACHED: Final = {
    "pending": 0,
    "awaiting_inventory": 1,
    "inventory_assigned": 1,
    "released": 1,
    "packing": 2,
    "shipped": 3,
}
_PAID: Final = ("authorized", "partially_paid", "paid", "partially_refunded", "refunded")
_SAID: Final = {
    "order.placed": "We have your order.",
    "order.covered": "Your payment was accepted.",
    "order.held": "We are having a look at your order.",
    "order.hold_released": "Your order goes on.",
    "order.canceled": "Your order was canceled.",
    "order.completed": "All of your order is on its way.",
    "payment.declined": "Your card was declined.",
    "payment.captured": "Your card was charged.",
    "payment.refunded": "Money is on its way back to you.",
    "shipment.awaiting_inventory": "A part of your order is not in stock: we wait for it.",
    "shipment.inventory_assigned": "Your items are put aside for you.",
    "shipment.released": "The warehouse has your order.",
    "shipment.packing": "Your parcel is being packed.",
    "shipment.shipped": "Your parcel has left.",
    "parcel.delivered": "Your parcel was delivered.",
    "parcel.in_trouble": "Your parcel is delayed: we are looking into it.",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage on the way; `state` is done, current or to come."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class News:
    """Something that was told, when (as it was written), and what it means."""

    at: str
    text: str


def stages(order: Order) -> list[Stage]:
    """Give the stages of an order that is not canceled."""
    reached = min((_REACHED.get(each.status, 3) for each in order.shipments), default=0)
    if order.payment_status in _PAID:
        reached = max(reached, 1)
    return [
        Stage(
            name,
            "done" if place < reached or reached == len(_STAGES) - 1 else "current" if place == reached else "to come",
        )
        for place, name in enumerate(_STAGES)
    ]


def news(events: Iterable[Event]) -> list[News]:
    """Give what was told, the latest first."""
    told = [News(event.timestamp[11:19], _SAID[event.type]) for event in events if event.type in _SAID]
    return told[::-1]
