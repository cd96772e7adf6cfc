"""What a configuration must look like before it can be walked at all: every position has exactly one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from fulfillment.orders.configuration.configuration import Configuration, Meaning


def faults_of_shape(configuration: Configuration) -> list[str]:
    """Give every reason why the positions of an order would not each have exactly one name."""
    return [*_states(configuration), *_holds(configuration), *_transitions(configuration)]


def _states(configuration: Configuration) -> Iterator[str]:
    for name in _repeated(state.name for state in configuration.states):
        yield f"two states are named {name}"
    for meaning in Meaning:
        count = sum(state.meaning == meaning for state in configuration.states)
        if meaning != Meaning.HOLD and count != 1:
            yield f"exactly one state means {meaning}, not {count}"


def _holds(configuration: Configuration) -> Iterator[str]:
    holds = [state for state in configuration.states if state.meaning == Meaning.HOLD]
    for state in configuration.states:
        if (state.meaning == Meaning.HOLD) != (state.reason is not None):
            yield f"{state.name}: a state has a reason exactly when it means a hold"
        if state.other_reasons and state.meaning != Meaning.HOLD:
            yield f"{state.name}: only a hold shows other_reasons"
    for reason in _repeated(state.reason for state in holds if state.reason is not None):
        yield f"two states are holds for {reason}"
    if sum(state.other_reasons for state in holds) != 1:
        yield "exactly one hold has other_reasons: an order on hold for a reason without a name is shown as that"


def _transitions(configuration: Configuration) -> Iterator[str]:
    names = {state.name for state in configuration.states}
    for transition in configuration.transitions:
        for name in (transition.source, transition.target):
            if name not in names:
                yield f"no state is named {name}"
        if transition.source == transition.target:
            yield f"{transition.source} leads to itself"
    for pair in _repeated(f"{each.source} to {each.target}" for each in configuration.transitions):
        yield f"two transitions lead from {pair}"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
