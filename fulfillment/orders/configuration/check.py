"""
The checker: a configuration is taken only where every name tells the truth in every position its graph leads to.

It walks all combinations of what lies beneath and of holds that the transitions, the money and the warehouse reach, and
gives each fault with the way that leads there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from fulfillment.orders.configuration.configuration import (
    FINAL,
    Configuration,
    Meaning,
    Transition,
)
from fulfillment.orders.configuration.effect import Contradiction, contradiction, effect
from fulfillment.orders.configuration.shape import faults_of_shape
from fulfillment.orders.configuration.shown import Position, shown

MOST_POSITIONS: Final = 5_000
"""Holds kept one upon the other multiply; nobody works with more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a configuration is refused, and the states, by name, that lead there."""

    code: str
    reason: str
    path: tuple[str, ...] = ()


def faults(configuration: Configuration) -> list[Fault]:
    """Give everything that speaks against a configuration; an empty list accepts it."""
    if found := [Fault("shape", reason) for reason in faults_of_shape(configuration)]:
        return found
    walk = _Walk(configuration)
    if len(walk.paths) > MOST_POSITIONS:
        return [Fault("too_entangled", f"more than {MOST_POSITIONS} combinations of holds are possible")]
    return [*walk.lies(), *walk.unreachable(), *walk.trapped()]


class _Walk:
    """Every position that can be reached, how, and where each leads."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        start = Position(Meaning.NEW)
        self.paths: dict[Position, tuple[str, ...]] = {start: (shown(configuration, start).name,)}
        self.next: dict[Position, list[Position]] = {}
        self.refused: list[tuple[Transition, Position, Contradiction]] = []
        self.possible: set[Transition] = set()
        queue = deque([start])
        while queue and len(self.paths) <= MOST_POSITIONS:
            at = queue.popleft()
            self.next[at] = [*_by_themselves(at), *self._set_by_hand(at)]
            for after in self.next[at]:
                if after not in self.paths:
                    self.paths[after] = self._on(at, shown(configuration, after).name)
                    queue.append(after)

    def lies(self) -> Iterator[Fault]:
        """Transitions that would call an order on hold or uncovered something else, or that nobody could ever make."""
        told: set[Transition] = set()
        for transition, at, found in self.refused:
            # That money is missing now and comes later is no fault of the graph.
            if transition in told or (found.guard != "on_hold" and transition in self.possible):
                continue
            told.add(transition)
            yield Fault(found.guard, found.reason, (*self.paths[at], transition.target))

    def unreachable(self) -> Iterator[Fault]:
        """States that no way leads to."""
        reached = {shown(self.configuration, at).name for at in self.paths}
        for state in self.configuration.states:
            if state.name not in reached:
                yield Fault("unreachable", f"no way leads to {state.name}", (state.name,))

    def trapped(self) -> Iterator[Fault]:
        """States from which an order never comes to an end, whatever is paid and set."""
        told: set[str] = set()
        ending = self._ending()
        for at, path in self.paths.items():
            if at not in ending and path[-1] not in told:
                told.add(path[-1])
                yield Fault("trapped", f"an order that is {path[-1]} can never be completed or canceled", path)

    def _set_by_hand(self, at: Position) -> Iterator[Position]:
        source = shown(self.configuration, at)
        for transition in self.configuration.transitions:
            if transition.source != source.name:
                continue
            done = effect(self.configuration, transition, at)
            found = contradiction(self.configuration, at, done)
            if found is not None:
                self.refused.append((transition, at, found))
            else:
                self.possible.add(transition)
                yield done.after

    def _on(self, at: Position, name: str) -> tuple[str, ...]:
        path = self.paths[at]
        return path if path[-1] == name else (*path, name)

    def _ending(self) -> set[Position]:
        """The positions from which an end can be reached, found from the ends backwards."""
        before: dict[Position, list[Position]] = {}
        for at, nexts in self.next.items():
            for after in nexts:
                before.setdefault(after, []).append(at)
        ending = {at for at in self.paths if at.beneath in FINAL}
        queue = deque(ending)
        while queue:
            for at in before.get(queue.popleft(), ()):
                if at not in ending:
                    ending.add(at)
                    queue.append(at)
        return ending


def _by_themselves(at: Position) -> Iterable[Position]:
    """Where an order goes with nobody setting a state: money comes and goes, also while on hold; what may ship, ships."""
    if at.beneath == Meaning.NEW:
        yield Position(Meaning.PROCESSING, at.holds)
    if at.beneath == Meaning.PROCESSING:
        yield Position(Meaning.NEW, at.holds)
    if at.may_ship:
        yield Position(Meaning.COMPLETED)
