"""What setting a state does, and why it may not be done. One pure truth for the verb and for the checker."""

from __future__ import annotations

from dataclasses import dataclass

from fulfillment.orders.configuration.configuration import FINAL, Configuration, Meaning, NamedState, Transition
from fulfillment.orders.configuration.shown import Position, shown


@dataclass(frozen=True, slots=True)
class Effect:
    """What a transition does to an order, and where it leaves it."""

    target: NamedState
    releases: tuple[str, ...]
    """Reasons of the holds it ends."""
    opens: str | None
    """Reason of the hold it begins."""
    cancels: bool
    after: Position


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why an order would not be what its new name says."""

    guard: str
    reason: str
    remedy: str


def effect(configuration: Configuration, transition: Transition, at: Position) -> Effect:
    """Work out what a transition does, whether or not it may be done."""
    source, target = shown(configuration, at), configuration.named(transition.target)
    assert target is not None
    leaves_hold = source.meaning == Meaning.HOLD and not transition.keeps_hold
    released = tuple(reason for reason in at.holds if leaves_hold and configuration.hold_for(reason) == source)
    holds = tuple(reason for reason in at.holds if reason not in released)
    is_open = target.reason is not None and target.reason.casefold() in {reason.casefold() for reason in holds}
    opens = None if is_open else target.reason
    if opens is not None:
        holds = (*holds, opens)
    cancels = target.meaning == Meaning.CANCELED
    return Effect(target, released, opens, cancels, Position(Meaning.CANCELED if cancels else at.beneath, holds))


def contradiction(configuration: Configuration, at: Position, done: Effect) -> Contradiction | None:
    """Say why a transition must not be done from here; None where it may."""
    target, after = done.target, done.after
    if (derived := never_set(target)) is not None:
        return derived
    if at.beneath in FINAL:
        name = configuration.meaning(at.beneath).name
        return Contradiction("order_closed", f"an order that is {name} stays so", "nothing is to be done")
    if target.meaning == Meaning.HOLD:
        return _not_shown(configuration, done)
    if after.holds:
        return Contradiction(
            "on_hold",
            f"the order would be {target.name}, and still on hold for {', '.join(after.holds)}",
            "release these holds first: POST /v1/orders/{number}/holds/{id}/release",
        )
    return None if done.cancels or after.beneath == target.meaning else _money_decides(target)


def never_set(target: NamedState) -> Contradiction | None:
    """Completed follows from the shipments: nobody sets it, wherever the order stands."""
    if target.meaning != Meaning.COMPLETED:
        return None
    return Contradiction(
        "derived",
        f"{target.name} is never set: an order is {target.name} when everything has shipped",
        "complete its shipments: POST /v1/shipments/{id}/completion",
    )


def _not_shown(configuration: Configuration, done: Effect) -> Contradiction | None:
    """A hold that is open already, beneath another, would not be shown."""
    if shown(configuration, done.after) == done.target:
        return None
    return Contradiction(
        "on_hold",
        f"the order is on hold for {done.target.reason} already, and since for {done.after.holds[-1]}",
        "release the later hold: POST /v1/orders/{number}/holds/{id}/release",
    )


def _money_decides(target: NamedState) -> Contradiction:
    if target.meaning == Meaning.PROCESSING:
        return Contradiction(
            "balance_due",
            f"an order is {target.name} only once it is covered, and this one is not",
            "add a payment: POST /v1/orders/{number}/payments",
        )
    return Contradiction(
        "covered",
        f"an order is {target.name} only until it is covered, and this one is",
        "set the state that covered orders have",
    )
