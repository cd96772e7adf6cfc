"""
What follows what. Read this file first: the whole fulfillment of an order on one screen.

An event is published in the transaction of the change it names; each of its steps becomes a dispatch row in that same
transaction, so nothing that must follow can be forgotten. A step is a verb on a set, and a Celery task of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    # Money first: an order is worked once it is covered.
    "order.placed": ("payments.authorize",),
    "payment.added": ("payments.authorize",),
    "payment.declined": ("notifications.payment_declined",),
    "order.covered": ("notifications.order_received",),
    "shipment.covered": ("inventory.assign",),
    "shipment.preordered": ("inventory.assign",),  # Paid or not: it waits for its date.
    "shipment.covered_unshippable": ("shipments.complete_unshippable",),
    # The floor.
    "stock.gained": ("inventory.assign_waiting",),
    "shipment.awaiting_inventory": (),  # A receipt is next.
    "shipment.inventory_assigned": (),  # Released in the same change where the market does that by itself; else a person.
    "shipment.unblocked": ("shipments.release_if_automatic",),  # Its last hold ended, or its money is there again.
    "shipment.released": (),  # A person is next: the picklist.
    "shipment.packing": (),  # A person is next: the picks.
    "shipment.shipped": ("payments.capture", "notifications.shipped"),
    "picklist.shortened": ("shipments.close_picklist",),  # Canceled or refused: perhaps nothing is left.
    "order.held": (),  # A person is next: its hold ends by one.
    "order.hold_released": (),
    "order.completed": (),  # All has left, or was canceled.
    "payment.captured": (),
    # Whoever subscribed is told.
    "event.told": ("webhooks.announce",),
    "webhook.due": ("webhooks.deliver",),
    # What a person asked for.
    "release.requested": ("shipments.release",),
    "picklist.requested": ("shipments.add_to_picklist",),
    "completion.requested": ("shipments.complete",),
    "bulk.requested": ("orders.bulk",),
    "shipment.capture_due": ("payments.capture",),  # What was to pay for it has expired: another payment does.
    "capture.requested": ("payments.send",),
    "refund.requested": ("payments.send",),
    "void.requested": ("payments.send",),
    "credit.refund_requested": (
        "payments.return_credit",
    ),  # Of an exchange: back to where it came from, and on from there.
    "payment.hinted": ("payments.sync",),  # The gateway says that something happened, and is asked what.
    # The carrier's label of a parcel: asked for by a person, or by the packing of the last piece.
    "label.wanted": ("labels.buy",),
    "label.void_wanted": ("labels.void",),
    "manifest.wanted": ("manifests.close",),
    # The ways out.
    "order.canceled": ("payments.return_money", "notifications.canceled"),
    "order.overpaid": ("payments.return_money",),  # It costs less now, or money came twice: what is too much goes back.
    "order.paid_off": ("payments.void_rest",),  # All shipped and captured: what is still authorized goes back.
    "payment.refunded": ("notifications.refunded",),
    # After-sale.
    "return.authorized": ("notifications.return_authorized",),  # The customer is next.
    "return.due": ("notifications.return_reminder",),
    "parcel.delivered": ("notifications.delivered",),
    "parcel.in_trouble": ("notifications.delivery_problem",),  # A person is next: what becomes of it.
    "return.received": ("exchanges.follow_returns",),  # A person is next: what becomes of the pieces.
    "return.decided": ("exchanges.follow_returns",),
    "return.rest_given_up": ("exchanges.follow_returns", "notifications.return_ended"),
    "return.canceled": ("exchanges.follow_returns", "notifications.return_ended"),
    "return.completed": ("notifications.return_completed",),  # Its refund is on its way.
}

TOLD: Final = frozenset(
    {
        *("order.placed", "order.covered", "order.held", "order.hold_released", "order.completed", "order.canceled"),
        *("payment.declined", "payment.captured", "payment.refunded"),
        *("shipment.awaiting_inventory", "shipment.inventory_assigned", "shipment.released"),
        *("shipment.packing", "shipment.shipped"),
        *("parcel.delivered", "parcel.in_trouble"),
        *("return.authorized", "return.received", "return.rest_given_up", "return.canceled", "return.completed"),
    }
)
"""The events that webhooks tell of: what happened to an order, and nothing that is only asked for."""

Lane = Literal["work", "mail", "books", "labels", "events", "webhooks"]


@dataclass(frozen=True, slots=True)
class Step:
    """
    How one step travels.

    Rows of one order and one `lane` go strictly one after the other: mail keeps its own order and holds up nothing else, nor do
    labels, and comparing books waits for no money that is on its way. Each endpoint of webhooks has a lane of its own: `webhooks:` and its id.
    `most` is how many rows one message may carry: many where only the database works, few where the network is slow. What
    comes with every order has room for what comes in a second, since sets are what is cheap; a set ends its calls in time.
    `passes_dead` tells what does not rest on the steps before it: it does not wait for one that failed for good.
    """

    queue: str
    most: int
    lane: Lane = "work"
    passes_dead: bool = False


STEPS: Final[dict[str, Step]] = {
    "payments.authorize": Step("payments", 500, passes_dead=True),  # Perhaps what was missing.
    "payments.capture": Step("payments", 500),
    "payments.send": Step("payments", 50, passes_dead=True),  # A person has seen how things stand.
    "payments.void_rest": Step("payments", 50),
    "payments.return_money": Step("payments", 50),
    "payments.return_credit": Step("payments", 50, passes_dead=True),  # How much, was said when it was asked for.
    "payments.sync": Step("payments", 50, "books"),
    "inventory.assign": Step("floor", 500),
    "inventory.assign_waiting": Step("floor", 5),  # Each may bring hundreds of shipments.
    "shipments.release": Step("floor", 500),
    "shipments.release_if_automatic": Step("floor", 500),
    "shipments.add_to_picklist": Step("floor", 500),
    "shipments.close_picklist": Step("floor", 100),
    "shipments.complete": Step("floor", 500),
    "shipments.complete_unshippable": Step("floor", 500),
    "exchanges.follow_returns": Step("floor", 20),
    "orders.bulk": Step("floor", 50),  # Each is a verb of its own behind a savepoint.
    "labels.buy": Step("labels", 8, "labels"),  # One carrier, slow: a set is through before the time of a task is over.
    "labels.void": Step("labels", 8, "labels"),
    "manifests.close": Step("labels", 2, "labels"),
    "webhooks.announce": Step("webhooks", 200, "events"),
    "webhooks.deliver": Step("webhooks", 50, "webhooks"),  # Receivers of others' making: a run has an end of its own.
    "notifications.order_received": Step("mail", 250, "mail"),
    "notifications.payment_declined": Step("mail", 100, "mail"),
    "notifications.shipped": Step("mail", 250, "mail"),
    "notifications.canceled": Step("mail", 100, "mail"),
    "notifications.refunded": Step("mail", 100, "mail"),
    "notifications.return_authorized": Step("mail", 100, "mail"),
    "notifications.return_reminder": Step("mail", 100, "mail"),
    "notifications.return_ended": Step("mail", 100, "mail"),
    "notifications.return_completed": Step("mail", 100, "mail"),
    "notifications.delivered": Step("mail", 100, "mail"),
    "notifications.delivery_problem": Step("mail", 100, "mail"),
}

SWEEPS: Final[dict[str, int]] = {
    # name: seconds between two runs. A sweep looks at the state, never at the tick that woke it.
    "sweeps.find_forgotten_payments": 60,
    "sweeps.try_waiting_shipments": 60,
    "sweeps.expire_unpaid_orders": 60,
    "sweeps.renew_authorizations": 300,
    "sweeps.compare_payments": 900,
    "sweeps.expire_reservations": 60,
    "sweeps.repeat_subscriptions": 60,
    "sweeps.tend_returns": 600,
    "sweeps.bury_silent_rows": 60,
    "sweeps.gather_search_blocks": 10,
    "sweeps.match_tracking": 60,
    "sweeps.raise_alarms": 60,
    "sweeps.carry_out_reconciliations": 60,
    "sweeps.reconcile": 21_600,
    "sweeps.find_silent_parcels": 3600,
    "sweeps.forget_old_keys": 300,
    "sweeps.forget_old_events": 300,
    "sweeps.forget_old_carts": 3600,
    "sweeps.forget_old_webhooks": 3600,
}
SWEEP_QUEUE: Final = "sweeps"

QUEUES: Final[tuple[str, ...]] = tuple(sorted({step.queue for step in STEPS.values()} | {SWEEP_QUEUE}))
