"""What may be asked of an order and its parts: each asks the guard that its verb asks, and does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from fulfillment.access.models import Role
from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Action, Blocker, Call
from fulfillment.explanations.facts import Facts
from fulfillment.kernel.job import Refusal
from fulfillment.orders.cancel import refusal_to_cancel
from fulfillment.orders.guards import before_release, open_for_work
from fulfillment.orders.hold import refusal_to_release_hold
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.payments.guards import refusal_to_add_payment, refusal_to_capture, refusal_to_refund, refusal_to_void
from fulfillment.shipments.complete import admit_completion
from fulfillment.shipments.picklist import admit_to_picklist
from fulfillment.shipments.release import admit_release

# guard: the blockers that say what would help.
_HELPED_BY: Final = {
    "on_hold": ("on_hold",),
    "balance_due": ("declined", "balance_due"),
    "not_picked": ("awaits_picks",),
    "capture_due": ("capture_failed", "capture_unknown", "capture_due", "dead_letter"),
}


def actions_of(facts: Facts, blockers: Sequence[Blocker], role: Role) -> list[Action]:
    """Give the actions that this role knows; `blockers` are all that hold, for what would help."""
    if role == Role.STOREFRONT:
        return [_helped(each, blockers) for each in _of_storefront(facts)]
    return [_helped(each, blockers) for find in ACTIONS for each in find(facts)]


def _of_storefront(facts: Facts) -> Iterator[Action]:
    order = facts.order
    refused = before_release(order, facts.shipments) or refusal_to_cancel(order)
    yield _of_order(facts, "cancel", calls.cancel(order), refused)
    yield _of_order(facts, "add_payment", calls.pay_by_card(order), refusal_to_add_payment(order, facts.payments))


def _of_the_order(facts: Facts) -> Iterator[Action]:
    order = facts.order
    yield _of_order(facts, "cancel", calls.cancel(order), refusal_to_cancel(order))
    yield _of_order(facts, "hold", calls.hold(order), open_for_work(order, order.id))
    yield _of_order(facts, "add_payment", calls.pay_by_hand(order), refusal_to_add_payment(order, facts.payments))


def _of_holds(facts: Facts) -> Iterator[Action]:
    for hold in facts.holds:
        call = calls.release_hold(facts.order, hold)
        yield Action("release_hold", "hold", hold.id, call, refusal_to_release_hold(hold))


def _of_shipments(facts: Facts) -> Iterator[Action]:
    for shipment in facts.shipments:
        yield _of_shipment(shipment, "release", calls.release(shipment), admit_release(facts.floor, [shipment]))
        to_picklist = admit_to_picklist(facts.floor, [shipment])
        yield _of_shipment(shipment, "add_to_picklist", calls.add_to_picklist(shipment), to_picklist)
        completion = admit_completion(facts.floor, [shipment], facts.lines)
        yield _of_shipment(shipment, "complete", calls.complete(shipment), completion)


def _of_payments(facts: Facts) -> Iterator[Action]:
    order = facts.order
    for payment in facts.payments:
        for name, call, refused in (
            ("capture", calls.capture(payment), refusal_to_capture(order, payment, facts.payments)),
            ("refund", calls.refund(payment), refusal_to_refund(order, payment)),
            ("void", calls.void(payment), refusal_to_void(order, payment, facts.shipments)),
        ):
            yield Action(name, "payment", payment.id, call, refused)


ACTIONS: Final[tuple[Callable[[Facts], Iterable[Action]], ...]] = (
    _of_the_order,
    _of_holds,
    _of_shipments,
    _of_payments,
)
"""Everything that may be asked of an order. Whoever adds a verb adds it here, with the guard it asks itself."""


def _of_order(facts: Facts, name: str, call: Call, refused: Refusal | None) -> Action:
    return Action(name, "order", facts.order.id, call, refused)


def _of_shipment(
    shipment: ShipmentUnderLock,
    name: str,
    call: Call,
    admitted: tuple[list[ShipmentUnderLock], list[Refusal]],
) -> Action:
    return Action(name, "shipment", shipment.id, call, next(iter(admitted[1]), None))


def _helped(action: Action, blockers: Sequence[Blocker]) -> Action:
    """Add to a refused action the call that helps: that of the blocker behind its guard, or of the shipment's own."""
    if action.refused is None:
        return action
    codes = _HELPED_BY.get(action.refused.guard, ())
    own = [each for each in blockers if action.refused.guard == "status" and each.subject_id == action.subject_id]
    helping = [each for each in blockers if each.code in codes] + own
    return replace(action, remedy=next((each.call for each in helping if each.call is not None), None))
