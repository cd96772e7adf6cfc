"""State machines as tables: which verb leads from where to where. Checked when they are imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from fulfillment.kernel.job import Refusal


class IllegalMoveError(Exception):
    """A verb was applied to a state that does not know it. A guard should have refused it: this is a bug."""


class Subject(Protocol):
    """Anything with a state: an order, a shipment, a payment attempt."""

    @property
    def id(self) -> int:
        """Its own id."""
        ...

    @property
    def order_id(self) -> int | None:
        """The order it belongs to, on whose timeline its moves stand; None for what belongs to no one order."""
        ...

    status: str


class OfNoOrder:
    """A subject that belongs to no one order: its moves stand on no order's timeline."""

    __slots__ = ()

    @property
    def order_id(self) -> None:
        """None there is."""
        return


AnySubject = TypeVar("AnySubject", bound=Subject)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a machine's table."""

    verb: str
    sources: frozenset[str]
    target: str


def row(verb: str, sources: Iterable[str], target: str) -> Row:
    """Write one line of a machine's table."""
    return Row(verb, frozenset(sources), target)


class Machine:
    """The legal moves of one kind of subject."""

    def __init__(self, name: str, states: type[StrEnum], initial: StrEnum, rows: Sequence[Row]) -> None:
        """Take the table; refuse one with two answers to a question, or with a state nobody reaches."""
        self.name = name
        self.states = states
        self.initial = initial
        self.rows = tuple(rows)
        self._targets = {(source, entry.verb): entry.target for entry in rows for source in entry.sources}
        if len(self._targets) != sum(len(entry.sources) for entry in rows):
            raise ValueError(f"{name}: a verb leads to two states from the same state")
        if lost := set(states) - self._reachable():
            raise ValueError(f"{name}: unreachable: {', '.join(sorted(lost))}")

    def target(self, state: str, verb: str) -> str:
        """Give the state that `verb` leads to; raise IllegalMoveError where the table has no such row."""
        try:
            return self._targets[state, verb]
        except KeyError:
            raise IllegalMoveError(f"cannot {verb} a {self.name} that is {state}") from None

    def allows(self, state: str, verb: str) -> bool:
        """Tell whether the table has a row for this verb from this state."""
        return (state, verb) in self._targets

    def forbidden(self) -> list[tuple[str, str]]:
        """Give every pair of state and verb that the table has no row for."""
        verbs = sorted({entry.verb for entry in self.rows})
        return [(state, verb) for state in self.states for verb in verbs if not self.allows(state, verb)]

    def admit(
        self, verb: str, subjects: Iterable[AnySubject], guards: Sequence[Callable[[AnySubject], Refusal | None]] = ()
    ) -> tuple[list[AnySubject], list[Refusal]]:
        """Part a set into those that may move and, one by one, the refusals of the others."""
        allowed: list[AnySubject] = []
        refused: list[Refusal] = []
        for subject in subjects:
            refusal = self._state_refusal(verb, subject) or _first_refusal(guards, subject)
            if refusal is None:
                allowed.append(subject)
            else:
                refused.append(refusal)
        return allowed, refused

    def _state_refusal(self, verb: str, subject: Subject) -> Refusal | None:
        if self.allows(subject.status, verb):
            return None
        sources = sorted(source for source, known in self._targets if known == verb)
        return Refusal(
            subject.id,
            guard="status",
            reason=f"cannot {verb.replace('_', ' ')}: the {self.name} is {subject.status}",
            remedy=f"possible only while it is {' or '.join(sources)}"
            if self._reached_from(subject.status) & set(sources)
            else f"nothing is to be done: it stays {subject.status}, or becomes what this is not for",
        )

    def _reachable(self) -> set[str]:
        return self._reached_from(str(self.initial))

    def _reached_from(self, state: str) -> set[str]:
        reached = {state}
        while new := {entry.target for entry in self.rows if entry.sources & reached} - reached:
            reached |= new
        return reached


def _first_refusal(guards: Sequence[Callable[[AnySubject], Refusal | None]], subject: AnySubject) -> Refusal | None:
    for guard in guards:
        if (refusal := guard(subject)) is not None:
            return refusal
    return None
