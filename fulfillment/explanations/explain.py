"""Explain: what an order waits for, since when, who can act, the call that unblocks it; and what may be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.explanations.actions import actions_of
from fulfillment.explanations.disputes import dispute_blockers
from fulfillment.explanations.drafts import draft_blockers
from fulfillment.explanations.explanation import Blocker, Explanation, Motion, Who
from fulfillment.explanations.facts import Facts
from fulfillment.explanations.floor import floor_blockers, hold_blockers, put_back_blockers
from fulfillment.explanations.money import money_blockers
from fulfillment.explanations.parcels import parcel_blockers
from fulfillment.explanations.read import read_facts
from fulfillment.explanations.returns import return_blockers
from fulfillment.explanations.steps import next_step, step_blockers
from fulfillment.explanations.storefront import for_storefront
from fulfillment.orders.read import find_order


def explain(
    session: Session, number: str, *, role: Role, at: datetime, storefront_id: int | None = None
) -> Explanation:
    """
    Explain an order to a caller of this role. The session reads a snapshot.

    Raises NotFound, also for the order of another storefront.
    """
    head = find_order(session, number, storefront_id=storefront_id)
    return explained(read_facts(session, head["id"], at=at), status=head["status"], role=role)


def explained(facts: Facts, *, status: str, role: Role) -> Explanation:
    """
    Say what keeps the order waiting. Pure.

    While a step of it is due or being worked on, nothing is: only what stands by itself (a hold, a dead letter) is named.
    """
    sources = (
        draft_blockers,
        hold_blockers,
        step_blockers,
        money_blockers,
        dispute_blockers,
        floor_blockers,
        put_back_blockers,
        return_blockers,
        parcel_blockers,
    )
    standing = [blocker for named in sources for blocker in named(facts)]
    coming = next_step(facts)
    shown: Sequence[Blocker] = [each for each in standing if coming is None or each.stands]
    if not shown and coming is None and facts.order.is_open:
        shown = [_stands_still(facts)]
    motion = Motion.BLOCKED if shown else Motion.MOVING if coming is not None else Motion.DONE
    actions = actions_of(facts, standing, role)
    found = Explanation(facts.order.number, status, motion, shown, coming, actions)
    return for_storefront(found, facts.order) if role == Role.STOREFRONT else found


def _stands_still(facts: Facts) -> Blocker:
    """Nothing is known to hold it up, and nothing will move it: that must never be said with silence."""
    where = {shipment.number: shipment.status for shipment in facts.shipments}
    return Blocker(
        "stands_still",
        "order",
        facts.order.id,
        max([facts.order.placed_at, *facts.since.values()]),
        "no step is promised and nothing is known that it waits for: tell the operator",
        {"shipments": where},
        (Who.ADMIN,),
        stands=True,
    )
