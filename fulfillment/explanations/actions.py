"""What may be asked of an order and its parts: each asks the guard that its verb asks, and does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from fulfillment.access.models import Role
from fulfillment.editing.guards import refusal_to_edit
from fulfillment.explanations import calls
from fulfillment.explanations.drafts import draft_actions
from fulfillment.explanations.explanation import Action, Blocker, Call
from fulfillment.explanations.facts import Facts
from fulfillment.explanations.returns import return_actions
from fulfillment.kernel.job import Refusal
from fulfillment.orders.archive import refusal_to_archive
from fulfillment.orders.cancel import refusal_to_cancel
from fulfillment.orders.delete import refusal_to_delete
from fulfillment.orders.guards import before_release, open_for_work
from fulfillment.orders.hold import refusal_to_release_hold
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.orders.states import OrderStatus
from fulfillment.payments.by_hand.write_off import refusal_to_write_off
from fulfillment.payments.guards import refusal_to_add_payment, refusal_to_capture, refusal_to_refund, refusal_to_void
from fulfillment.shipments.complete import admit_completion
from fulfillment.shipments.picklist import admit_to_picklist
from fulfillment.shipments.release import admit_release
from fulfillment.shipments.split import refusal_to_split

# guard: the blockers that say what would help.
_HELPED_BY: Final = {
    "on_hold": ("on_hold",),
    "balance_due": ("declined", "balance_due"),
    "not_picked": ("awaits_picks",),
    "undecided": ("awaits_decision",),
    "capture_due": ("capture_failed", "capture_unknown", "capture_due", "dead_letter"),
}

# guard: other actions on the order that lead there, the first that is allowed.
_LED_TO_BY: Final = {
    "held_money": ("cancel", "archive"),
    "exchanged": ("cancel", "archive"),
    "worked": ("cancel", "archive"),
    "payment_undecided": ("cancel",),
    "still_open": ("cancel", "delete"),
}


def actions_of(facts: Facts, blockers: Sequence[Blocker], role: Role) -> list[Action]:
    """Give the actions that this role knows; `blockers` are all that hold, for what would help."""
    known = (_of_storefront,) if role == Role.STOREFRONT else ACTIONS
    actions = [each for find in known for each in find(facts)]
    allowed = {each.name: each.call for each in actions if each.subject == "order" and each.refused is None}
    return [_helped(each, blockers, allowed) for each in actions]


def _of_storefront(facts: Facts) -> Iterator[Action]:
    order = facts.order
    refused = before_release(order, facts.shipments) or refusal_to_cancel(order)
    yield _of_order(facts, "cancel", calls.cancel(order), refused)
    yield _of_order(facts, "add_payment", calls.pay_by_card(order), refusal_to_add_payment(order, facts.payments))


def _of_the_order(facts: Facts) -> Iterator[Action]:
    order = facts.order
    yield _of_order(facts, "cancel", calls.cancel(order), refusal_to_cancel(order))
    yield _of_order(facts, "edit", calls.edit(order), refusal_to_edit(order))
    yield _of_order(facts, "delete", calls.delete(order), refusal_to_delete(order, facts.past))
    yield _of_order(facts, "archive", calls.archive(order), refusal_to_archive(order))
    yield _of_order(facts, "hold", calls.hold(order), open_for_work(order, order.id))
    by_hand = refusal_to_add_payment(order, facts.payments, by_hand=True)
    yield _of_order(facts, "add_payment", calls.pay_by_hand(order), by_hand)
    if order.status == OrderStatus.COMPLETED:
        yield _of_order(facts, "write_off", calls.write_off(order), refusal_to_write_off(order, facts.payments))


def _of_holds(facts: Facts) -> Iterator[Action]:
    for hold in facts.holds:
        call = calls.release_hold(facts.order, hold)
        yield Action("release_hold", "hold", hold.id, call, refusal_to_release_hold(hold))


def _of_shipments(facts: Facts) -> Iterator[Action]:
    for shipment in facts.shipments:
        yield _of_shipment(shipment, "release", calls.release(shipment), admit_release(facts.floor, [shipment]))
        to_picklist = admit_to_picklist(facts.floor, [shipment])
        yield _of_shipment(shipment, "add_to_picklist", calls.add_to_picklist(shipment), to_picklist)
        completion = admit_completion(facts.floor, [shipment], facts.lines, labels=facts.labels)
        yield _of_shipment(shipment, "complete", calls.complete(shipment), completion)
        lines = facts.lines[shipment.id]
        if sum(line.quantity for line in lines) > 1:
            refused = refusal_to_split(facts.order, shipment)
            yield Action("split", "shipment", shipment.id, calls.split(shipment, lines), refused)


def _of_payments(facts: Facts) -> Iterator[Action]:
    order = facts.order
    for payment in facts.payments:
        for name, call, refused in (
            ("capture", calls.capture(payment), refusal_to_capture(order, [payment], facts.payments)),
            ("refund", calls.refund(payment), refusal_to_refund(order, [payment])),
            ("void", calls.void(payment), refusal_to_void(order, payment, facts.shipments)),
        ):
            yield Action(name, "payment", payment.id, call, refused)


ACTIONS: Final[tuple[Callable[[Facts], Iterable[Action]], ...]] = (
    draft_actions,
    _of_the_order,
    _of_holds,
    _of_shipments,
    _of_payments,
    return_actions,
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


def _helped(action: Action, blockers: Sequence[Blocker], allowed: Mapping[str, Call]) -> Action:
    """Add to a refused action the call that helps: that of the blocker behind its guard, or another action's."""
    if action.refused is None:
        return action
    guard = action.refused.guard
    codes = _HELPED_BY.get(guard, ())
    own = [each.call for each in blockers if guard == "status" and each.subject_id == action.subject_id]
    others = [allowed.get(name) for name in _LED_TO_BY.get(guard, ())]
    helping = [*(each.call for each in blockers if each.code in codes), *own, *others]
    return replace(action, remedy=next((call for call in helping if call is not None), None))
