"""
A race: one act is held in the middle of a transaction while another one runs, and what comes of it is compared.

Right is what comes of the two one after the other, in either order. An act of several transactions, such as a call of the
gateway, may be parted by the other one: then right is what comes of their transactions in some order, each whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from sqlalchemy import text

from fulfillment.chaos.interleavings.acts import ACTS, Scene
from fulfillment.chaos.interleavings.ends import ended
from fulfillment.chaos.interleavings.hands import Hand, Point, watching
from fulfillment.chaos.interleavings.situations import SITUATIONS
from fulfillment.chaos.money import hands as workers
from fulfillment.chaos.money import judge
from fulfillment.chaos.money.stage import Stage

_PAUSE_SECONDS: Final = 0.002
_PATIENCE_SECONDS: Final = 120.0
_MOST: Final = 20
"""Transactions of an act, and orders of those of two that are tried where neither serial one explains an end."""

_WAITS: Final = text("""
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
""")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two acts that meet; the first is the one that is held."""

    situation: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.situation}: {self.first}, {self.second}"


End = tuple[str, str, Any]
"""What came of the first act, of the second, and how everything stands at rest."""


@dataclass
class Right:
    """What may come of a pair; worked out as it is needed."""

    pair: Pair
    known: list[End] = field(default_factory=list)
    _rest: Iterator[End] | None = None

    def admits(self, stage: Stage, end: End) -> bool:
        """Tell whether this may come of it: one after the other, the other way round, or else parted."""
        if self._rest is None:
            self._rest = self._worked_out(stage)
        while end not in self.known:
            further = next(self._rest, None)
            if further is None:
                return False
            self.known.append(further)
        return True

    def _worked_out(self, stage: Stage) -> Iterator[End]:
        end, first, second = _in_order(stage, self.pair, "F" * _MOST)
        yield end
        yield _in_order(stage, self.pair, "S" * _MOST)[0]
        for order in _orders(first, second):
            yield _in_order(stage, self.pair, order)[0]


def without(stage: Stage, situation: str) -> dict[str, Any]:
    """Let nothing happen at all, and look."""
    return _at_rest(SITUATIONS[situation].arise(stage))


def alone(stage: Stage, situation: str, name: str, nothing: dict[str, Any]) -> int:
    """
    Let an act happen alone; give how many statements and commits it has, 0 where it is refused or changes nothing.

    `nothing` is what comes of the situation without it.
    """
    scene = SITUATIONS[situation].arise(stage)
    hand = Hand(_doing(scene, name))
    with watching():
        hand.go()
    if hand.outcome.startswith("raised"):
        raise AssertionError(f"{situation}: {name} {hand.outcome}")
    has_effect = name == "work" or (hand.outcome == "done" and _at_rest(scene) != nothing)
    return hand.points if has_effect else 0


def race(stage: Stage, pair: Pair, held_before: int) -> End:
    """Hold the first act before one of its statements or commits until the second is done or waits for it; then go on."""
    scene = SITUATIONS[pair.situation].arise(stage)
    first = Hand(_doing(scene, pair.first), lambda _, number: number == held_before)
    second = Hand(_doing(scene, pair.second))
    with watching():
        first.go()
        second.start()
        _until_it_waits(stage, second)
        if not first.is_over:
            first.go()
        if not second.rests():
            raise TimeoutError(f"{pair}: the second act does not end")
    return _end(scene, first, second)


def _in_order(stage: Stage, pair: Pair, order: str) -> tuple[End, int, int]:
    """Do whole transactions of the two in this order, F of the first and S of the second; give how many each had."""
    scene = SITUATIONS[pair.situation].arise(stage)
    both = {name: Hand(_doing(scene, act), _at_begin) for name, act in (("F", pair.first), ("S", pair.second))}
    counts = {"F": 0, "S": 0}
    with watching():
        for hand in both.values():
            hand.go()
        for name in (*order, *("F" * _MOST), *("S" * _MOST)):
            if not both[name].is_over:
                both[name].go()
                counts[name] += 1
    return _end(scene, both["F"], both["S"]), counts["F"], counts["S"]


def _doing(scene: Scene, act: str) -> Callable[[], None]:
    return lambda: ACTS[act](scene)


def _at_begin(point: Point, _number: int) -> bool:
    return point is Point.BEGIN


def _orders(first: int, second: int) -> Iterator[str]:
    """Every order of so many transactions of each but the two that are known."""
    known = {"F" * first + "S" * second, "S" * second + "F" * first}
    places = range(first + second)
    orders = ("".join("F" if n in of_first else "S" for n in places) for of_first in combinations(places, first))
    yield from [each for each in orders if each not in known][:_MOST]


def _until_it_waits(stage: Stage, hand: Hand) -> None:
    """Until it is over, or waits for a lock of the one that is held."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with stage.services.autocommit() as session:
        while not hand.rests(_PAUSE_SECONDS) and not session.execute(_WAITS).scalar_one():
            if time.monotonic() > deadline:
                raise TimeoutError("it neither ends nor waits for a lock")


def _end(scene: Scene, first: Hand, second: Hand) -> End:
    return first.outcome, second.outcome, _at_rest(scene)


def _at_rest(scene: Scene) -> dict[str, Any]:
    """Let everything come to rest, and look."""
    workers.hasten(scene.stage)
    workers.work_off(scene.stage)
    return ended(scene)


def broken(stage: Stage) -> list[str]:
    """What is wrong at rest, whatever may come of a pair: each invariant, and our ledger against the gateway's journal."""
    return [*judge.in_flight(stage), *judge.violations(stage), *judge.differences(stage)]
