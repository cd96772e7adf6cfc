"""Configurations that a client might make, drawn by chance and mended until the checker accepts them."""

import itertools
from dataclasses import replace

from hypothesis import reject
from hypothesis import strategies as st

from fulfillment.orders.configuration.check import faults
from fulfillment.orders.configuration.configuration import Configuration, Meaning, NamedState, Transition

FIXED = [
    NamedState("Received", Meaning.NEW),
    NamedState("At work", Meaning.PROCESSING),
    NamedState("Done", Meaning.COMPLETED),
    NamedState("Gone", Meaning.CANCELED),
]
HOLDS = ("Fraud", "Suspended", "Call back")
"""Names of the holds that may be drawn; each is its own reason."""


@st.composite
def accepted(draw: st.DrawFn) -> Configuration:
    """Draw any states and any transitions, the absurd ones too, and take out what the checker finds fault with."""
    holds = HOLDS[: draw(st.integers(1, len(HOLDS)))]
    states = [*FIXED, *(NamedState(each, Meaning.HOLD, each, other_reasons=each == holds[0]) for each in holds)]
    names = [state.name for state in states]
    pairs = [(one, other) for one in names for other in names if one != other]
    drawn = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=8, max_size=len(pairs)))
    ways = [Transition(one, other, keeps_hold=draw(st.integers(0, 4)) == 0) for one, other in drawn]
    # The first hold can always be entered and left: it shows all reasons without a name, and may not be taken out.
    ways = [each for each in ways if (each.source, each.target) not in _always(holds[0])]
    ways += [Transition(*each) for each in _always(holds[0])]
    return _mended(Configuration("Drawn", states, ways))


def _always(hold: str) -> list[tuple[str, str]]:
    return [("Received", hold), ("At work", hold), (hold, "Received"), (hold, "At work"), (hold, "Gone")]


def _mended(configuration: Configuration) -> Configuration:
    while found := faults(configuration):
        fault = found[0]
        if not fault.path:
            reject()
        if fault.code in ("unreachable", "trapped"):
            configuration = _without_state(configuration, fault.path[-1])
        else:
            configuration = _without_way(configuration, *_to_blame(configuration, fault.path))
    return configuration


def _to_blame(configuration: Configuration, path: tuple[str, ...]) -> tuple[str, str]:
    """A hold that was kept beneath the one that is always there, else the last transition."""
    kept = {(each.source, each.target) for each in configuration.transitions if each.keeps_hold}
    for pair in itertools.pairwise(path):
        if pair in kept and pair[1] == HOLDS[0]:
            return pair
    return path[-2], path[-1]


def _without_way(configuration: Configuration, source: str, target: str) -> Configuration:
    ways = [each for each in configuration.transitions if (each.source, each.target) != (source, target)]
    return replace(configuration, transitions=ways)


def _without_state(configuration: Configuration, name: str) -> Configuration:
    ways = [each for each in configuration.transitions if name not in (each.source, each.target)]
    return replace(
        configuration, states=[state for state in configuration.states if state.name != name], transitions=ways
    )
