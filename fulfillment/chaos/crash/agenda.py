"""
The agenda: at which points to kill next, two in each step and sweep, one in some routes, until each has been struck.

Some points are passed only after a kill: the gateway is asked what became of a request that may have been sent. Such a
point is armed together with those of which the kill led to it. That may have been chance, a process that was killed for another
step, or a row that a busy machine handed out twice; so what nobody passed any more is armed with one after the other of the
kills that its own step has survived, until one leads to it.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from fulfillment.chaos.crash.points import is_route, scope_of

_TRIES: Final = 3
"""Rounds in which a point is armed before it counts as one that nothing passes; more where there are more ways to it."""

_AT_ONCE: Final = 2
"""Of one step. A row waits twice as long after each time that it was handed out in vain: with more, rounds become longer, not fewer."""

_ROUTES_AT_ONCE: Final = 3


class Agenda:
    """Every point that is known, and what has become of it."""

    def __init__(self, points: Iterable[str], *, seed: int = 1) -> None:
        """Begin with the points that are passed where nobody is killed."""
        self.points: set[str] = set()
        self.struck: set[str] = set()
        self.given_up: set[str] = set()
        self._chance = random.Random(seed)
        self._waiting: dict[str, list[str]] = defaultdict(list)
        self._after: dict[str, list[str]] = {}
        """What led to a point that was passed only after a kill, as far as one can tell."""
        self._taken: dict[str, set[str]] = defaultdict(set)
        """What it has been armed together with since, one by one."""
        self._tries: Counter[str] = Counter()
        self._add(points)

    def next(self) -> list[str]:
        """Give the points of the next round."""
        chosen = [
            each for scope, waiting in self._waiting.items() if not is_route(scope) for each in waiting[:_AT_ONCE]
        ]
        # Each kills the only process that answers: while it starts again all others wait.
        routes = sorted(
            (scope for scope in self._waiting if is_route(scope)), key=lambda each: -len(self._waiting[each])
        )
        chosen += [self._waiting[each][0] for each in routes[:_ROUTES_AT_ONCE] if self._waiting[each]]
        return list(dict.fromkeys(chosen + [lead for each in chosen for lead in self._leads(each)]))

    def note(self, armed: Iterable[str], struck: set[str], passed: Iterable[str]) -> None:
        """Take down a round: where it killed, and what was passed."""
        for each in armed:
            waiting = self._waiting[scope_of(each)]
            if each not in waiting:
                continue
            waiting.remove(each)
            if self._tries[each]:
                self._taken[each].update(self._leads(each))
            self._tries[each] += 1
            if each in struck:
                continue
            if self._tries[each] < _TRIES or self._untaken(each):
                waiting.append(each)
            else:
                self.given_up.add(each)
        self.struck |= struck & self.points
        leading: dict[str, list[str]] = defaultdict(list)
        for each in sorted(struck):
            leading[scope_of(each)].append(each)
        fresh = set(passed) - self.points
        self._after |= {each: leading[scope_of(each)] for each in fresh}
        self._add(fresh)

    def left(self) -> int:
        """Give how many points still wait for their round."""
        return sum(map(len, self._waiting.values()))

    def _leads(self, name: str) -> list[str]:
        """Give the points of which the kill is to lead to this one: at first those of then, later one after the other."""
        return self._untaken(name)[:1] if self._tries[name] else self._after.get(name, [])

    def _untaken(self, name: str) -> list[str]:
        """Give what may yet lead to a point that nobody passed: first where a worker was in the middle of its step."""
        of_its_step = {each for each in self.struck if scope_of(each) == scope_of(name)} - set(self._after)
        return sorted(of_its_step - self._taken[name], key=lambda each: (" worker " not in each, each))

    def _add(self, points: Iterable[str]) -> None:
        by_scope: dict[str, list[str]] = defaultdict(list)
        for each in sorted(set(points) - self.points):
            by_scope[scope_of(each)].append(each)
        for scope, waiting in by_scope.items():
            self._chance.shuffle(waiting)  # else all relays would be killed in the same rounds
            self._waiting[scope] += waiting
            self.points.update(waiting)
