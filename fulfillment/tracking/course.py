"""
Where a parcel is, by everything that was told of it. Pure.

What is told is a set: the answer is the same in whatever order it came, and however often. It is put in order by the
time at which it happened, so what comes late is history and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fulfillment.shipments.states import DeliveryState

_D = DeliveryState

PROBLEMS: Final = (_D.LOST, _D.DAMAGED, _D.RETURNED_TO_SENDER, _D.EXCEPTION)
"""States in which a parcel does not arrive as it should, the worst first."""

_PROGRESS: Final = (_D.NONE, _D.LABEL_CREATED, _D.IN_TRANSIT, _D.OUT_FOR_DELIVERY, _D.DELIVERED)
_RANKS: Final = {state: rank for rank, state in enumerate((*_PROGRESS, *reversed(PROBLEMS)))}


@dataclass(frozen=True, slots=True)
class Told:
    """
    Something that was told of a parcel, or of an item, and when it happened.

    What a person says is believed at once; `said` counts up with what people say, and is 0 where a carrier told it.
    """

    state: DeliveryState
    occurred_at: datetime
    said: int = 0


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a parcel or an item is, and since when; since never, where nothing was told."""

    state: DeliveryState = _D.NONE
    since: datetime | None = None


def whereabouts(told: Iterable[Told]) -> Whereabouts:
    """
    Say where a parcel is.

    By its carrier a delivered parcel meets a problem at most, and one that went back to its sender goes nowhere else: what
    the carrier then delivers, it delivers to the sender.
    """
    here = Whereabouts()
    for each in sorted(told, key=lambda each: (each.occurred_at, each.said, _RANKS[each.state])):
        if each.state != here.state and (each.said or _may_follow(here.state, each.state)):
            here = Whereabouts(each.state, each.occurred_at)
    return here


def of_item(parcels: Collection[Whereabouts]) -> Whereabouts:
    """
    Say where an item is whose pieces lie in these parcels: delivered with the last, in trouble with any.

    While some are on their way and others are not, it is in transit.
    """
    if not parcels:
        return Whereabouts()
    states = {each.state for each in parcels}
    worst = next((state for state in PROBLEMS if state in states), None)
    least, most = min(states, key=_RANKS.__getitem__), max(states, key=_RANKS.__getitem__)
    state = worst or (_D.IN_TRANSIT if _RANKS[least] < _RANKS[_D.IN_TRANSIT] <= _RANKS[most] else least)
    times = [each.since for each in parcels if each.since is not None and (each.state == state or worst is None)]
    return Whereabouts(state, max(times, default=None))


def _may_follow(here: DeliveryState, told: DeliveryState) -> bool:
    if here == _D.RETURNED_TO_SENDER:
        return False
    if here == _D.DELIVERED:
        return told in PROBLEMS
    return told != _D.LABEL_CREATED or here == _D.NONE
