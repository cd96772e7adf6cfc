"""
Stories: what people do, so that every step of the process table is walked through, and how each order must end.

A new step needs a story that leads to it; the matrix names the steps that none has reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from fulfillment.chaos.crash.after_sale import (
    exchanged,
    exchanged_and_refunded,
    kept_after_all,
    labeled_and_delivered,
    labeled_and_lost,
    returned,
    returned_late,
)
from fulfillment.chaos.crash.desk import Desk, Order, pounds
from fulfillment.chaos.crash.story import BY_HAND, DIGITAL, PLENTY, RECEIVED, Ends, Story, ends, product
from fulfillment.chaos.expected import Expected, shipped_and_paid

_DISCOUNT: Final = 100


def shipped(desk: Desk) -> Ends:
    """The plain walk: covered, assigned, picked, packed, charged."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    return {order.told.number: shipped_and_paid(order.told.total, 1)}


def refunded(desk: Desk) -> Ends:
    """Shipped, and all money back."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    [payment] = desk.paid(order, "paid")["payments"]
    desk.finish(f"/v1/payments/{payment['id']}/refunds", {"reason": "sent back"})
    return ends(order, "completed", "refunded", 1, "authorize capture refund", RECEIVED, "shipped", "refunded")


def released_and_canceled(desk: Desk) -> Ends:
    """Released by a person, and then canceled: the money and the piece go back."""
    order = desk.check_out(PLENTY, market=BY_HAND)
    shipment = desk.shipment(order, "inventory_assigned")
    desk.finish(f"/v1/shipments/{shipment['id']}/release", {})
    _cancel(desk, order, notify=True)
    return ends(order, "canceled", "unpaid", 0, "authorize void", RECEIVED, "canceled")


def canceled_on_a_picklist(desk: Desk) -> Ends:
    """The only shipment of a picklist is canceled: the picklist is closed by itself."""
    order = desk.check_out(PLENTY)
    desk.pick(order)
    _cancel(desk, order, notify=False)
    return ends(order, "canceled", "unpaid", 0, "authorize void", RECEIVED)


def nothing_to_ship(desk: Desk) -> Ends:
    """A gift card: completed and charged by itself."""
    order = desk.check_out(DIGITAL)
    return ends(order, "completed", "paid", 0, "authorize capture", RECEIVED)


def declined(desk: Desk) -> Ends:
    """The first card is declined, a second one pays."""
    order = desk.check_out(DIGITAL, token="tok_declined")  # noqa: S106 - a name that the simulated gateway knows
    desk.paid(order, "declined")
    desk.finish(f"{order.path}/payments", {"method": "card", "token": "tok_ok"})
    return ends(order, "completed", "paid", 0, "authorize capture", "payment_declined", RECEIVED)


def held_while_waiting(desk: Desk) -> Ends:
    """Waits for a piece, is held, the piece comes, the hold ends: released by itself."""
    sku = _new(desk)
    order = desk.check_out(sku)
    desk.shipment(order, "awaiting_inventory")
    hold = desk.post(f"{order.path}/holds", {"reason": "address"})
    desk.receive(sku)
    desk.shipment(order, "inventory_assigned")
    desk.post(f"{order.path}/holds/{hold['id']}/release", {})
    desk.shipment(order, "released")
    return ends(order, "in_progress", "authorized", 0, "authorize", RECEIVED)


def held_in_bulk(desk: Desk) -> Ends:
    """Two orders are held by one command."""
    orders = [desk.check_out(PLENTY, market=BY_HAND) for _ in range(2)]
    for order in orders:
        desk.shipment(order, "inventory_assigned")
    desk.finish("/v1/bulk", {"action": "hold", "numbers": [each.told.number for each in orders], "reason": "fraud"})
    return {
        number: end
        for order in orders
        for number, end in ends(order, "in_progress", "authorized", 0, "authorize", RECEIVED).items()
    }


def captured_by_hand(desk: Desk) -> Ends:
    """Money is taken before anything has left, and the order ships."""
    order = desk.check_out(PLENTY)
    [payment] = desk.paid(order, "authorized")["payments"]
    desk.finish(f"/v1/payments/{payment['id']}/captures", {})
    desk.paid(order, "paid")
    desk.ship(order)
    return {order.told.number: shipped_and_paid(order.told.total, 1)}


def cheaper_in_the_end(desk: Desk) -> Ends:
    """The order is given a discount after its card was authorized: what is left over goes back once all has shipped."""
    order = desk.check_out(PLENTY, market=BY_HAND)
    shipment = desk.shipment(order, "inventory_assigned")
    desk.change(order.path, {"discount": pounds(_DISCOUNT)})
    desk.finish(f"/v1/shipments/{shipment['id']}/release", {})
    desk.ship(order)
    told, costs = order.told.total, order.told.total - _DISCOUNT
    money = (("authorize", told), ("capture", costs), ("void", _DISCOUNT))
    return {order.told.number: Expected("completed", "paid", 1, money, (RECEIVED, "shipped"), total=costs)}


STORIES: Final[Sequence[Story]] = (
    shipped,
    refunded,
    released_and_canceled,
    canceled_on_a_picklist,
    nothing_to_ship,
    declined,
    held_while_waiting,
    held_in_bulk,
    captured_by_hand,
    cheaper_in_the_end,
    returned,
    returned_late,
    exchanged,
    exchanged_and_refunded,
    kept_after_all,
    labeled_and_delivered,
    labeled_and_lost,
)


def _cancel(desk: Desk, order: Order, *, notify: bool) -> None:
    desk.post(f"{order.path}/cancellation", {"reason": "changed their mind", "notify_customer": notify})


def _new(desk: Desk) -> str:
    """Add a product of which there is none."""
    sku = f"CRASH-{uuid4().hex[:12].upper()}"
    desk.post("/v1/products", {"products": [product(sku)]})
    return sku
