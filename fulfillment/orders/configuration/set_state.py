"""Set a state by its name: the verb behind it runs, with its guards; no status is ever written (OL18, OL19, OL20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.configuration.configuration import Configuration, NamedState
from fulfillment.orders.configuration.configurations import active_configuration
from fulfillment.orders.configuration.effect import Contradiction, Effect, contradiction, effect, never_set
from fulfillment.orders.configuration.shown import Position, position, shown
from fulfillment.orders.hold import hold, release_hold
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_order
from fulfillment.orders.states import OrderStatus
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class Wish:
    """The state that is asked for. To cancel, why, and whether the customer is told, must be said (OL12)."""

    state: str
    reason: str | None = None
    notify_customer: bool | None = None


_OPEN_HOLDS = text("SELECT id, reason FROM hold WHERE order_id = :id AND status = 'open' ORDER BY opened_at, id")
_Holds = Sequence[Row[tuple[int, str]]]


def set_state(session: Session, order_id: int, wish: Wish, *, cause: Cause, at: datetime) -> None:
    """
    Bring an order into the state of this name, or change nothing; to set what it shows already does nothing.

    Raises Invalid for a name that the active configuration does not know or a cancellation that does not say
    everything, Conflict where no transition leads there, where the order would not be what the name says, or where the
    verb behind it is refused.
    """
    configuration = active_configuration(session)
    target = configuration.named(wish.state)
    if target is None:
        raise _unknown(configuration, wish.state)
    order = lock_order(session, order_id)
    holds = session.execute(_OPEN_HOLDS, {"id": order.id}).all()
    at_first = position(order.status, covered=order.covered, holds=[each.reason for each in holds])
    if at_first is None:
        raise Conflict(
            f"order {order.number} is a draft", code="draft", guard="draft", remedy="place it: POST its placement"
        )
    before = shown(configuration, at_first)
    if before == target and never_set(target) is None:
        return
    done = _possible(configuration, order, at_first, before, target)
    _carry_out(session, order, done, holds, wish, cause=cause, at=at)
    order = lock_order(session, order.id)
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    detail = {"from": before.name, "to": target.name, "reason": wish.reason}
    changes.note("order", order.id, order.id, "set_state", cause, detail)
    changes.write(session)


def _possible(
    configuration: Configuration, order: OrderUnderLock, at: Position, before: NamedState, target: NamedState
) -> Effect:
    """Give what is to be done. Raises Conflict, with the remedy, where it may not be."""
    if (derived := never_set(target)) is not None:
        raise _refused(order, derived)
    transition = configuration.transition(before, target)
    if transition is None:
        onward = [each.target for each in configuration.transitions if each.source == before.name]
        raise Conflict(
            f"order {order.number} is {before.name}, from which {target.name} cannot be set",
            code="no_transition",
            guard="no_transition",
            remedy=f"from {before.name} lead: {', '.join(onward) or 'none'}",
            members={"state": before.name, "possible": onward},
        )
    done = effect(configuration, transition, at)
    if (found := contradiction(configuration, at, done) or _part_shipped(order, done)) is not None:
        raise _refused(order, found)
    return done


def _refused(order: OrderUnderLock, found: Contradiction) -> Conflict:
    remedy = found.remedy.replace("{number}", order.number)
    return Conflict(found.reason, code=found.guard, guard=found.guard, remedy=remedy)


def _part_shipped(order: OrderUnderLock, done: Effect) -> Contradiction | None:
    if not (done.cancels and order.status == OrderStatus.PARTIALLY_SHIPPED):
        return None
    return Contradiction(
        "part_shipped",
        f"a part of order {order.number} has shipped: when the rest is canceled it is completed",
        "cancel the rest: POST /v1/orders/{number}/cancellation",
    )


def _carry_out(
    session: Session, order: OrderUnderLock, done: Effect, holds: _Holds, wish: Wish, *, cause: Cause, at: datetime
) -> None:
    """Hold first, then release, so that at no moment an order that goes from one hold to another is on none."""
    cancellation = _cancellation(wish) if done.cancels else None
    if done.opens is not None:
        hold(session, order.id, reason=done.opens, note=wish.reason, cause=cause, at=at)
    released = [each.id for each in holds if each.reason in done.releases]
    for hold_id in released:
        last = cancellation if hold_id == released[-1] else None
        then: Literal["cancel"] | None = None if last is None else "cancel"
        release_hold(session, hold_id, cause=cause, at=at, then=then, cancellation=last)
    if cancellation is not None and not released:
        cancel(session, order.id, cancellation, cause=cause, at=at)


def _cancellation(wish: Wish) -> Cancellation:
    if wish.reason is None or wish.notify_customer is None:
        raise Invalid(
            "a cancellation says why, and whether the customer is told",
            code="cancellation_incomplete",
            remedy="send reason and notify_customer",
        )
    return Cancellation(wish.reason, wish.notify_customer)


def _unknown(configuration: Configuration, name: str) -> Invalid:
    names = [state.name for state in configuration.states]
    return Invalid(
        f"no state {name}", code="unknown_state", remedy=f"one of {', '.join(names)}", members={"states": names}
    )
