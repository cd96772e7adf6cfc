"""Misbehavior on request, so that every way in which another party fails can be had when it is wanted."""

import itertools
import random
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LONGEST = 120.0  # Seconds. A fault holds a thread of the server; no client waits longer.


class Kind(StrEnum):
    """The ways to fail. 'Effect' is the decision in the journal."""

    SLOW = "slow"
    """Wait `seconds`, then the effect and its answer."""
    TIMEOUT_AFTER = "timeout_after"
    """The effect, then wait `seconds` before the answer."""
    ERROR_BEFORE = "error_before"
    """500, no effect."""
    ERROR_AFTER = "error_after"
    """The effect, then 500."""
    CUT_BEFORE = "cut_before"
    """The connection is closed without an answer, no effect."""
    REFUSE = "refuse"
    """A refusal, for good: the key will never have another effect."""
    CUT = "cut"
    """The effect, then the connection is closed without an answer."""
    REPEAT = "repeat"
    """The event is told three times."""
    REORDER = "reorder"
    """It is told up to `seconds` later, each time another while: so that a later one overtakes it."""
    LATE = "late"
    """It is told `seconds` later."""
    FORGED = "forged"
    """Another, that is signed with another secret, is told before."""
    LOST = "lost"
    """It is not told."""


OF_EVENTS = (Kind.REPEAT, Kind.REORDER, Kind.LATE, Kind.FORGED, Kind.LOST)
"""The ways to fail of a webhook; the others are of calls."""


WEBHOOK: Final = "webhook"
"""What a fault is aimed at where it is of an event that the simulator tells by itself, and of no call."""


class Plan(BaseModel):
    """
    A fault to be armed; each simulator says with a class of its own what `operation` may be.

    For the next `times` calls (1 unless said), or for each call with `probability` from a generator seeded with
    `seed`, until cleared or, with `times` as well, until it struck so often.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    operation: str | None = Field(None, description="Only calls of this kind; null: all that have an effect.")
    times: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)] | None = None
    probability: Annotated[float, Field(gt=0, le=1)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 0
    seconds: Annotated[float, Field(ge=0, le=LONGEST)] = 5.0

    @model_validator(mode="after")
    def _once_unless_said(self) -> Self:
        if self.times is None and self.probability is None:
            return self.model_copy(update={"times": 1})
        return self

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind in OF_EVENTS) != (self.operation == WEBHOOK):
            raise ValueError(f"{', '.join(OF_EVENTS)} are faults of the operation webhook, and it has no others")
        return self


@dataclass(slots=True)
class Armed:
    """A plan that waits for its calls; `left` is None when only its probability ends it."""

    id: int
    plan: Plan
    left: int | None
    only_if_named: Collection[str]
    struck: int = 0
    dice: random.Random = field(default_factory=random.Random)

    def strikes(self, target: str) -> bool:
        """Whether this call is hit."""
        if self.left == 0 or not self._aims_at(target):
            return False
        if self.plan.probability is not None and self.dice.random() >= self.plan.probability:
            return False
        self.struck += 1
        self.left = None if self.left is None else self.left - 1
        return True

    def _aims_at(self, target: str) -> bool:
        return target not in self.only_if_named if self.plan.operation is None else target == self.plan.operation


class Faults:
    """The armed faults, oldest first; the first that strikes is the one. They end with the process."""

    def __init__(self, *, only_if_named: Collection[str]) -> None:
        """`only_if_named` are targets that a fault without one leaves alone: questions, which have no effect."""
        self._only_if_named = (*only_if_named, WEBHOOK)
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._armed: list[Armed] = []

    def arm(self, plan: Plan) -> Armed:
        """Add a fault."""
        with self._lock:
            dice = random.Random(plan.seed)  # noqa: S311  repeatable
            armed = Armed(next(self._ids), plan, plan.times, self._only_if_named, dice=dice)
            self._armed.append(armed)
            return armed

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._armed.clear()

    def all(self) -> list[Armed]:
        """Every fault armed since the last clearing, spent ones too."""
        with self._lock:
            return list(self._armed)

    def draw(self, target: str) -> Plan | None:
        """The fault that hits this call, if any."""
        with self._lock:
            return next((armed.plan for armed in self._armed if armed.strikes(target)), None)

    def draw_all(self, target: str) -> list[Plan]:
        """Every fault that hits this one: an event can be told three times and late."""
        with self._lock:
            return [armed.plan for armed in self._armed if armed.strikes(target)]
