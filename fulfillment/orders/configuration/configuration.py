"""What a configuration is: named states, what each means, and which a person may set from which. (OL18, OL20)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final


class Meaning(StrEnum):
    """What a named state stands for on the machine."""

    NEW = "new"
    """Placed, and not covered by money yet."""
    PROCESSING = "processing"
    """Covered, and something is to ship."""
    COMPLETED = "completed"
    """All is shipped or canceled, and something shipped. Nobody sets it."""
    CANCELED = "canceled"
    """Canceled; setting it cancels."""
    HOLD = "hold"
    """On hold for a reason; setting it opens that hold, leaving it releases it."""


FINAL: Final = (Meaning.COMPLETED, Meaning.CANCELED)


@dataclass(frozen=True, slots=True)
class NamedState:
    """
    A name and its meaning.

    A state that means a hold has a `reason`; the one with `other_reasons` also shows holds for which no name was made.
    """

    name: str
    meaning: Meaning
    reason: str | None = None
    other_reasons: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """
    A person may set `target` where an order shows `source`, both names.

    Leaving a hold releases it, unless the transition `keeps_hold`: then the order is on hold for two reasons.
    """

    source: str
    target: str
    keeps_hold: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """A client's states and transitions, under a name of its own."""

    name: str
    states: Sequence[NamedState]
    transitions: Sequence[Transition]

    def named(self, name: str) -> NamedState | None:
        """Find a state by its name; case makes no difference."""
        return next((state for state in self.states if state.name.casefold() == name.casefold()), None)

    def meaning(self, meaning: Meaning) -> NamedState:
        """Give the state that has this meaning; of holds there may be many."""
        return next(state for state in self.states if state.meaning == meaning)

    def hold_for(self, reason: str) -> NamedState:
        """Give the state that shows a hold of this reason."""
        holds = [state for state in self.states if state.meaning == Meaning.HOLD]
        own = (state for state in holds if (state.reason or "").casefold() == reason.casefold())
        return next(own, None) or next(state for state in holds if state.other_reasons)

    def transition(self, source: NamedState, target: NamedState) -> Transition | None:
        """Find what leads from one state to the other."""
        found = (each for each in self.transitions if (each.source, each.target) == (source.name, target.name))
        return next(found, None)

    def stored(self) -> dict[str, Any]:
        """Give what is stored of it."""
        return {
            "states": [asdict(state) for state in self.states],
            "transitions": [asdict(transition) for transition in self.transitions],
        }


def restored(name: str, stored: Mapping[str, Any]) -> Configuration:
    """Give the configuration that was stored."""
    return Configuration(
        name,
        [NamedState(**{**state, "meaning": Meaning(state["meaning"])}) for state in stored["states"]],
        [Transition(**transition) for transition in stored["transitions"]],
    )


def _to(target: str, *sources: str) -> list[Transition]:
    return [Transition(source, target) for source in sources]


DEFAULT: Final = Configuration(
    "Default",
    [
        NamedState("New", Meaning.NEW),
        NamedState("Processing", Meaning.PROCESSING),
        NamedState("Completed", Meaning.COMPLETED),
        NamedState("Canceled", Meaning.CANCELED),
        NamedState("Fraud", Meaning.HOLD, "Fraud"),
        NamedState("Suspended", Meaning.HOLD, "Suspended", other_reasons=True),
    ],
    [
        *_to("Fraud", "New", "Processing"),
        *_to("Suspended", "Processing", "Fraud"),  # OL19
        *_to("New", "Fraud", "Suspended"),
        *_to("Processing", "Fraud", "Suspended"),
        *_to("Canceled", "New", "Processing", "Fraud", "Suspended"),
    ],
)
"""What counts where no client made a configuration of its own (OL18)."""
