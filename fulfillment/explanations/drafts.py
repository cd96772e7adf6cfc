"""What keeps a draft from being placed, and that somebody must place it (OL5, LI7). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Action, Blocker
from fulfillment.explanations.facts import Facts
from fulfillment.kernel.job import Refusal
from fulfillment.orders.states import OrderStatus


def draft_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name each obstacle of a draft; where there is none, that it waits to be placed."""
    order = facts.order
    if order.status != OrderStatus.DRAFT:
        return
    call = calls.place(order)
    for obstacle in facts.obstacles:
        evidence = {**obstacle.names, "helps": obstacle.call.replace("{number}", order.number)}
        yield Blocker(obstacle.code, "order", order.id, order.placed_at, obstacle.reason, evidence, call.who)
    if not facts.obstacles:
        yield Blocker("awaits_placement", "order", order.id, order.placed_at, "it is a draft", {}, call.who, call)


def draft_actions(facts: Facts) -> Iterator[Action]:
    """Tell whether a draft may be placed; an order that is placed is no draft any more."""
    order = facts.order
    if order.status != OrderStatus.DRAFT:
        return
    first = next(iter(facts.obstacles), None)
    refused = None
    if first is not None:
        refused = Refusal(order.id, "complete", first.reason, first.call.replace("{number}", order.number), first.code)
    yield Action("place", "order", order.id, calls.place(order), refused)
